"""`exchange-connector decode --reply METHOD`: what the core makes of a venue's reply.

A reply gives the result of its method, or the error that it says. What cannot be read gives an Unreadable with the
reason.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from sansio_exchange.commands import Action
from sansio_exchange.errors import ExchangeError, InvalidRequest, OutcomeUnknown, UnexpectedReply
from sansio_exchange.machine import HttpReply, Unreadable
from sansio_exchange.venue import Recipe, Request, Sleep, Together, Venue, WsReply
from service.asked import asked_for
from service.decode import stream_decoder
from service.methods import find_method

EMPTY = b"[]"
"""What the other requests of a method are answered with while a line is taken as the reply to one of them; or the
line's own envelope with nothing in it."""
TIME = b'{"server_time":1}'
"""The same where the venue's time is asked for (Gate, whose answers bear none)."""
MOST_REQUESTS = 20
EXCERPT = 200


def reply_decoder(venue: Venue, name: str, fields: Mapping[str, str]) -> Callable[[bytes], list[Any]]:
    """Decodes replies to the method called `name`; `fields` are those of its request, as far as given.

    Raises InvalidRequest for a method or a field that there is not.
    """
    find_method(name)
    if (topics := _topics(name)) is not None:
        return stream_decoder(venue, topics)

    def decode_reply(line: bytes) -> list[Any]:
        try:
            result = _Replies(venue, asked_for(venue, name, _parsed(line), fields), line).read()
        except InvalidRequest as error:
            # It names what no request to this venue can name, such as a symbol of another product.
            return [error]
        if isinstance(result, Unreadable):
            return [msgspec.structs.replace(result, source=name)]
        if name == "get_symbols" and result is None:
            return [venue.symbols.names()]
        if name == "get_symbol_info" and result is None:
            symbol = fields.get("symbol")
            try:
                return [venue.symbols.find(symbol)] if symbol else list(venue.symbols)
            except InvalidRequest as unknown:
                return [unknown]
        return [result]

    venue.recipe(asked_for(venue, name, None, fields))  # a wrong field is told before anything is read
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
        single = self._said(self._line)
        payload = _parsed(self._line)
        first = result = self._try([single], EMPTY)
        if isinstance(result, Unreadable) and isinstance(payload, list) and payload:
            bodies = msgspec.json.decode(self._line, type=list[msgspec.Raw])
            result = self._try([self._said(bytes(each)) for each in bodies], EMPTY)
        emptied = _emptied(payload)
        envelope = (msgspec.json.encode(emptied),) if emptied != payload else ()
        for nothing in (EMPTY, *envelope):
            place = 0
            while isinstance(result, Unreadable) and place <= self._asked:
                result = self._try([None] * place + [single], nothing)
                place += 1
        return first if isinstance(result, Unreadable) else result

    def _said(self, line: bytes) -> tuple[bytes, ExchangeError | None]:
        """The body, or the error; of what came over the order-entry socket, which not every network of a venue has."""
        said = self._venue.decode("trade", line)
        if len(said) == 1 and isinstance(said[0], WsReply) and (said[0].body or said[0].error):
            return said[0].body, said[0].error
        return line, None

    def _try(self, answers: list[tuple[bytes, ExchangeError | None] | None], nothing: bytes) -> Any:
        """Run the recipe with these answers, and with `nothing` where there is none. Unreadable if it does not want as
        many."""
        remaining = iter(answers)
        recipe = self._venue.recipe(self._action)
        asked = 0
        is_venues_word = False

        def answer(request: Request) -> bytes | ExchangeError:
            nonlocal asked, is_venues_word
            asked += 1
            given = next(remaining, None)
            if given is None:
                return TIME if request.path.endswith("/time") else nothing
            body, error = given
            if error is None:
                status = 400 if _is_error(body) else 200
                try:
                    return self._venue.read(HttpReply(asked, status, {}, body))
                except ExchangeError as said:
                    error = said
            is_venues_word = not isinstance(error, UnexpectedReply)
            return error

        try:
            result = _run(recipe, answer)
        except ExchangeError as error:
            result = error
        self._asked = max(self._asked, asked)
        if asked < len(answers):
            return self._unreadable(UnexpectedReply(f"the method asks for {asked} replies, not for {len(answers)}"))
        if isinstance(result, ExchangeError):
            # What cannot be read is told as UnexpectedReply, and as OutcomeUnknown where an order is at stake.
            if isinstance(result, UnexpectedReply) or (isinstance(result, OutcomeUnknown) and not is_venues_word):
                return self._unreadable(result)
            return result
        # A batch is told row by row, unless there was not even a list.
        is_told_by_rows = is_venues_word or isinstance(_parsed(self._line), list)
        if isinstance(result, tuple) and result and not is_told_by_rows:
            return self._unreadable(result[0]) if isinstance(result[0], ExchangeError) else result
        return result

    def _unreadable(self, error: ExchangeError) -> Unreadable:
        return Unreadable("", error.message, self._line[:EXCERPT].decode("utf-8", "replace"))


def _run(recipe: Recipe[Any], answer: Callable[[Request], bytes | ExchangeError]) -> Any:
    try:
        step = next(recipe)
        for _ in range(MOST_REQUESTS):
            if isinstance(step, Sleep):
                step = recipe.send(None)
            elif isinstance(step, tuple):
                step = recipe.send([answer(each) for each in step])
            elif isinstance(step, Together):
                step = recipe.send([_outcome(each, answer) for each in step.recipes])
            elif isinstance(said := answer(step), ExchangeError):
                step = recipe.throw(said)
            else:
                step = recipe.send(said)
    except StopIteration as done:
        return done.value
    raise UnexpectedReply(f"the method asks for more than {MOST_REQUESTS} replies")


def _outcome(recipe: Recipe[Any], answer: Callable[[Request], bytes | ExchangeError]) -> Any:
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


def _emptied(payload: Any) -> Any:
    """The same envelope with nothing in it."""
    if isinstance(payload, dict):
        return {name: _emptied(each) for name, each in payload.items()}
    return [] if isinstance(payload, list) else payload


def _parsed(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
