"""Bybit perpetuals margined in USDT: the Venue that joins the other files of this folder."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sansio_exchange import redaction
from sansio_exchange.bybit import endpoints as places
from sansio_exchange.bybit import errors, limits, messages, order_entry, requests, signing
from sansio_exchange.bybit.messages import Listening
from sansio_exchange.bybit.symbols import read_rules
from sansio_exchange.commands import (
    Action,
    Credentials,
    FetchExchangeInfo,
    Topic,
)
from sansio_exchange.dispatch import recipe_of
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.order_ids import name_or_digest
from sansio_exchange.query_string import query_string
from sansio_exchange.recipes import asking
from sansio_exchange.symbols import SymbolTable
from sansio_exchange.venue import Access, Budget, Decoded, Endpoints, Recipe, Request, Socket

_CHECKED_SYMBOL = "BTCUSDT"
_UNANSWERED = 1_000
"""Requests of which it is remembered which limit they draw on; what is not answered is forgotten."""


class Bybit:
    """Implements venue.Venue. Holds the symbol table, the two names of each order, and what its sockets said last of
    funding."""

    name = "bybit"
    is_unified_margin = True
    sockets: Mapping[str, Socket]
    max_batch = requests.BATCH_ROWS
    order_lifetime = signing.RECEIVE_WINDOW / 1000

    def __init__(self, endpoints: Endpoints) -> None:
        """Without a `trade` root orders go over REST."""
        self.symbols = SymbolTable()
        self.sockets = {role: socket for role, socket in places.SOCKETS.items() if role != "trade" or endpoints.trade}
        self._endpoints = endpoints
        self._listening = Listening()
        self._ids = self._listening.order_ids
        self._budget_of: OrderedDict[int, str] = OrderedDict()

    # --- commands -----------------------------------------------------------------------------------------------

    def recipe(self, action: Action) -> Recipe[Any]:
        if isinstance(action, FetchExchangeInfo):
            return asking(self._fetch_exchange_info(action.symbol))
        return recipe_of(action, requests, self._ids)

    def _fetch_exchange_info(self, symbol: str) -> Recipe[None]:
        self.symbols.replace(read_rules((yield from requests.get_instruments())))
        if symbol:
            self.symbols.find(symbol)

    def check(self) -> Recipe[None]:
        return asking(requests.check(_CHECKED_SYMBOL))

    def server_time(self) -> Recipe[int]:
        return asking(requests.server_time())

    def budgets(self) -> Sequence[Budget]:
        return limits.budgets(self._listening.limits)

    def client_order_id(self, session: str, number: int) -> str:
        """Session, x and number where that is of the venue's form, else a digest of them."""
        return name_or_digest(f"{session}x{number}", requests.CLIENT_ORDER_ID, 36)

    def order_number(self, venue_id: str) -> int:
        return self._ids.number(venue_id)

    # --- requests -----------------------------------------------------------------------------------------------

    def sign(self, request_id: int, request: Request, credentials: Credentials, venue_ms: int) -> SendHttp:
        """Questions have their parameters in the query, orders in the body."""
        headers: dict[str, str] = {}
        target, body = request.path, ""
        if request.method == "GET":
            payload = query_string(request.params)
            target = f"{target}?{payload}" if payload else target
        else:
            payload = body = msgspec.json.encode(request.params).decode()
            headers["Content-Type"] = "application/json"
        if request.access is not Access.PUBLIC:
            headers |= signing.rest_headers(credentials, venue_ms, payload)
        if budget := limits.own_budget(request.costs):
            self._budget_of[request_id] = budget
            if len(self._budget_of) > _UNANSWERED:
                self._budget_of.popitem(last=False)
        return SendHttp(request_id, request.method, f"{self._endpoints.rest}{target}", headers, body.encode())

    def read(self, reply: HttpReply) -> bytes:
        """Status 200 says nothing: the code in the body does."""
        if not 200 <= reply.status < 300:
            raise errors.of_reply(reply.status, reply.body)
        errors.require_accepted(reply.body)
        return reply.body

    def used(self, reply: HttpReply) -> Mapping[str, int]:
        """The headers tell of the endpoint that was asked, without naming it."""
        budget, count = self._budget_of.pop(reply.request_id, ""), limits.read_headers(reply.headers)
        if not budget or count is None:
            return {}
        self._listening.limits[budget], used = count
        return {budget: used}

    def trade_frame(self, frame_id: str, request: Request, credentials: Credentials, venue_ms: int) -> str:
        """The socket has been logged in: its frames are not signed."""
        return order_entry.request_frame(frame_id, request, venue_ms)

    # --- sockets ------------------------------------------------------------------------------------------------

    def role(self, topic: Topic) -> str:
        return places.role_of(topic)

    def url(self, role: str) -> Recipe[str]:
        yield from ()
        roots = {"private": self._endpoints.private, "trade": self._endpoints.trade}
        return f"{roots.get(role, self._endpoints.public)}{places.PATHS[role]}"

    def begin(self, role: str, *, is_successor: bool) -> None:
        """Nothing is kept from one socket to the next."""

    def renew(self, role: str) -> Recipe[None]:
        """A login holds as long as its socket."""
        yield from ()

    def login_frame(self, role: str, credentials: Credentials, venue_ms: int) -> str:
        if role not in ("private", "trade"):
            return ""
        return _frame({"op": "auth", "args": signing.login_args(credentials, venue_ms + signing.LOGIN_EXPIRES)})

    def private_frames(self, frame_id: str) -> Sequence[str]:
        return (_frame({"req_id": frame_id, "op": "subscribe", "args": places.PRIVATE_TOPICS}),)

    def acknowledgements(self, topics: Sequence[Topic]) -> int:
        """One for the whole frame."""
        return 1

    def subscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str:
        return _topics_frame("subscribe", frame_id, topics)

    def unsubscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str:
        return _topics_frame("unsubscribe", frame_id, topics)

    def decode(self, role: str, data: bytes) -> list[Decoded]:
        return messages.decode(role, data, self._listening)

    def redact(self, body: bytes) -> bytes:
        return redaction.redact(errors.without_secrets(body))


def _topics_frame(op: str, frame_id: str, topics: Sequence[Topic]) -> str:
    return _frame({"req_id": frame_id, "op": op, "args": [places.topic_of(topic) for topic in topics]})


def _frame(frame: Mapping[str, Any]) -> str:
    return msgspec.json.encode(frame).decode()
