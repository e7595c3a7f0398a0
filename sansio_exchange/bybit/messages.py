"""From the bytes of one stream message to what it says.

The way of a price: the topic is found among the first bytes, its reader decodes the rest at once. Whatever has none
there (acknowledgements, pongs, other topics, nonsense) is looked at at leisure.
"""

from typing import Any

import msgspec

from sansio_exchange.bybit import private_stream, public_stream
from sansio_exchange.bybit.errors import (
    RESTARTING,
    clean,
    is_accepted,
    number_of,
    of_code,
    of_login,
    of_subscription,
    without_secrets,
)
from sansio_exchange.bybit.funding import Funding
from sansio_exchange.bybit.order_entry import read_frame
from sansio_exchange.bybit.public_stream import ANOTHER, Reader
from sansio_exchange.bybit.symbols import CATEGORY, is_ours
from sansio_exchange.decoding import is_of_another, unreadable
from sansio_exchange.errors import OutcomeUnknown
from sansio_exchange.machine import Unreadable
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.redaction import excerpt, scrub
from sansio_exchange.venue import PONG, Acknowledged, Decoded, Ignored, LoggedIn, SessionExpired

_TOPIC = b'"topic":"'
_NEAR = 160
"""Bytes among which a message's topic stands: private ones have an id before it."""

UNUSED = {
    "execution.fast": "the execution topic says more",
    "greeks": "options are another product",
}
"""Topics that are understood and of no use, with the reason. Any other one nobody subscribed to."""


class Listening:
    """What reading messages takes along from one to the next."""

    def __init__(self) -> None:
        self.funding = Funding()
        self.order_ids = OrderIds()
        self.limits: dict[str, int] = {}
        """Limits that replies told, by budget."""


ALREADY = "already subscribed"
"""In a refusal: the topic stands. The words are not found in documentation."""


def decode(role: str, data: bytes, listening: Listening) -> list[Decoded]:
    """What one message says. Never raises."""
    try:
        if role != "trade":
            at = data.find(_TOPIC, 0, _NEAR)
            if at >= 0:
                at += len(_TOPIC)
                said = _topic(role, data[at : data.index(b'"', at)].decode(), data, listening)
                if said is not None:
                    return said
        return _at_leisure(role, data, listening)
    except Exception as error:  # whatever a venue sends, it must not end the process
        if is_of_another(data, _is_others):
            return [ANOTHER]
        return [unreadable(role, "Bybit's topics", error, excerpt(without_secrets(data)), clean)]


def _topic(role: str, topic: str, data: bytes, listening: Listening) -> list[Decoded] | None:
    """None for a topic that has no reader."""
    if topic in UNUSED:
        return None
    word = topic.partition(".")[0]
    reader: Reader | None
    if role == "private":
        reader = private_stream.READERS.get(word)
        return None if reader is None else reader(data, listening.order_ids)
    reader = public_stream.READERS.get(word)
    return None if reader is None else reader(data, listening.funding)


def _at_leisure(role: str, data: bytes, listening: Listening) -> list[Decoded]:
    message = msgspec.json.decode(data)
    if not isinstance(message, dict):
        raise ValueError("it is no object")
    if isinstance(message.get("topic"), str):
        said = _topic(role, message["topic"], data, listening)
        topic = scrub(message["topic"])[:40]
        return said or [Ignored(f"{topic}: {UNUSED.get(topic, 'nobody subscribed to it')}")]
    op = message.get("op")
    if op == "pong" or message.get("ret_msg") == "pong":
        return [PONG]
    if role == "trade":
        return _trade(data, message, listening)
    if op == "auth":
        return [LoggedIn(None if message.get("success") is True else of_login(str(message.get("ret_msg") or "")))]
    if op in ("subscribe", "unsubscribe"):
        return [_subscription(role, message)]
    raise ValueError("it has neither topic nor operation")


def _subscription(role: str, message: dict[str, Any]) -> Decoded:
    frame_id = str(message.get("req_id") or "")
    if message.get("success") is True:
        return Acknowledged(frame_id)
    refusal = of_subscription(str(message.get("ret_msg") or ""))
    if frame_id:
        return Acknowledged(frame_id, refusal, stands=ALREADY in refusal.message)
    return Unreadable(role, f"refused: {refusal.message}", "")


def _trade(data: bytes, message: dict[str, Any], listening: Listening) -> list[Decoded]:
    code = message.get("retCode", "")
    if message.get("op") == "auth":
        words = str(message.get("retMsg") or "")
        refusal = of_code(code, words)
        if isinstance(refusal, OutcomeUnknown):  # a login has no outcome that could be unknown
            refusal = of_login(words)
        return [LoggedIn(None if is_accepted(code) else refusal)]
    said: list[Decoded] = [read_frame(data, listening.limits)]
    if number_of(code) == RESTARTING:
        said.append(SessionExpired("the order-entry service is restarting"))
    return said


def _is_others(message: Any) -> bool:
    rows = message["data"]
    named = [
        is_ours(row.get("category", CATEGORY), row.get("symbol") or row["s"])
        for row in (rows if isinstance(rows, list) else [rows])
    ]
    return bool(named) and not any(named)
