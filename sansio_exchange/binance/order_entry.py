"""Order entry over WebSocket (ws-fapi, "WebSocket API General Info"): one JSON frame per request and per reply."""

from typing import Any

import msgspec
from msgspec import Struct

from sansio_exchange.binance.errors import of_code
from sansio_exchange.binance.limits import RateLimit, used_by_limits
from sansio_exchange.binance.signing import signed_params
from sansio_exchange.commands import Credentials
from sansio_exchange.errors import ExchangeError, OutcomeUnknown, RateLimited
from sansio_exchange.venue import Request, WsReply


class ErrorData(Struct, frozen=True, rename="camel"):
    """When to ask again, in ms since the epoch."""

    server_time: int = 0
    retry_after: int = 0


class ErrorBody(Struct, frozen=True):
    """The refusal of a request."""

    code: int
    msg: str = ""
    data: ErrorData | None = None


class Frame(Struct, frozen=True, rename="camel"):
    """A reply. `id` is ours, or null where the venue speaks of the connection."""

    id: str | int | None
    status: int
    result: msgspec.Raw = msgspec.Raw(b"")
    error: ErrorBody | None = None
    rate_limits: tuple[RateLimit, ...] = ()


_decoder = msgspec.json.Decoder(Frame)
_encoder = msgspec.json.Encoder()


def request_frame(frame_id: str, request: Request, credentials: Credentials, venue_ms: int) -> str:
    """The request, signed, as it goes over the socket. Decimals are text, integers are numbers."""
    frame: dict[str, Any] = {
        "id": frame_id,
        "method": request.ws_method,
        "params": signed_params(request.params, credentials, venue_ms),
    }
    return _encoder.encode(frame).decode()


def read_frame(data: bytes) -> WsReply:
    """Raises msgspec.DecodeError for what is not a reply."""
    frame = _decoder.decode(data)
    frame_id = "" if frame.id is None else str(frame.id)
    used = used_by_limits(frame.rate_limits)
    if frame.error is None and 200 <= frame.status < 300:
        return WsReply(frame_id, bytes(frame.result), None, used)
    return WsReply(frame_id, b"", _error(frame), used)


def _error(frame: Frame) -> ExchangeError:
    said = frame.error
    if said is None:
        return OutcomeUnknown(f"the venue failed without saying how (status {frame.status})")
    retry_after = None
    if said.data is not None and said.data.retry_after > said.data.server_time > 0:
        retry_after = (said.data.retry_after - said.data.server_time) / 1000
    error = of_code(said.code, said.msg, retry_after=retry_after)
    if frame.status in (418, 429) and not isinstance(error, RateLimited):
        return of_code(-1003, said.msg, retry_after=retry_after)
    return error
