"""From the bytes of one stream message to what it says.

The way of a price: the channel stands near the beginning, its reader decodes the whole at once. Whatever is no update
of a channel that is read (acknowledgements, pongs, notices, replies of order entry, nonsense) is looked at at leisure.
"""

from functools import partial
from typing import Any

import msgspec

from sansio_exchange.decoding import is_of_another, unreadable
from sansio_exchange.gate import private_stream, public_stream
from sansio_exchange.gate.errors import of_channel, of_label
from sansio_exchange.gate.order_entry import read_frame
from sansio_exchange.gate.public_stream import Heard, Reader
from sansio_exchange.gate.symbols import OTHER_PRODUCT, Product
from sansio_exchange.machine import Unreadable
from sansio_exchange.redaction import excerpt, scrub
from sansio_exchange.venue import PONG, Acknowledged, ClosesSoon, Decoded, Ignored

_READERS: dict[str, Reader] = public_stream.READERS | private_stream.READERS
_CHANNEL = b'"channel":"'
_UPDATE = b'"event":"update"'
_BEGINNING = 256
"""Bytes among which channel and event stand, in whatever order."""

UNUSED = {
    "futures.order_book": "the best prices come by futures.book_ticker",
    "futures.order_book_update": "the best prices come by futures.book_ticker",
    "futures.obu": "the best prices come by futures.book_ticker",
    "futures.autoorders": "a conditional order, which becomes an ordinary one when it triggers",
    "futures.liquidates": "the orders channel tells the order of a liquidation",
    "futures.auto_deleverages": "the orders channel tells the order of a deleveraging",
    "futures.position_closes": "the positions channel says the same",
    "futures.reduce_risk_limits": "a warning; the account says the same in figures",
    "futures.contract_stats": "statistics are asked for",
    "futures.public_liquidates": "other people's liquidations",
}
"""Channels of ours that are understood and of no use, with the reason."""


def wire_id(frame_id: str) -> int:
    """Ids on the wire are whole numbers: `public-12` goes as 12."""
    return int(frame_id.rpartition("-")[2])


def frame_id_of(role: str, wire: Any) -> str:
    """The other way round; a number belongs to the socket on which it comes."""
    return "" if wire is None else f"{role}-{wire}"[:60]


def decode(role: str, data: bytes, product: Product, heard: Heard) -> list[Decoded]:
    """What one message says. Never raises."""
    try:
        at = data.find(_CHANNEL, 0, _BEGINNING) + len(_CHANNEL)
        if at >= len(_CHANNEL) and data.find(_UPDATE, 0, _BEGINNING) >= 0:
            reader = _READERS.get(data[at : data.index(b'"', at)].decode())
            if reader is not None:
                return reader(data, product, heard)
        return _at_leisure(role, data, product, heard)
    except Exception as error:  # whatever a venue sends, it must not end the process
        if is_of_another(data, partial(_is_others, product)):
            return [Ignored(OTHER_PRODUCT)]
        return [unreadable(role, "Gate's channels", error, excerpt(data))]


def _at_leisure(role: str, data: bytes, product: Product, heard: Heard) -> list[Decoded]:
    message = msgspec.json.decode(data)
    if not isinstance(message, dict):
        raise ValueError("it is no object")
    if "header" in message:
        return [read_frame(data)]
    channel, event = message.get("channel"), message.get("event")
    if channel == "futures.pong":
        return [PONG]
    if channel == "futures.system":
        return [_notice(message.get("result"))]
    if event in ("subscribe", "unsubscribe"):
        return [_acknowledged(role, message)]
    if event in ("update", "all") and isinstance(channel, str):
        reader = _READERS.get(channel)
        if reader is not None and event == "update":
            return reader(data, product, heard)
        name = scrub(channel)[:40]
        return [Ignored(f"{name}: {UNUSED.get(name, OTHER_PRODUCT)}")]
    if "type" in message and "msg" in message:
        return [_notice(message)]
    if isinstance(message.get("label"), str):
        error = of_label(message["label"], str(message.get("message") or ""))
        return [Unreadable(role, f"refused: {error.message}", "")]
    if isinstance(message.get("error"), dict):
        return [Unreadable(role, f"refused: {_error_of(message['error']).message}", "")]
    raise ValueError("it has no event and channel that are known")


def _acknowledged(role: str, message: dict[str, Any]) -> Decoded:
    """ "To verify that a subscription succeeded, check whether `error` is empty"."""
    said, result = message.get("error"), message.get("result")
    failed = isinstance(result, dict) and result.get("status") == "fail"
    error = _error_of(said) if isinstance(said, dict) else of_channel(3, "no reason given") if failed or said else None
    return Acknowledged(frame_id_of(role, message.get("id")), error)


def _error_of(said: dict[str, Any]) -> Any:
    code = said.get("code")
    return of_channel(code if isinstance(code, int) else 0, str(said.get("message") or ""))


def _notice(said: Any) -> Decoded:
    """ "The connection will soon be closed for a service upgrade. Please reconnect." """
    if not isinstance(said, dict):
        raise ValueError("a notice that says nothing")
    if "upgrade" in str(said.get("type")):
        return ClosesSoon(scrub(str(said.get("msg") or "")) or "the venue is about to close the connection")
    return Ignored(f"a notice of another kind: {scrub(str(said.get('type')))[:40]}")


def _is_others(product: Product, message: Any) -> bool:
    rows = message["result"]
    names = [row.get("contract") or row.get("s") for row in (rows if isinstance(rows, list) else [rows])]
    return bool(names) and all(isinstance(name, str) and product.contract_of(name) is None for name in names)
