"""`exchange-connector decode`: raw payloads of a venue as the core understands them, one JSON line for each.

A stream message gives its events. A reply gives the result of its method, or the error that it says. What cannot be
read gives an Unreadable with the reason, what is of no use here an Ignored. Every object tells the number of its input
line.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from sansio_exchange.account import Account, Position
from sansio_exchange.commands import Action
from sansio_exchange.errors import ExchangeError, InvalidRequest, OutcomeUnknown, UnexpectedReply
from sansio_exchange.lines import to_line
from sansio_exchange.machine import HttpReply, Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import OrderUpdate
from sansio_exchange.venue import (
    AccountChange,
    Ignored,
    LeverageChange,
    LoggedIn,
    Recipe,
    SessionExpired,
    Sleep,
    Together,
    Venue,
    WsReply,
)
from service.methods import ask_for, find_method

EMPTY = b"[]"
"""What the other requests of a method are answered with while a line is taken as the reply to one of them."""
MOST_REQUESTS = 20
EXCERPT = 200
BELONGS: Mapping[type[Any], str] = {
    **dict.fromkeys((PriceChange, BookTicker, Candle, FundingRate), "public"),
    **dict.fromkeys((OrderUpdate, Account, Position, AccountChange, LeverageChange, SessionExpired), "private"),
    LoggedIn: "private",
    WsReply: "order-entry",
}
"""Which stream says what. The rest (acknowledgements, what is ignored) may come on any."""


def decode_lines(lines: Iterable[bytes], decode: Callable[[bytes], list[Any]]) -> Iterator[bytes]:
    """Every line that is not blank, decoded, as JSON lines; each gives at least one."""
    for number, line in enumerate(lines, 1):
        if payload := line.strip():
            for value in decode(payload) or [Ignored("it says nothing of use here")]:
                yield _numbered(to_line(value), number)


def _numbered(line: bytes, number: int) -> bytes:
    """With the number of the input line, in an object or in each row of a list; a bare value is left as it is."""
    if line.startswith(b"["):
        rows = msgspec.json.decode(line, type=list[msgspec.Raw])
        return msgspec.json.encode([msgspec.Raw(_numbered(bytes(row), number)) for row in rows])
    if not line.startswith(b"{"):
        return line
    fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    return msgspec.json.encode({"kind": fields.pop("kind"), "line": number, **fields})


def stream_decoder(venue: Venue, kind: str) -> Callable[[bytes], list[Any]]:
    """Decodes messages of the venue's streams; `kind` is "public" or "private".

    A venue's decoder may read a message whichever socket it came by. What belongs to another stream is Ignored here, so
    that messages that were sorted wrongly are noticed.
    """
    if kind not in ("public", "private"):
        raise InvalidRequest("--stream", f"{kind!r} is not one of public, private")
    roles = [role for role in venue.sockets if role not in ("private", "trade")] if kind == "public" else ["private"]

    def decode(line: bytes) -> list[Any]:
        """A venue may have several public sockets; the first that can read the message had it."""
        attempts = [venue.decode(role, line) for role in roles]
        said = next((each for each in attempts if not any(isinstance(one, Unreadable) for one in each)), attempts[0])
        return [_of_stream(kind, each) for each in said]

    return decode


def _of_stream(kind: str, value: Any) -> Any:
    if isinstance(value, Unreadable):
        return msgspec.structs.replace(value, source=kind)
    owner = BELONGS.get(type(value), kind)
    return value if owner == kind else Ignored(f"{type(value).__name__}: belongs to the {owner} stream")


def reply_decoder(venue: Venue, name: str, fields: Mapping[str, str]) -> Callable[[bytes], list[Any]]:
    """Decodes replies to the method called `name`; `fields` are those of its request, as far as given."""
    method = find_method(name)
    if (topics := _topics(name)) is not None:
        return stream_decoder(venue, topics)

    def decode_reply(line: bytes) -> list[Any]:
        given = {**_guess(name, method.fields, _parsed(line)), **fields}
        asked = ask_for(method, given)
        assert not isinstance(asked, tuple)
        result = _Replies(venue, asked, line).read()
        if isinstance(result, Unreadable):
            return [msgspec.structs.replace(result, source=name)]
        if name == "get_symbols" and result is None:
            return [venue.symbols.names()]
        if name == "get_symbol_info" and result is None:
            try:
                return [venue.symbols.find(given["symbol"])] if given.get("symbol") else list(venue.symbols)
            except InvalidRequest as unknown:
                return [unknown]
        return [result]

    asked = ask_for(method, {**_guess(name, method.fields, None), **fields})
    assert not isinstance(asked, tuple)
    venue.recipe(asked)  # a wrong field is told before anything is read
    return decode_reply


def _topics(name: str) -> str | None:
    """Which stream answers a subscription."""
    if not name.startswith("subscribe_"):
        return None
    return "private" if name in ("subscribe_orders", "subscribe_account", "subscribe_positions") else "public"


class _Replies:
    """One line, taken as what the venue answered to an action."""

    def __init__(self, venue: Venue, action: Action, line: bytes) -> None:
        self._venue = venue
        self._action = action
        self._line = line
        self._asked = 0

    def read(self) -> Any:
        """The result, the venue's error, or Unreadable.

        A method may make several requests. The line may be the reply to any one of them, which is found out by trying
        with the others empty; or a JSON array with the reply to each, in the order in which they are made.
        """
        single = self._from_socket() or (self._line, None)
        first = self._try([single])
        if not isinstance(first, Unreadable):
            return first
        for place in range(1, self._asked):
            result = self._try([(EMPTY, None)] * place + [single])
            if not isinstance(result, Unreadable):
                return result
        bodies = _parsed(self._line)
        if isinstance(bodies, list) and bodies:
            result = self._try([(msgspec.json.encode(each), None) for each in bodies])
            if not isinstance(result, Unreadable):
                return result
        return first

    def _from_socket(self) -> tuple[bytes, ExchangeError | None] | None:
        """What the line says if it came over the order-entry socket, which not every network of a venue has."""
        said = self._venue.decode("trade", self._line)
        if len(said) == 1 and isinstance(said[0], WsReply) and (said[0].body or said[0].error):
            return said[0].body, said[0].error
        return None

    def _try(self, answers: list[tuple[bytes, ExchangeError | None]]) -> Any:
        """Run the recipe with these answers, then empty ones."""
        remaining = iter(answers)
        recipe = self._venue.recipe(self._action)
        asked = 0
        is_venues_word = False

        def answer() -> bytes | ExchangeError:
            nonlocal asked, is_venues_word
            asked += 1
            body, error = next(remaining, (EMPTY, None))
            if error is None:
                status = 400 if _is_error(body) else 200
                try:
                    return self._venue.read(HttpReply(asked, status, {}, body))
                except ExchangeError as said:
                    error = said
            is_venues_word = True
            return error

        try:
            result = _run(recipe, answer)
        except ExchangeError as error:
            self._asked = max(self._asked, asked)
            # What cannot be read is told as UnexpectedReply, and as OutcomeUnknown where an order is at stake.
            if isinstance(error, UnexpectedReply) or (isinstance(error, OutcomeUnknown) and not is_venues_word):
                return self._unreadable(error)
            return error
        self._asked = max(self._asked, asked)
        # A batch is told row by row, unless there was not even a list.
        is_told_by_rows = is_venues_word or isinstance(_parsed(self._line), list)
        if isinstance(result, tuple) and result and not is_told_by_rows:
            return self._unreadable(result[0]) if isinstance(result[0], ExchangeError) else result
        return result

    def _unreadable(self, error: ExchangeError) -> Unreadable:
        return Unreadable("", error.message, self._line[:EXCERPT].decode("utf-8", "replace"))


def _run(recipe: Recipe[Any], answer: Callable[[], bytes | ExchangeError]) -> Any:
    try:
        step = next(recipe)
        for _ in range(MOST_REQUESTS):
            if isinstance(step, Sleep):
                step = recipe.send(None)
            elif isinstance(step, tuple):
                step = recipe.send([answer() for _ in step])
            elif isinstance(step, Together):
                step = recipe.send([_outcome(each, answer) for each in step.recipes])
            elif isinstance(said := answer(), ExchangeError):
                step = recipe.throw(said)
            else:
                step = recipe.send(said)
    except StopIteration as done:
        return done.value
    raise UnexpectedReply(f"the method asks for more than {MOST_REQUESTS} replies")


def _outcome(recipe: Recipe[Any], answer: Callable[[], bytes | ExchangeError]) -> Any:
    try:
        return _run(recipe, answer)
    except ExchangeError as error:
        return error


def _is_error(body: bytes) -> bool:
    """Whether the venue sends such a body with a status of 400 and above: {"code": -2010, ...}, {"label": ...}."""
    parsed = _parsed(body)
    if not isinstance(parsed, dict):
        return False
    code = parsed.get("code")
    return (isinstance(code, int) and code < 0) or ("label" in parsed and "message" in parsed)


def _parsed(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _guess(name: str, wanted: Iterable[str], payload: Any) -> dict[str, str]:
    """Fields that the request must have had, from the payload where it names them."""
    rows = payload if isinstance(payload, list) else [payload]
    symbol = next(_find(payload, _SYMBOL_KEYS), "BTCUSDT")
    # Gate writes t- before the client order id.
    names = [[each.removeprefix("t-") for each in _find(row, _CLIENT_ID_KEYS)] or ["sample"] for row in rows or [None]]
    orders = [_ORDER | {"symbol": symbol, "client_order_id": each} for row in names for each in row]
    if name == "batch_place_orders":
        return {"orders": msgspec.json.encode(orders).decode()}
    ids = [each for each in _find(payload, _ORDER_ID_KEYS) if each.isascii() and each.isdigit()]
    known = {
        **(orders[0] if name == "place_order" else {}),
        "symbol": "" if name in _ALL_SYMBOLS else symbol,
        "order_id": ids[0] if ids else "1",
        "order_ids": ",".join(ids or [str(number) for number in range(1, len(rows) + 1)]),
        "asset": "USDT",
        "interval": "1m",
        "limit": "1000",
    }
    return {field: known[field] for field in wanted if field in known}


_ORDER = {
    "side": "BUY",
    "type": "LIMIT",
    "quantity": "1",
    "price": "1",
}
_ALL_SYMBOLS = ("get_open_orders", "get_positions", "fetch_exchange_info", "get_symbol_info")
_SYMBOL_KEYS = ("symbol", "instId", "contract", "s")
_CLIENT_ID_KEYS = ("clientOrderId", "clOrdId", "orderLinkId", "clientOid", "text")
_ORDER_ID_KEYS = ("orderId", "ordId")


def _find(payload: Any, keys: tuple[str, ...]) -> Iterator[str]:
    """What stands in `payload`, however deep, under one of `keys`, of each object that has one the first."""
    if isinstance(payload, dict):
        own = (payload.get(key) for key in keys)
        found = next((each for each in own if isinstance(each, str | int) and not isinstance(each, bool)), None)
        if found not in (None, ""):
            yield str(found)
            return
        payload = list(payload.values())
    if isinstance(payload, list):
        for each in payload:
            yield from _find(each, keys)
