"""Order entry over the private WebSocket ("WS / Place order" 2026-07-05, "WS / Cancel order" 2026-07-14, and batches).

A frame has the arguments of the REST call but for the instrument: the socket takes `instIdCode` alone, a number out of
the listing. Replies are the envelopes of REST with the id and the operation of the frame.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from sansio_exchange.errors import ExchangeError
from sansio_exchange.okx.errors import of_code, require_accepted
from sansio_exchange.okx.signing import EXPIRY
from sansio_exchange.okx.symbols import Product
from sansio_exchange.venue import Priority, Request, WsReply

ROWS = "rows"
"""The parameter that holds the orders of a batch: the body of such a request is a list of them, not an object."""


class Frame(Struct, frozen=True):
    """A reply, or an error of the socket itself, which has an `event` and not always our id."""

    code: str | int
    id: str = ""
    op: str = ""
    event: str = ""
    msg: str = ""


_decoder = msgspec.json.Decoder(Frame)
_encoder = msgspec.json.Encoder()


def rows_of(request: Request) -> Sequence[Mapping[str, Any]]:
    """The orders that the request is about."""
    rows: Sequence[Mapping[str, Any]] = request.params.get(ROWS, (request.params,))
    return rows


def request_frame(frame_id: str, request: Request, venue_ms: int, product: Product) -> str:
    """The request as it goes over the socket, which has been logged in. Placements expire, cancels need not."""
    frame: dict[str, Any] = {"id": frame_id, "op": request.ws_method}
    if request.priority is Priority.PLACE:
        frame["expTime"] = str(venue_ms + EXPIRY)
    frame["args"] = [_with_code(row, product) for row in rows_of(request)]
    return _encoder.encode(frame).decode()


def _with_code(row: Mapping[str, Any], product: Product) -> dict[str, Any]:
    contract = product.contract_of(row["instId"])
    if contract is None or contract.code is None:
        return dict(row)
    return {"instIdCode": contract.code, **{name: value for name, value in row.items() if name != "instId"}}


def read_frame(data: bytes) -> WsReply:
    """Raises msgspec.DecodeError for what is not a reply."""
    frame = _decoder.decode(data)
    if frame.event:
        return WsReply(frame.id, error=of_code(frame.code, frame.msg))
    if not frame.id or not frame.op:
        raise msgspec.ValidationError("a reply without id or op")
    try:
        require_accepted(data)
    except ExchangeError as error:
        return WsReply(frame.id, error=error)
    return WsReply(frame.id, data)
