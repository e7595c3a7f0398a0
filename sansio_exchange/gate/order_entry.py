"""Order entry over the WebSocket ("Websocket Trade API", 2026-04-14): one JSON frame per request, two per placement.

A placement is acknowledged as it comes in (`ack` true), which says nothing about the order, and answered as it is done.
What is answered is the body of the REST call of the same name.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from sansio_exchange.errors import ExchangeError, OutcomeUnknown
from sansio_exchange.gate.errors import of_label
from sansio_exchange.gate.signing import EXPIRY, EXPIRY_HEADER, LOGIN
from sansio_exchange.venue import EVERYTHING, Decoded, Ignored, LoggedIn, Priority, Request, WsReply

ROWS = "rows"
"""The parameter that holds the rows of a batch: the body of such a request is a list of them, not an object."""


class Header(Struct, frozen=True):
    """Times are in ms since the epoch. What remains of the limit is left out where nothing does."""

    status: str | int = 0
    channel: str = ""
    response_time: str | int = 0
    x_gate_ratelimit_requests_remain: int = 0
    x_gate_ratelimit_limit: int = 0
    x_gate_ratelimit_reset_timestamp: int = 0
    x_gat_ratelimit_reset_timestamp: int = 0


class Errs(Struct, frozen=True):
    label: str = ""
    message: str = ""


class Data(Struct, frozen=True):
    result: msgspec.Raw = msgspec.Raw(b"")
    errs: Errs | None = None


class Frame(Struct, frozen=True):
    """A reply, or the echo of a placement."""

    header: Header
    data: Data
    request_id: str = ""
    ack: bool = False


_decoder = msgspec.json.Decoder(Frame)
_encoder = msgspec.json.Encoder()
ECHO: Decoded = Ignored("the venue has received a placement")


def body_of(request: Request) -> Any:
    """What is said about the order or the orders, on either way."""
    return request.params.get(ROWS, request.params)


def request_frame(frame_id: str, request: Request, venue_ms: int) -> str:
    """The request as it goes over the socket, which has been logged in. Placements expire, cancels need not."""
    payload: dict[str, Any] = {"req_id": frame_id, "req_param": body_of(request)}
    if request.priority is Priority.PLACE:
        payload["req_header"] = {EXPIRY_HEADER: str(venue_ms + EXPIRY)}
    return api_frame(request.ws_method, venue_ms // 1000, payload)


def api_frame(channel: str, seconds: int, payload: Mapping[str, Any]) -> str:
    """ "The gap between request time and server time must not exceed 60 seconds"."""
    return _encoder.encode({"time": seconds, "channel": channel, "event": "api", "payload": payload}).decode()


def read_frame(data: bytes) -> Decoded:
    """Raises msgspec.DecodeError and ValueError for what is not a reply."""
    frame = _decoder.decode(data)
    header, errs = frame.header, frame.data.errs
    status = int(header.status)
    if errs is None and not 200 <= status < 300:
        errs = Errs()
    error: ExchangeError | None = None
    if errs is not None:
        error = of_label(errs.label, errs.message, status=status, retry_after=_wait(header))
        if not errs.label and not 400 <= status < 500:
            error = OutcomeUnknown(f"the venue failed without saying how (status {status})")
    if header.channel == LOGIN:
        return LoggedIn(error)
    if error is None and frame.ack:
        return ECHO
    if not frame.request_id:
        raise msgspec.ValidationError("a reply without request_id")
    return WsReply(frame.request_id, b"" if error else bytes(frame.data.result), error, _used(header))


def _wait(header: Header) -> float | None:
    """Seconds until the next window of the rate limit."""
    reset = header.x_gate_ratelimit_reset_timestamp or header.x_gat_ratelimit_reset_timestamp
    wait = (reset - int(header.response_time)) / 1000
    return wait if 0 < wait < 3600 else None


def _used(header: Header) -> Mapping[str, int]:
    """All that act on orders share the socket's limit; of one that is lower no more is told than it is wide."""
    limit = header.x_gate_ratelimit_limit
    return {EVERYTHING: max(0, limit - header.x_gate_ratelimit_requests_remain)} if limit else {}
