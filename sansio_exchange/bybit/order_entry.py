"""Order entry over the trade WebSocket ("Websocket Trade Guideline", 2025-09).

A frame's one argument is the body of the REST call; replies have the fields of REST under other names, and the limits
in a header of their own.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from sansio_exchange.bybit import limits
from sansio_exchange.bybit.errors import require_accepted
from sansio_exchange.bybit.signing import RECEIVE_WINDOW
from sansio_exchange.errors import ExchangeError
from sansio_exchange.venue import Request, WsReply


class Frame(Struct, frozen=True, rename="camel"):
    """A reply. Header names are mixed: X-Bapi-Limit, Timenow, Traceid."""

    ret_code: int | str
    op: str
    req_id: str = ""
    ret_msg: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")
    ret_ext_info: msgspec.Raw = msgspec.Raw(b"{}")
    header: Mapping[str, str] = {}


_decoder = msgspec.json.Decoder(Frame)
_encoder = msgspec.json.Encoder()


def request_frame(frame_id: str, request: Request, venue_ms: int) -> str:
    """The request as it goes over the socket, which has been logged in.

    A `reqId` that was used before is refused (20006), how long before is not documented: ours begin anew with each
    process, so the time makes them unique.
    """
    frame: dict[str, Any] = {
        "reqId": f"{frame_id}-{venue_ms}",
        "header": {"X-BAPI-TIMESTAMP": str(venue_ms), "X-BAPI-RECV-WINDOW": str(RECEIVE_WINDOW)},
        "op": request.ws_method,
        "args": [request.params],
    }
    return _encoder.encode(frame).decode()


def read_frame(data: bytes, told: dict[str, int]) -> WsReply:
    """The reply with a body as REST has it. Adds to `told` what it says of a limit, by budget. Raises
    msgspec.DecodeError for what is not a reply."""
    frame = _decoder.decode(data)
    header = {name.lower(): value for name, value in frame.header.items()}
    frame_id = frame.req_id.partition("-")[0]
    used = {}
    budget, count = limits.OF_OPERATION.get(frame.op, ""), limits.read_headers(header)
    if budget and count is not None:
        told[budget], used[budget] = count
    body = _encoder.encode(
        {
            "retCode": frame.ret_code,
            "retMsg": frame.ret_msg,
            "result": frame.data,
            "retExtInfo": frame.ret_ext_info,
            "time": header.get("timenow", ""),
        }
    )
    try:
        require_accepted(body)
    except ExchangeError as error:
        return WsReply(frame_id, error=error, used=used)
    return WsReply(frame_id, body, used=used)
