"""From the bytes of one stream message to what it says.

The way of a price: one typed decode by the tag `e`, one reader from public_stream.py, done. Whatever that decoder does
not take (acknowledgements, events nobody asks for, other products, nonsense) is looked at again at leisure.
"""

from typing import Any

import msgspec
from msgspec import Struct

from sansio_exchange.binance import private_stream, public_stream
from sansio_exchange.binance.errors import of_code
from sansio_exchange.binance.order_entry import read_frame
from sansio_exchange.binance.private_stream import PrivateEvent
from sansio_exchange.binance.public_stream import PublicEvent
from sansio_exchange.binance.symbols import OTHER_PRODUCT, Product
from sansio_exchange.decoding import unreadable
from sansio_exchange.errors import ExchangeError, RequestRejected
from sansio_exchange.redaction import excerpt, scrub
from sansio_exchange.venue import Acknowledged, ClosesSoon, Decoded, Ignored

Event = PublicEvent | PrivateEvent


class Combined(Struct, gc=False):
    """The envelope of combined streams, {"stream": ..., "data": ...}. On private sockets the name is the listen key."""

    data: Event


class Envelope(Struct):
    """The same around something else."""

    data: msgspec.Raw


_bare = msgspec.json.Decoder(Event)
_combined = msgspec.json.Decoder(Combined)
_envelope = msgspec.json.Decoder(Envelope)
_rows = msgspec.json.Decoder(list[msgspec.Raw])
_READERS: dict[type[Any], Any] = public_stream.READERS | private_stream.READERS
_TYPED = frozenset(str(kind.__struct_config__.tag) for kind in _READERS)
SHUTDOWN = "the server announces that it will shut down"
""" "Please establish a new connection as soon as possible" ("Connection events" of the spot API, 2026, ten minutes
before; the futures' own page was not found)."""
_DEPTH = 3
"""How many envelopes and lists may be around an event."""


def decode(role: str, data: bytes, product: Product) -> list[Decoded]:
    """What one message says. Never raises."""
    if role == "trade":
        return [_trade(role, data)]
    return _decode(role, data, product, 0)


def _decode(role: str, data: bytes, product: Product, depth: int) -> list[Decoded]:
    try:
        event = _combined.decode(data).data if data[2:8] == b"stream" else _bare.decode(data)
        said = _READERS[type(event)](event, product)
        return list(said) if type(said) is tuple else [said]
    except Exception as error:  # whatever a venue sends, it must not end the process
        return _again(role, data, product, error, depth)


def _trade(role: str, data: bytes) -> Decoded:
    try:
        return read_frame(data)
    except Exception as error:
        try:
            message = msgspec.json.decode(data)
        except Exception as second:
            return _unreadable(role, data, second)
        return (
            ClosesSoon(SHUTDOWN)
            if isinstance(message, dict) and _shuts_down(message)
            else _unreadable(role, data, error)
        )


def _again(role: str, data: bytes, product: Product, error: Exception, depth: int) -> list[Decoded]:
    try:
        message = msgspec.json.decode(data)
        if isinstance(message, list) and message and depth < _DEPTH:
            return [said for row in _rows.decode(data) for said in _decode(role, bytes(row), product, depth + 1)]
        if not isinstance(message, dict):
            return [_unreadable(role, data, error)]
        if isinstance(message.get("e"), str):
            return [_event(role, data, message, product, error)]
        if "data" in message and depth < _DEPTH:
            return _decode(role, bytes(_envelope.decode(data).data), product, depth + 1)
        return [_eventless(role, data, message, error)]
    except Exception as second:
        return [_unreadable(role, data, second)]


def _event(role: str, data: bytes, event: dict[str, Any], product: Product, error: Exception) -> Decoded:
    name = event["e"]
    if name in private_stream.UNUSED:
        return Ignored(f"{name}: {private_stream.UNUSED[name]}")
    if name in private_stream.OF_OTHER_PRODUCTS:
        return Ignored(OTHER_PRODUCT)
    if name in public_stream.UNUSED:
        return Ignored(f"{name}: nobody subscribed to it")
    if _shuts_down(event):
        return ClosesSoon(SHUTDOWN)
    if name not in _TYPED:
        return Ignored(f"an event of another kind: {scrub(name)[:40]}")
    symbol = event.get("s")
    if isinstance(event.get("o"), dict):
        symbol = event["o"].get("s")
    if isinstance(symbol, str) and product.canonical(symbol) is None:
        return Ignored(OTHER_PRODUCT)
    return _unreadable(role, data, error)


def _eventless(role: str, data: bytes, message: dict[str, Any], error: Exception) -> Decoded:
    frame_id = message.get("id")
    if "id" in message and "status" in message:
        return read_frame(data)
    if "id" in message and (frame_id is None or isinstance(frame_id, int | str)):
        refused = message.get("error", message)
        said = "" if frame_id is None else str(frame_id)
        if isinstance(refused, dict) and isinstance(refused.get("code"), int):
            words = str(refused.get("msg", ""))
            return Acknowledged(said, _refusal(refused["code"], words))
        if isinstance(message.get("result"), dict):
            words = scrub(str(message["result"]))
            return Acknowledged(said, RequestRejected(f"subscription: {words}", venue_message=words))
        if "result" in message:
            return Acknowledged(said)
    if {"u", "s", "b", "a"} <= message.keys() or {"lastUpdateId", "bids", "asks"} <= message.keys():
        return Ignored(OTHER_PRODUCT)
    return _unreadable(role, data, error)


def _refusal(code: int, msg: str) -> ExchangeError:
    """Subscribing has small codes of its own from 0 up ("Live Subscribing/Unsubscribing", Error Messages)."""
    if code < 0:
        return of_code(code, msg)
    words = scrub(msg)
    return RequestRejected(f"{words} (Binance {code})", code=str(code), venue_message=words)


def _shuts_down(message: dict[str, Any]) -> bool:
    inner = message.get("event", message)
    return isinstance(inner, dict) and inner.get("e") == "serverShutdown"


def _unreadable(role: str, data: bytes, error: Exception) -> Decoded:
    return unreadable(role, "Binance's streams", error, excerpt(data))
