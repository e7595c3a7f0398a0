"""Binance USD-M futures: the Venue that joins the other files of this folder."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sansio_exchange import redaction
from sansio_exchange.binance import endpoints as places
from sansio_exchange.binance import errors, limits, messages, order_entry, requests, signing
from sansio_exchange.binance.symbols import Product, read_exchange_info
from sansio_exchange.commands import (
    Action,
    Credentials,
    FetchExchangeInfo,
    Topic,
)
from sansio_exchange.dispatch import recipe_of
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.order_ids import name_or_digest, plain_number
from sansio_exchange.query_string import query_string
from sansio_exchange.recipes import asking
from sansio_exchange.venue import Access, Budget, Decoded, Endpoints, Recipe, Request, Socket


class Binance:
    """Implements venue.Venue. Holds the symbol table and the limits, both told by the exchange info."""

    name = "binance"
    is_unified_margin = False
    sockets: Mapping[str, Socket]
    max_batch = requests.PLACE_ROWS
    order_lifetime = signing.RECEIVE_WINDOW / 1000

    def __init__(self, endpoints: Endpoints) -> None:
        """Without a `trade` root orders go over REST."""
        self._product = Product()
        self.symbols = self._product.table
        self.sockets = {role: socket for role, socket in places.SOCKETS.items() if role != "trade" or endpoints.trade}
        self._endpoints = endpoints
        self._budgets = limits.DOCUMENTED

    # --- commands -----------------------------------------------------------------------------------------------

    def recipe(self, action: Action) -> Recipe[Any]:
        if isinstance(action, FetchExchangeInfo):
            return asking(self._fetch_exchange_info(action.symbol))
        return recipe_of(action, requests, self._product)

    def _fetch_exchange_info(self, symbol: str) -> Recipe[None]:
        info = read_exchange_info((yield from requests.get_exchange_info()))
        self._product.replace(info.symbols)
        self._budgets = limits.read_budgets(info.rate_limits)
        if symbol:
            self.symbols.find(symbol)

    def check(self) -> Recipe[None]:
        return asking(requests.check())

    def server_time(self) -> Recipe[int]:
        return asking(requests.server_time())

    def budgets(self) -> Sequence[Budget]:
        return self._budgets

    def client_order_id(self, session: str, number: int) -> str:
        """`session-number` where that is of the venue's form, else a digest of it."""
        return name_or_digest(f"{session}-{number}", requests.CLIENT_ORDER_ID, 32)

    def order_number(self, venue_id: str) -> int:
        return plain_number(venue_id)

    # --- requests -----------------------------------------------------------------------------------------------

    def sign(self, request_id: int, request: Request, credentials: Credentials, venue_ms: int) -> SendHttp:
        """Everything goes in the query, as Binance's own clients send it."""
        headers = {} if request.access is Access.PUBLIC else {"X-MBX-APIKEY": credentials.key}
        if request.access is Access.SIGNED:
            query = signing.signed_query(request.params, credentials.secret, venue_ms)
        else:
            query = query_string(request.params)
        url = f"{self._endpoints.rest}{request.path}"
        return SendHttp(request_id, request.method, f"{url}?{query}" if query else url, headers)

    def read(self, reply: HttpReply) -> bytes:
        if 200 <= reply.status < 300:
            return reply.body
        raise errors.of_reply(reply.status, reply.headers, reply.body)

    def used(self, reply: HttpReply) -> Mapping[str, int]:
        return limits.used_by_headers(reply.headers)

    def trade_frame(self, frame_id: str, request: Request, credentials: Credentials, venue_ms: int) -> str:
        return order_entry.request_frame(frame_id, request, credentials, venue_ms)

    # --- sockets ------------------------------------------------------------------------------------------------

    def role(self, topic: Topic) -> str:
        return places.role_of(topic)

    def url(self, role: str) -> Recipe[str]:
        return asking(self._url(role))

    def _url(self, role: str) -> Recipe[str]:
        match role:
            case "private":
                key = yield from requests.listen_key()
                return places.private_url(self._endpoints.private, key)
            case "trade":
                return f"{self._endpoints.trade}{places.TRADE_PATH}"
            case "market":
                return f"{self._endpoints.public}{places.MARKET_PATH}"
            case _:
                return f"{self._endpoints.public}{places.PUBLIC_PATH}"

    def begin(self, role: str, *, is_successor: bool) -> None:
        """Nothing is kept from one socket to the next."""

    def renew(self, role: str) -> Recipe[None]:
        return asking(requests.renew_listen_key())

    def login_frame(self, role: str, credentials: Credentials, venue_ms: int) -> str:
        """The listen key in the URL says who we are; on the order-entry socket each request is signed."""
        return ""

    def private_frames(self, frame_id: str) -> Sequence[str]:
        """Orders, balances and positions come unasked."""
        return ()

    def acknowledgements(self, topics: Sequence[Topic]) -> int:
        """One answer a frame, however many topics are in it."""
        return 1

    def subscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str:
        return _frame("SUBSCRIBE", frame_id, topics)

    def unsubscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str:
        return _frame("UNSUBSCRIBE", frame_id, topics)

    def decode(self, role: str, data: bytes) -> list[Decoded]:
        return messages.decode(role, data, self._product)

    def redact(self, body: bytes) -> bytes:
        return redaction.redact(body)


def _frame(method: str, frame_id: str, topics: Sequence[Topic]) -> str:
    """Frame ids are integers where they can be: "unsigned INT" ("Live Subscribing/Unsubscribing to streams")."""
    number: int | str = int(frame_id) if frame_id.isascii() and frame_id.isdigit() else frame_id
    streams = [places.stream_of(topic) for topic in topics]
    return msgspec.json.encode({"method": method, "params": streams, "id": number}).decode()
