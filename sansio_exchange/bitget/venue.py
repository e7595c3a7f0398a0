"""Bitget USDT-margined perpetuals: the Venue that joins the other files of this folder."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sansio_exchange import redaction
from sansio_exchange.account import Account
from sansio_exchange.bitget import endpoints as places
from sansio_exchange.bitget import errors, limits, market_requests, messages, order_entry, requests, signing
from sansio_exchange.bitget.asked import Asked
from sansio_exchange.bitget.heard import Heard
from sansio_exchange.bitget.symbols import Product, read_contracts
from sansio_exchange.commands import (
    Action,
    Credentials,
    FetchExchangeInfo,
    GetAccount,
    Topic,
)
from sansio_exchange.dispatch import recipe_of
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.order_ids import OrderIds, name_or_digest
from sansio_exchange.query_string import query_string
from sansio_exchange.recipes import asking
from sansio_exchange.venue import Access, Budget, Decoded, Endpoints, Recipe, Request, Socket


class Bitget:
    """Implements venue.Venue. Holds the symbol table, the names of orders, what was heard of public channels and what
    was asked for on the sockets."""

    name = "bitget"
    is_unified_margin = False
    sockets: Mapping[str, Socket]
    max_batch = requests.BATCH_ROWS
    order_lifetime = signing.LIFETIME / 1000

    def __init__(self, endpoints: Endpoints) -> None:
        """With a `trade` root single cancels go over a socket of their own."""
        self._product = Product()
        self._ids = OrderIds()
        self._heard = Heard()
        self._asked = Asked()
        self._context = messages.Context(self._product, self._ids, self._heard, self._asked)
        self.symbols = self._product.table
        self.sockets = {role: socket for role, socket in places.SOCKETS.items() if role != "trade" or endpoints.trade}
        self._endpoints = endpoints

    # --- commands -----------------------------------------------------------------------------------------------

    def recipe(self, action: Action) -> Recipe[Any]:
        if isinstance(action, FetchExchangeInfo):
            return asking(self._fetch_exchange_info(action.symbol))
        recipe = recipe_of(action, requests, self._product, self._ids)
        return self._noting_mode(recipe) if isinstance(action, GetAccount) else recipe

    def _noting_mode(self, recipe: Recipe[Account]) -> Recipe[Account]:
        """Multi-assets mode is the account's choice, and may be made at any time."""
        account = yield from recipe
        self.is_unified_margin = account.is_unified
        return account

    def _fetch_exchange_info(self, symbol: str) -> Recipe[None]:
        self._product.replace(read_contracts((yield from market_requests.get_contracts())))
        if symbol:
            self.symbols.find(symbol)

    def check(self) -> Recipe[None]:
        return asking(self._check())

    def _check(self) -> Recipe[None]:
        self.is_unified_margin = yield from requests.check()

    def server_time(self) -> Recipe[int]:
        return asking(market_requests.server_time())

    def budgets(self) -> Sequence[Budget]:
        return limits.BUDGETS

    def client_order_id(self, session: str, number: int) -> str:
        """Session, x and number where that is of the venue's form, else a digest of them."""
        return name_or_digest(f"{session}x{number}", requests.CLIENT_ORDER_ID, 32)

    def order_number(self, venue_id: str) -> int:
        return self._ids.number(venue_id)

    # --- requests -----------------------------------------------------------------------------------------------

    def sign(self, request_id: int, request: Request, credentials: Credentials, venue_ms: int) -> SendHttp:
        """Questions have their parameters in the query, "sorted in ascending alphabetical order by key" ("Signature"),
        orders in the body."""
        headers = {"paptrading": "1"} if self._endpoints.is_demo else {}
        target, body = request.path, ""
        if request.method == "GET":
            query = query_string(dict(sorted(request.params.items())))
            target = f"{target}?{query}" if query else target
        else:
            body = msgspec.json.encode(request.params).decode()
            headers["Content-Type"] = "application/json"
        if request.access is not Access.PUBLIC:
            headers |= signing.rest_headers(credentials, venue_ms, request.method, target, body)
        return SendHttp(request_id, request.method, f"{self._endpoints.rest}{target}", headers, body.encode())

    def read(self, reply: HttpReply) -> bytes:
        """Status 200 says nothing: the code in the body does."""
        if not 200 <= reply.status < 300:
            raise errors.of_reply(reply.status, reply.body)
        errors.require_accepted(reply.body)
        return reply.body

    def used(self, reply: HttpReply) -> Mapping[str, int]:
        """Bitget does not say of which limit."""
        return {}

    def trade_frame(self, frame_id: str, request: Request, credentials: Credentials, venue_ms: int) -> str:
        """The socket has been logged in: its frames are not signed."""
        return order_entry.request_frame(frame_id, request)

    # --- sockets ------------------------------------------------------------------------------------------------

    def role(self, topic: Topic) -> str:
        return places.role_of(topic)

    def url(self, role: str) -> Recipe[str]:
        yield from ()
        roots = {"private": self._endpoints.private, "trade": self._endpoints.trade}
        return f"{roots.get(role, self._endpoints.public)}{places.PATHS[role]}"

    def begin(self, role: str, *, is_successor: bool) -> None:
        """Nothing has been asked for on it, and what was said meanwhile was not heard."""
        self._asked.begin(role)
        if role == "public" and not is_successor:
            self._heard.interrupted()

    def renew(self, role: str) -> Recipe[None]:
        """A login holds as long as its socket."""
        yield from ()

    def login_frame(self, role: str, credentials: Credentials, venue_ms: int) -> str:
        if role not in ("private", "trade"):
            return ""
        return _frame("login", [signing.login_args(credentials, venue_ms)])

    def private_frames(self, frame_id: str) -> Sequence[str]:
        """One for each channel; each is acknowledged."""
        self._asked.ask("private", "subscribe", places.PRIVATE_ARGS, frame_id)
        return tuple(_frame("subscribe", [arg]) for arg in places.PRIVATE_ARGS)

    def acknowledgements(self, topics: Sequence[Topic]) -> int:
        """Channel by channel, and every topic has one."""
        return len(topics)

    def subscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str:
        """What was heard of them before is old by now; it may have come after the unsubscribing."""
        for topic in topics:
            self._heard.forget(topic)
        return self._topics_frame("subscribe", frame_id, topics)

    def unsubscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str:
        return self._topics_frame("unsubscribe", frame_id, topics)

    def _topics_frame(self, op: str, frame_id: str, topics: Sequence[Topic]) -> str:
        args = [
            {"instType": places.PRODUCT, "channel": places.channel_of(topic), "instId": topic.symbol}
            for topic in topics
        ]
        self._asked.ask("public", op, args, frame_id)
        return _frame(op, args)

    def decode(self, role: str, data: bytes) -> list[Decoded]:
        return messages.decode(role, data, self._context)

    def redact(self, body: bytes) -> bytes:
        return redaction.redact(body)


def _frame(op: str, args: Sequence[Mapping[str, Any]]) -> str:
    return msgspec.json.encode({"op": op, "args": args}).decode()
