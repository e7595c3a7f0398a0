"""From the bytes of one stream message to what it says.

The way of a price: the channel is named near the beginning, its reader decodes the rest at once. Whatever does not
begin that way (acknowledgements, notices, other channels, nonsense) is looked at at leisure.
"""

from functools import partial
from typing import Any

import msgspec

from sansio_exchange.bitget import private_stream, public_stream
from sansio_exchange.bitget.asked import Asked, channel
from sansio_exchange.bitget.endpoints import PRODUCT
from sansio_exchange.bitget.errors import TABLE, of_code
from sansio_exchange.bitget.heard import Heard
from sansio_exchange.bitget.order_entry import read_frame
from sansio_exchange.bitget.public_stream import Reader
from sansio_exchange.bitget.symbols import OTHER_PRODUCT, Product
from sansio_exchange.decoding import is_of_another, unreadable
from sansio_exchange.errors import AuthenticationFailed, ClockSkew, ExchangeError, PermissionDenied
from sansio_exchange.machine import Unreadable
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.redaction import excerpt, scrub
from sansio_exchange.venue import PONG, Acknowledged, Decoded, Ignored, LoggedIn

_READERS: dict[str, Reader] = public_stream.READERS | private_stream.READERS
_BEGINNING = b'{"action":'
_NAME = b'"channel":"'
_NAMED_WITHIN = 100
"""Bytes: action, arg and product stand before the channel."""

UNUSED = {
    "fill": "the orders channel says the same",
    "equity": "the account channel says the same",
    "positions-history": "nobody subscribed to it",
    "orders-algo": "trigger orders are placed elsewhere",
}
"""Channels that are understood and of no use, with the reason. Any other one nobody subscribed to."""


class Context:
    """What messages are read with: our product, the names of orders, what was heard and what was asked for."""

    def __init__(self, product: Product, ids: OrderIds, heard: Heard, asked: Asked) -> None:
        self.product = product
        self.ids = ids
        self.heard = heard
        self.asked = asked


def decode(role: str, data: bytes, context: Context) -> list[Decoded]:
    """What one message says. Never raises."""
    try:
        if data.startswith(_BEGINNING) and (at := data.find(_NAME, 0, _NAMED_WITHIN)) > 0:
            at += len(_NAME)
            reader = _READERS.get(data[at : data.index(b'"', at)].decode())
            if reader is not None:
                return reader(data, context.product, context.ids, context.heard)
        return _at_leisure(role, data, context)
    except Exception as error:  # whatever a venue sends, it must not end the process
        if is_of_another(data, partial(_is_others, context.product)):
            return [Ignored(OTHER_PRODUCT)]
        return [unreadable(role, "Bitget's channels", error, excerpt(data))]


def _at_leisure(role: str, data: bytes, context: Context) -> list[Decoded]:
    if data == b"pong":
        return [PONG]
    message = msgspec.json.decode(data)
    if not isinstance(message, dict):
        raise ValueError("it is no object")
    if isinstance(message.get("event"), str):
        return [_event(role, data, message, context.asked)]
    arg = message.get("arg")
    if isinstance(arg, dict) and isinstance(arg.get("channel"), str):
        if (reader := _READERS.get(arg["channel"])) is not None:
            return reader(data, context.product, context.ids, context.heard)
        name = scrub(arg["channel"])[:40]
        return [Ignored(f"{name}: {UNUSED.get(name, 'nobody subscribed to it')}")]
    if isinstance(arg, dict) and isinstance(arg.get("topic"), str):
        return [Ignored("unified account: another API")]
    raise ValueError("it has neither event nor channel")


def _event(role: str, data: bytes, message: dict[str, Any], asked: Asked) -> Decoded:
    name, code, words = message["event"], str(message.get("code", "")), str(message.get("msg") or "")
    match name:
        case "login":
            return LoggedIn(None if code in ("0", "00000", "") else of_code(code, words))
        case "subscribe" | "unsubscribe":
            frame_id = asked.answered(role, name, message.get("arg"))
            return Acknowledged(frame_id) if frame_id else Ignored("an acknowledgement of nothing that is open")
        case "trade":
            return read_frame(data)
        case "error":
            return _refusal(role, data, message, asked, of_code(code, words))
        case _:
            return Ignored(f"an event of another kind: {scrub(name)[:40]}")


def _refusal(role: str, data: bytes, message: dict[str, Any], asked: Asked, error: ExchangeError) -> Decoded:
    """A refusal names the order (by `id`) or the channel that it is about. That of a login names neither: its `arg` is
    left out, empty, or what was sent, which stands in no error of ours."""
    arg = message.get("arg")
    answers = arg if isinstance(arg, list) else [arg]
    named = [each for each in answers if isinstance(each, dict)]
    if role == "trade" and any("id" in each for each in named):
        return read_frame(data)
    is_login = any("apiKey" in each for each in named) or _is_of_login(message, error)
    if role in ("private", "trade") and is_login and not any(channel(each)[0] for each in named):
        return LoggedIn(error)
    if frame_id := asked.refused(role, arg):
        return Acknowledged(frame_id, error)
    return Unreadable(role, f"refused: {error.message}", "")


def _is_of_login(message: dict[str, Any], error: ExchangeError) -> bool:
    code = str(message.get("code", ""))
    known = code.isascii() and code.isdigit() and len(code) < 9 and int(code) in TABLE
    return known and isinstance(error, AuthenticationFailed | ClockSkew | PermissionDenied)


def _is_others(product: Product, message: Any) -> bool:
    arg = message["arg"]
    names = {row.get("instId") for row in message["data"] if isinstance(row, dict)} - {None}
    names |= {arg["instId"]} if isinstance(arg.get("instId"), str) and arg["instId"] != "default" else set()
    if isinstance(arg.get("instType"), str) and arg["instType"] != PRODUCT:
        return True
    return bool(names) and all(isinstance(name, str) and product.symbol_of(name) is None for name in names)
