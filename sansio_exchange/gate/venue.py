"""Gate perpetual futures settled in USDT: the Venue that joins the other files of this folder."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from sansio_exchange import redaction
from sansio_exchange.commands import (
    Action,
    Credentials,
    FetchExchangeInfo,
    GetOpenOrders,
    PlaceOrder,
    PlaceOrders,
    Topic,
)
from sansio_exchange.dispatch import recipe_of
from sansio_exchange.gate import endpoints as places
from sansio_exchange.gate import errors, limits, messages, order_entry, requests, signing
from sansio_exchange.gate.known_orders import KnownOrders
from sansio_exchange.gate.public_stream import Heard
from sansio_exchange.gate.symbols import Product, read_contracts
from sansio_exchange.gate.traded_orders import TradedOrders
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.order_ids import name_or_digest, plain_number
from sansio_exchange.query_string import query_string
from sansio_exchange.recipes import asking
from sansio_exchange.venue import Access, Budget, Decoded, Endpoints, Priority, Recipe, Request, Socket

_API_KEY = re.compile(rb'("(?:api_key|KEY|SIGN)"\s*:\s*")[^"]*')


class Gate:
    """Implements venue.Venue.

    Holds the symbol table, of which symbol the orders are, what its channels leave behind for each other, the account's
    user id, and for the moment between a socket's opening and its subscriptions what these are signed with.
    """

    name = "gate"
    is_unified_margin = False
    """Known once `check` has asked: the account is of one kind or the other."""
    sockets: Mapping[str, Socket]
    max_batch = requests.BATCH_ROWS
    order_lifetime = signing.EXPIRY / 1000

    def __init__(self, endpoints: Endpoints) -> None:
        """Without a `trade` root orders go over REST."""
        self._product = Product()
        self._heard = Heard()
        self._orders = KnownOrders()
        self._traded_orders = TradedOrders()
        self.symbols = self._product.table
        self.sockets = {role: socket for role, socket in places.SOCKETS.items() if role != "trade" or endpoints.trade}
        self._endpoints = endpoints
        self._user_id = ""
        self._signs: tuple[Credentials, int] | None = None

    # --- commands -----------------------------------------------------------------------------------------------

    def recipe(self, action: Action) -> Recipe[Any]:
        if isinstance(action, FetchExchangeInfo):
            return asking(self._fetch_exchange_info(action.symbol))
        recipe = recipe_of(action, requests, self._product, self._orders, self._traded_orders)
        match action:
            case PlaceOrder(order):
                self._orders.note_sent(order)
            case PlaceOrders(orders):
                for order in orders:
                    self._orders.note_sent(order)
            case GetOpenOrders(""):
                return self._orders.listing(recipe)
        return self._orders.noting(recipe)

    def _fetch_exchange_info(self, symbol: str) -> Recipe[None]:
        self._product.replace(read_contracts((yield from requests.get_contracts())))
        if symbol:
            self.symbols.find(symbol)

    def check(self) -> Recipe[None]:
        return asking(self._check())

    def _check(self) -> Recipe[None]:
        account = yield from requests.check()
        self.is_unified_margin = self._heard.is_unified = account.is_unified

    def server_time(self) -> Recipe[int]:
        return asking(requests.server_time())

    def budgets(self) -> Sequence[Budget]:
        return limits.BUDGETS

    def client_order_id(self, session: str, number: int) -> str:
        """Session, x and number where that is of the venue's form, else a digest of them."""
        return name_or_digest(f"{session}x{number}", requests.CLIENT_ORDER_ID, 28)

    def order_number(self, venue_id: str) -> int:
        return plain_number(venue_id)

    # --- requests -----------------------------------------------------------------------------------------------

    def sign(self, request_id: int, request: Request, credentials: Credentials, venue_ms: int) -> SendHttp:
        """A parameter that the path names stands there; the others are the query, of a POST the body.

        What is signed of the query is what it says "without URL encode": some contracts have names beyond ASCII.
        """
        in_path = {name for name in request.params if f"{{{name}}}" in request.path}
        path = request.path.format_map({name: quote(str(request.params[name]), safe="") for name in in_path})
        query, signed_query, body = "", "", ""
        headers = dict(places.SIZES_AS_TEXT)
        if request.method == "POST":
            body = msgspec.json.encode(order_entry.body_of(request)).decode()
            headers["Content-Type"] = "application/json"
        else:
            asked = {name: value for name, value in request.params.items() if name not in in_path}
            query = query_string(asked)
            signed_query = "&".join(f"{name}={value}" for name, value in asked.items())
        if request.access is not Access.PUBLIC:
            headers |= signing.rest_headers(credentials, venue_ms, request.method, path, signed_query, body)
        if request.priority is Priority.PLACE:
            headers[signing.EXPIRY_HEADER] = str(venue_ms + signing.EXPIRY)
        target = f"{path}?{query}" if query else path
        return SendHttp(request_id, request.method, f"{self._endpoints.rest}{target}", headers, body.encode())

    def read(self, reply: HttpReply) -> bytes:
        """ "200/201: Request succeeded"; every other status is a refusal, or leaves open what became of it."""
        if reply.status not in (200, 201):
            raise errors.of_reply(reply.status, reply.body)
        return reply.body

    def used(self, reply: HttpReply) -> Mapping[str, int]:
        """Gate says it "for the current endpoint", and not which that was."""
        return {}

    def trade_frame(self, frame_id: str, request: Request, credentials: Credentials, venue_ms: int) -> str:
        """The socket has been logged in: its frames are not signed."""
        return order_entry.request_frame(frame_id, request, venue_ms)

    # --- sockets ------------------------------------------------------------------------------------------------

    def role(self, topic: Topic) -> str:
        return places.role_of(topic)

    def url(self, role: str) -> Recipe[str]:
        """A private socket begins with the question whose it is."""
        if role == "private":
            user_id = yield from asking(requests.user_id())
            if user_id != self._user_id:
                self._traded_orders.forget()
            self._user_id = user_id
        roots = {"private": self._endpoints.private, "trade": self._endpoints.trade}
        path = places.DEMO_PATH if self._endpoints.is_demo else places.PATH
        return f"{roots.get(role, self._endpoints.public)}{path}"

    def begin(self, role: str, *, is_successor: bool) -> None:
        if role == "public" and not is_successor:
            self._heard.candles.begin_anew()

    def renew(self, role: str) -> Recipe[None]:
        """A login holds as long as its socket."""
        yield from ()

    def login_frame(self, role: str, credentials: Credentials, venue_ms: int) -> str:
        """Order entry has a login. Private channels have none: each subscription is signed by itself, right after."""
        if role == "private":
            self._signs = credentials, venue_ms // 1000
        if role != "trade":
            return ""
        seconds = venue_ms // 1000
        return order_entry.api_frame(signing.LOGIN, seconds, signing.login_payload(credentials, seconds))

    def private_frames(self, frame_id: str) -> Sequence[str]:
        """One for each channel, all under the same id; each is acknowledged."""
        assert self._signs is not None, "a socket is asked for its login first"
        (credentials, seconds), self._signs = self._signs, None
        return tuple(
            _frame(
                {
                    **_subscription(seconds, frame_id, channel, "subscribe", self._payload_of(channel)),
                    "auth": signing.subscription_auth(credentials, seconds, channel, "subscribe"),
                }
            )
            for channel in places.PRIVATE_CHANNELS
        )

    def _payload_of(self, channel: str) -> list[str]:
        return [self._user_id] if channel == "futures.balances" else [self._user_id, "!all"]

    def acknowledgements(self, topics: Sequence[Topic]) -> int:
        """Frame by frame, all under the same id."""
        return len(places.payloads_of(topics, self._product.name_of))

    def subscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> Sequence[str]:
        """What was heard of them before is old by now."""
        for topic in topics:
            self._heard.candles.forget(topic.symbol, topic.interval)
        return self._topic_frames("subscribe", frame_id, topics)

    def unsubscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> Sequence[str]:
        return self._topic_frames("unsubscribe", frame_id, topics)

    def _topic_frames(self, event: str, frame_id: str, topics: Sequence[Topic]) -> Sequence[str]:
        """Nothing is signed, so the time says nothing: the documentation's examples send 123456."""
        return [
            _frame(_subscription(1, frame_id, channel, event, payload))
            for channel, payload in places.payloads_of(topics, self._product.name_of)
        ]

    def decode(self, role: str, data: bytes) -> list[Decoded]:
        said = messages.decode(role, data, self._product, self._heard)
        if role == "private":
            self._orders.note_told(said)
        return said

    def redact(self, body: bytes) -> bytes:
        """The login's answer has the key."""
        return _API_KEY.sub(rb"\1redacted", redaction.redact(body))


def _subscription(seconds: int, frame_id: str, channel: str, event: str, payload: Sequence[str]) -> dict[str, Any]:
    wire_id = messages.wire_id(frame_id)
    return {"time": seconds, "id": wire_id, "channel": channel, "event": event, "payload": payload}


def _frame(frame: Mapping[str, Any]) -> str:
    return msgspec.json.encode(frame).decode()
