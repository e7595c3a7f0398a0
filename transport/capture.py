"""Captures: sessions that another program recorded, one JSON object a line.

    {"t": 1626992740.17, "kind": "http", "url": "https://...", "body": "..."}        a GET and its reply
    {"t": ..., "kind": "ws_open", "url": "wss://..."}
    {"t": ..., "kind": "ws_out" or "ws_in", "url": "wss://...", "data": "..."}       sent and received messages

`t` is in seconds since the epoch. A capture holds what the venue said to somebody else, so no machine can be led
through it; it is decoded message by message.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from sansio_exchange.commands import FetchExchangeInfo
from sansio_exchange.errors import ExchangeError, NotConnected
from sansio_exchange.machine import HttpReply, Unreadable
from sansio_exchange.market import PriceChange
from sansio_exchange.orders import Side
from sansio_exchange.simulation.replay_market import CapturedTrade
from sansio_exchange.venue import Decoded, Recipe, Request, Sleep, Together, Venue
from transport.line_files import BadRecording, read_lines

KINDS = ("http", "ws_open", "ws_out", "ws_in")


class Captured(Struct, frozen=True, gc=False):
    """One line. `body` belongs to "http", `data` to "ws_in" and "ws_out"."""

    t: float
    kind: Literal["http", "ws_open", "ws_out", "ws_in"]
    url: str
    body: str = ""
    data: str = ""


def is_capture(first: Any) -> bool:
    """Whether this, read from the first line of a file, makes it a capture."""
    return isinstance(first, dict) and first.get("kind") in KINDS and "t" in first


def read_capture(path: Path) -> Iterator[Captured]:
    """The lines of a capture, plain or gzip. Raises OSError, and BadRecording for a line that is none."""
    decode = msgspec.json.Decoder(Captured).decode
    for number, line in enumerate(read_lines(path), 1):
        try:
            yield decode(line)
        except msgspec.DecodeError as error:
            raise BadRecording(f"{path}: line {number}: {error}") from error


def replay_capture(path: Path, venue: Venue) -> Iterator[tuple[int, Decoded]]:
    """What the venue's messages said, each with the time (ms since the epoch) at which it was received.

    The venue's symbols are loaded from the capture first. Raises as read_capture does, and the ExchangeError that
    loading the symbols comes to where the capture does not hold the venue's exchange info.
    """
    load_symbols(path, venue)
    roles = [role for role in venue.sockets if role not in ("private", "trade")]
    for line in read_capture(path):
        if line.kind == "ws_in":
            for said in _decode(venue, roles, line.data.encode()):
                yield round(line.t * 1000), said


def _decode(venue: Venue, roles: list[str], data: bytes) -> list[Decoded]:
    """A capture names addresses, which change over the years, and not roles: the first that can read it had it."""
    attempts = [venue.decode(role, data) for role in roles]
    return next((said for said in attempts if not any(isinstance(each, Unreadable) for each in said)), attempts[0])


def load_symbols(path: Path, venue: Venue) -> None:
    """Have the venue learn its symbols from the capture's HTTP bodies, by its own FetchExchangeInfo recipe."""
    bodies: dict[str, bytes] = {}
    for line in read_capture(path):
        if line.kind == "http":
            bodies.setdefault(urlsplit(line.url).path, line.body.encode())
    _run(venue, venue.recipe(FetchExchangeInfo()), bodies)


def _run(venue: Venue, recipe: Recipe[Any], bodies: dict[str, bytes]) -> Any:
    def read(request: Request) -> bytes | ExchangeError:
        for path, body in bodies.items():
            if path.endswith(request.path):
                try:
                    return venue.read(HttpReply(0, 200, {}, body))
                except ExchangeError as error:
                    return error
        return NotConnected(f"the capture holds no reply to {request.path}")

    answer: Any = None
    while True:
        try:
            step = recipe.throw(answer) if isinstance(answer, ExchangeError) else recipe.send(answer)
        except StopIteration as done:
            return done.value
        match step:
            case Request():
                answer = read(step)
            case Sleep():
                answer = None
            case Together(recipes):
                answer = [_outcome(venue, each, bodies) for each in recipes]
            case _:
                answer = [read(each) for each in step]


def _outcome(venue: Venue, recipe: Recipe[Any], bodies: dict[str, bytes]) -> Any:
    try:
        return _run(venue, recipe, bodies)
    except ExchangeError as error:
        return error


def captured_trades(path: Path, venue: Venue) -> tuple[CapturedTrade, ...]:
    """The trades of a capture in order, for a local venue to replay.

    Who took is not part of a PriceChange, so it is told by the tick rule: up was a buyer, down a seller, and unchanged
    whoever it was before. Raises as replay_capture does.
    """
    last: dict[str, tuple[Decimal, Side]] = {}
    trades = []
    for _, said in replay_capture(path, venue):
        if isinstance(said, PriceChange) and said.quantity > 0:
            price, taker = last.get(said.symbol, (said.price, Side.BUY))
            if said.price != price:
                taker = Side.BUY if said.price > price else Side.SELL
            last[said.symbol] = said.price, taker
            trades.append(CapturedTrade(said.symbol, said.price, said.quantity, taker, said.time_ms))
    return tuple(trades)
