"""Order entry on the socket: the same calls as REST, after futures.login.

Source: Gate futures WebSocket v4, "Futures Account Trade", read in November 2026. Placing is acknowledged before it is
answered; the other calls are only answered. A refusal has errs in place of the result, and REST's status in its header.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from sansio_exchange.simulation.gate.call import Answer, Call
from sansio_exchange.simulation.gate.errors import Refused, malformed_body, missing
from sansio_exchange.simulation.gate.parameters import Parameters, from_json
from sansio_exchange.simulation.gate.rate_limits import Budget, RateLimiter

LOGIN = "futures.login"
ACKNOWLEDGED = frozenset({"futures.order_place", "futures.order_batch_place"})
PLACING = ACKNOWLEDGED | {"futures.order_amend"}
CANCELLING = frozenset({"futures.order_cancel", "futures.order_cancel_ids", "futures.order_cancel_cp"})
NAMING = frozenset({"futures.order_cancel", "futures.order_amend", "futures.order_status"})
"""Calls of one order, which REST names in the path."""
WINDOW_MS = 60_000

Message = dict[str, object]

_object = msgspec.json.Decoder(dict[str, Raw]).decode
_objects = msgspec.json.Decoder(list[dict[str, Raw]]).decode
_texts = msgspec.json.Decoder(list[str]).decode


class Payload(msgspec.Struct):
    """Of an api request. `req_param` stays as it was written: a login signs it."""

    req_id: str = ""
    api_key: str = ""
    signature: str = ""
    timestamp: str | int = ""
    req_param: Raw = Raw(b"")
    req_header: dict[str, str] | None = None


class SocketApi:
    """Answers calls; it keeps nothing about the socket that they come from."""

    def __init__(self, routes: Mapping[str, Callable[[Call], Answer]], limiter: RateLimiter) -> None:
        self._routes = routes
        self._limiter = limiter

    def knows(self, channel: str) -> bool:
        return channel in self._routes

    def answer(self, channel: str, payload: Payload, account: str, now_ms: int, *, is_decimal: bool) -> list[Message]:
        """What is to be sent, in order: bodies with their status, without the rest of their header."""
        sent: list[Message] = []
        try:
            if not payload.req_id:
                raise missing("req_id")
            call = replace(_call(channel, payload, account, now_ms), is_decimal=is_decimal)
            self._count(channel, call)
            if channel in ACKNOWLEDGED:
                echo = {"req_header": payload.req_header, "req_id": payload.req_id, "req_param": payload.req_param}
                sent.append({"ack": True, "header": {"status": "200"}, "data": {"result": echo}})
            answer = self._routes[channel](call)
            body: Message = {"header": {"status": "200"}, "data": {"result": answer.body}}
        except Refused as refused:
            body = {"header": {"status": str(refused.status)}, "data": {"errs": refused.body()}}
        sent.append({"ack": False, **body} if channel in ACKNOWLEDGED else body)
        return sent

    def budget(self, channel: str, account: str, now_ms: int) -> Budget | None:
        """What is left for a call that acts on orders."""
        acts = channel in PLACING | CANCELLING
        return self._limiter.left(self._limiter.on_socket, account, now_ms) if acts else None

    def _count(self, channel: str, call: Call) -> None:
        limiter, account, now_ms = self._limiter, call.account, call.now_ms
        count = max(1, len(call.rows))
        if channel in PLACING | CANCELLING:
            limiter.spend(limiter.on_socket, account, count, now_ms)
        if channel in PLACING:
            limiter.spend(limiter.placing, account, count, now_ms)


def _call(channel: str, payload: Payload, account: str, now_ms: int) -> Call:
    """Raises Refused (INVALID_REQUEST_BODY, MISSING_REQUIRED_PARAM)."""
    headers = {name.lower(): value for name, value in (payload.req_header or {}).items()}
    expires = Parameters(headers).integer("x-gate-exptime") or 0
    raw = bytes(payload.req_param)
    try:
        if channel == "futures.order_batch_place":
            rows = tuple(from_json(each) for each in _objects(raw))
            return Call(Parameters({}), account, now_ms, rows=rows, expires_ms=expires)
        if channel == "futures.order_cancel_ids":
            return Call(Parameters({}), account, now_ms, ids=tuple(_texts(raw)), expires_ms=expires)
        params = from_json(_object(raw))
    except msgspec.DecodeError:
        raise malformed_body() from None
    if channel == "futures.order_cancel_cp":
        params.text("contract")  # over REST it may be left out, here it is required
    target = params.text("order_id") if channel in NAMING else ""
    return Call(params, account, now_ms, target, rows=(params,), expires_ms=expires)
