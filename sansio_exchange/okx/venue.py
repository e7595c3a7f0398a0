"""OKX perpetual swaps margined in USDT: the Venue that joins the other files of this folder."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sansio_exchange.commands import (
    Action,
    Credentials,
    FetchExchangeInfo,
    Topic,
)
from sansio_exchange.dispatch import recipe_of
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.okx import echoes, errors, limits, messages, order_entry, requests, signing
from sansio_exchange.okx import endpoints as places
from sansio_exchange.okx.funding import Funding
from sansio_exchange.okx.symbols import Product, read_instruments
from sansio_exchange.order_ids import OrderIds, name_or_digest
from sansio_exchange.query_string import query_string
from sansio_exchange.recipes import asking
from sansio_exchange.venue import Access, Budget, Decoded, Endpoints, Priority, Recipe, Request, Socket


class Okx:
    """Implements venue.Venue. Holds the symbol table, the ids of orders, what its two channels said last of each
    symbol's funding, and when it last signed."""

    name = "okx"
    is_unified_margin = True
    sockets: Mapping[str, Socket]
    max_batch = requests.BATCH_ROWS
    order_lifetime = signing.EXPIRY / 1000

    def __init__(self, endpoints: Endpoints) -> None:
        """Without a `trade` root orders go over REST."""
        self._product = Product()
        self._ids = OrderIds()
        self._funding = Funding()
        self._signed_ms = 0
        self.symbols = self._product.table
        self.sockets = {role: socket for role, socket in places.SOCKETS.items() if role != "trade" or endpoints.trade}
        self._endpoints = endpoints
        self._budgets = limits.budgets(())

    # --- commands -----------------------------------------------------------------------------------------------

    def recipe(self, action: Action) -> Recipe[Any]:
        if isinstance(action, FetchExchangeInfo):
            return asking(self._fetch_exchange_info(action.symbol))
        return recipe_of(action, requests, self._product, self._ids, lambda: self._signed_ms)

    def _fetch_exchange_info(self, symbol: str) -> Recipe[None]:
        self._product.replace(read_instruments((yield from requests.get_instruments())))
        self._budgets = limits.budgets(contract.inst_id for contract in self._product)
        if symbol:
            self.symbols.find(symbol)

    def check(self) -> Recipe[None]:
        return asking(requests.check())

    def server_time(self) -> Recipe[int]:
        return asking(requests.server_time())

    def budgets(self) -> Sequence[Budget]:
        return self._budgets

    def client_order_id(self, session: str, number: int) -> str:
        """Session, x and number where that is of the venue's form, else a digest of them."""
        return name_or_digest(f"{session}x{number}", requests.CLIENT_ORDER_ID, 32)

    def order_number(self, venue_id: str) -> int:
        return self._ids.number(venue_id)

    # --- requests -----------------------------------------------------------------------------------------------

    def sign(self, request_id: int, request: Request, credentials: Credentials, venue_ms: int) -> SendHttp:
        """Questions have their parameters in the query, orders in the body."""
        self._signed_ms = venue_ms
        headers = {"x-simulated-trading": "1"} if self._endpoints.is_demo else {}
        target, body = request.path, ""
        if request.method == "GET":
            query = query_string(request.params)
            target = f"{target}?{query}" if query else target
        else:
            params = request.params
            body = msgspec.json.encode(params.get(order_entry.ROWS, params)).decode()
            headers["Content-Type"] = "application/json"
        if request.access is not Access.PUBLIC:
            headers |= signing.rest_headers(credentials, venue_ms, request.method, target, body)
        if request.priority is Priority.PLACE:
            headers["expTime"] = str(venue_ms + signing.EXPIRY)
        return SendHttp(request_id, request.method, f"{self._endpoints.rest}{target}", headers, body.encode())

    def read(self, reply: HttpReply) -> bytes:
        """Status 200 says nothing: the code in the body does."""
        if not 200 <= reply.status < 300:
            raise errors.of_reply(reply.status, reply.body)
        errors.require_accepted(reply.body)
        return reply.body

    def used(self, reply: HttpReply) -> Mapping[str, int]:
        """OKX does not say."""
        return {}

    def trade_frame(self, frame_id: str, request: Request, credentials: Credentials, venue_ms: int) -> str:
        """The socket has been logged in: its frames are not signed."""
        return order_entry.request_frame(frame_id, request, venue_ms, self._product)

    # --- sockets ------------------------------------------------------------------------------------------------

    def role(self, topic: Topic) -> str:
        return places.role_of(topic)

    def url(self, role: str) -> Recipe[str]:
        yield from ()
        roots = {"private": self._endpoints.private, "trade": self._endpoints.trade}
        return f"{roots.get(role, self._endpoints.public)}{places.PATHS[role]}"

    def begin(self, role: str, *, is_successor: bool) -> None:
        if role == "public" and not is_successor:
            self._funding.begin_anew()

    def renew(self, role: str) -> Recipe[None]:
        """A login holds as long as its socket."""
        yield from ()

    def login_frame(self, role: str, credentials: Credentials, venue_ms: int) -> str:
        if role not in ("private", "trade"):
            return ""
        return _frame({"op": "login", "args": [signing.login_args(credentials, venue_ms)]})

    def private_frames(self, frame_id: str) -> Sequence[str]:
        """One for each channel, all under the same id; each is acknowledged."""
        return tuple(
            _frame({"id": messages.wire_id(frame_id), "op": "subscribe", "args": [arg]}) for arg in places.PRIVATE_ARGS
        )

    def acknowledgements(self, topics: Sequence[Topic]) -> int:
        """Channel by channel, under the id of the frame."""
        return sum(len(places.channels_of(topic)) for topic in topics)

    def subscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str:
        for topic in topics:
            if topic.kind == "funding":
                self._funding.forget(topic.symbol)
        return self._topics_frame("subscribe", frame_id, topics)

    def unsubscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str:
        return self._topics_frame("unsubscribe", frame_id, topics)

    def _topics_frame(self, op: str, frame_id: str, topics: Sequence[Topic]) -> str:
        args = [
            {"channel": channel, "instId": self._product.inst_id(topic.symbol)}
            for topic in topics
            for channel in places.channels_of(topic)
        ]
        return _frame({"id": messages.wire_id(frame_id), "op": op, "args": args})

    def decode(self, role: str, data: bytes) -> list[Decoded]:
        return messages.decode(role, data, self._product, self._ids, self._funding)

    def redact(self, body: bytes) -> bytes:
        return echoes.redact(body)


def _frame(frame: Mapping[str, Any]) -> str:
    return msgspec.json.encode(frame).decode()
