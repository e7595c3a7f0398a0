"""Order entry over the private WebSocket ("Place Order Channel", "Cancel Order Channel", 2026-09-28).

Cancels go over it, placements do not. A frame is not signed, has no parameter for its time or for how long it may be
accepted, and a bound was not found in documentation; so nothing ends the time in which it may still take effect. A
cancel that comes late finds the order gone, a placement that comes late is an order that nobody knows of.

A frame has one order: the arguments of the REST call but for instrument and product, which stand beside them. Replies
have the frame's id in `arg`, a list in the example and an object in the table, and codes of their own; accepted is 0.
"""

from typing import Any

import msgspec
from msgspec import Struct

from sansio_exchange.bitget.endpoints import PRODUCT
from sansio_exchange.bitget.errors import ACCEPTED, of_code
from sansio_exchange.venue import Request, WsReply

_NOT_ARGUMENTS = ("symbol", "productType")


class Answer(Struct, frozen=True):
    """Which request is answered, and what came of it."""

    id: str = ""
    params: msgspec.Raw = msgspec.Raw(b"{}")


class Frame(Struct, frozen=True):
    """A reply to one or more requests; we send them one by one."""

    event: str
    code: str | int
    arg: tuple[Answer, ...] | Answer = ()
    msg: str | None = ""


_decoder = msgspec.json.Decoder(Frame)
_encoder = msgspec.json.Encoder()


def request_frame(frame_id: str, request: Request) -> str:
    """The request as it goes over the socket, which has been logged in: its frames are not signed."""
    params = {name: value for name, value in request.params.items() if name not in _NOT_ARGUMENTS}
    arg: dict[str, Any] = {
        "id": frame_id,
        "instType": PRODUCT,
        "instId": request.params["symbol"],
        "channel": request.ws_method,
        "params": params,
    }
    return _encoder.encode({"op": "trade", "args": [arg]}).decode()


def read_frame(data: bytes) -> WsReply:
    """The body is put into the envelope of REST. Raises msgspec.DecodeError for what is not a reply."""
    frame = _decoder.decode(data)
    answers = (frame.arg,) if isinstance(frame.arg, Answer) else frame.arg
    answer = answers[0] if answers else Answer()
    if frame.event != "trade" or str(frame.code) != "0":
        return WsReply(answer.id, error=of_code(frame.code, frame.msg or ""))
    if not answer.id:
        raise msgspec.ValidationError("a reply without an id")
    return WsReply(answer.id, _encoder.encode({"code": ACCEPTED, "msg": "", "data": answer.params}))
