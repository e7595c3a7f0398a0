"""From the bytes of one stream message to what it says.

The way of a price: the channel stands at a fixed place, its reader decodes the rest at once. Whatever does not begin
that way (acknowledgements, notices, other channels, nonsense) is looked at at leisure.
"""

import re
from functools import partial
from typing import Any

import msgspec

from sansio_exchange.decoding import is_of_another, unreadable
from sansio_exchange.errors import RequestRejected
from sansio_exchange.machine import Unreadable
from sansio_exchange.okx import private_stream, public_stream
from sansio_exchange.okx.echoes import excerpt, scrub
from sansio_exchange.okx.errors import TABLE, of_question
from sansio_exchange.okx.funding import Funding
from sansio_exchange.okx.order_entry import read_frame
from sansio_exchange.okx.public_stream import Reader
from sansio_exchange.okx.symbols import OTHER_PRODUCT, Product
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.venue import PONG, Acknowledged, ClosesSoon, Decoded, Ignored, LoggedIn, SessionExpired

_READERS: dict[str, Reader] = public_stream.READERS | private_stream.READERS
_BEGINNING = b'{"arg":{"channel":"'
_AT = len(_BEGINNING)

_LOGIN_CODES = frozenset(range(60004, 60008)) | {60009, 60014, 60023, 60024, 60026, 60031, 60032, 60033, 63999}
"""What a login is refused with; such an error has no id. 50xxx are those of the key."""
_PART = re.compile(r"([a-z]+)(\d+)")

UNUSED = {
    "balance_and_position": "account and positions channels say the same",
    "fills": "the orders channel says the same",
    "liquidation-warning": "a warning; the account says the same in figures",
    "account-greeks": "nobody subscribed to it",
}
"""Private channels that are understood and of no use, with the reason. Any other one nobody subscribed to."""


def wire_id(frame_id: str) -> str:
    """Ids on the wire are letters and digits alone: `public-12` goes as `public12`."""
    return frame_id.replace("-", "")


def frame_id_of(wire: str) -> str:
    """The other way round."""
    found = _PART.fullmatch(wire)
    return f"{found[1]}-{found[2]}" if found else wire


def decode(role: str, data: bytes, product: Product, ids: OrderIds, funding: Funding) -> list[Decoded]:
    """What one message says. Never raises."""
    try:
        if data.startswith(_BEGINNING):
            reader = _READERS.get(data[_AT : data.index(b'"', _AT)].decode())
            if reader is not None:
                return reader(data, product, ids, funding)
        return _at_leisure(role, data, product, ids, funding)
    except Exception as error:  # whatever a venue sends, it must not end the process
        if is_of_another(data, partial(_is_others, product)):
            return [Ignored(OTHER_PRODUCT)]
        return [unreadable(role, "OKX's channels", error, excerpt(data), scrub)]


def _at_leisure(role: str, data: bytes, product: Product, ids: OrderIds, funding: Funding) -> list[Decoded]:
    if data == b"pong":
        return [PONG]
    message = msgspec.json.decode(data)
    if not isinstance(message, dict):
        raise ValueError("it is no object")
    if isinstance(message.get("event"), str):
        return [_event(role, data, message)]
    if role == "trade" or "op" in message:
        return [read_frame(data)]
    arg = message.get("arg")
    if isinstance(arg, dict) and isinstance(arg.get("channel"), str):
        if (reader := _READERS.get(arg["channel"])) is not None:
            return reader(data, product, ids, funding)
        channel = scrub(arg["channel"])[:40]
        return [Ignored(f"{channel}: {UNUSED.get(channel, 'nobody subscribed to it')}")]
    raise ValueError("it has neither event nor channel")


def _event(role: str, data: bytes, message: dict[str, Any]) -> Decoded:
    name, code = message["event"], str(message.get("code", ""))
    frame_id, words = str(message.get("id") or ""), str(message.get("msg") or "")
    match name:
        case "login":
            return LoggedIn(None if code in ("0", "") else of_question(code, words))
        case "subscribe" | "unsubscribe":
            return Acknowledged(frame_id_of(frame_id))
        case "error":
            return _refusal(role, data, frame_id, code, words)
        case "notice":
            # "The connection will soon be closed for a service upgrade. Please reconnect." (64008), a minute before.
            return ClosesSoon(scrub(words) or "the venue is about to close the connection")
        case "channel-conn-count":
            return Ignored("how many connections have the channel")
        case "channel-conn-count-error":
            # "Connection Count Limit": the latest of too many connections does not get the channel.
            return SessionExpired(f"too many connections have the channel {scrub(str(message.get('channel')))[:40]}")
        case _:
            return Ignored(f"an event of another kind: {scrub(name)[:40]}")


def _refusal(role: str, data: bytes, frame_id: str, code: str, words: str) -> Decoded:
    if role == "trade" and frame_id:
        return read_frame(data)
    if frame_id:
        return Acknowledged(frame_id_of(frame_id), of_question(code, words))
    number = int(code) if code.isascii() and code.isdigit() and len(code) < 9 else 0
    if number == 64008:
        return ClosesSoon(scrub(words))
    if role in ("private", "trade") and (number in _LOGIN_CODES or (50000 <= number < 51000 and number in TABLE)):
        return LoggedIn(of_question(code, words))
    if role == "trade":
        return read_frame(data)
    return Unreadable(role, f"refused: {RequestRejected(scrub(words)).message} (OKX {code[:20]})", "")


def _is_others(product: Product, message: Any) -> bool:
    rows = (row.get("instId") for row in message["data"] if isinstance(row, dict))
    names = {message["arg"].get("instId"), *rows} - {None}
    return bool(names) and all(isinstance(name, str) and product.contract_of(name) is None for name in names)
