"""OKX v5 as a machine: its whole wire before a simulated exchange.

Each input first lets the exchange live until now, then is answered, then what happened goes out on the channels.
"""

from collections.abc import Mapping, Sequence

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.okx.account import Accounts
from sansio_exchange.simulation.okx.listing import Listings
from sansio_exchange.simulation.okx.market_data import MarketData
from sansio_exchange.simulation.okx.public_streams import PublicStreams
from sansio_exchange.simulation.okx.rate_limits import Limits, RateLimiter
from sansio_exchange.simulation.okx.rest import Rest
from sansio_exchange.simulation.okx.routes import rest_routes, socket_routes
from sansio_exchange.simulation.okx.signatures import Secrets, Signatures
from sansio_exchange.simulation.okx.sockets import Message, Sockets
from sansio_exchange.simulation.okx.topics import Topic
from sansio_exchange.simulation.okx.trading import Trading
from sansio_exchange.simulation.okx.user_stream import UserStreams
from sansio_exchange.simulation.okx.ws_api import SocketApi
from sansio_exchange.simulation.order_totals import OrderTotals
from sansio_exchange.simulation.telling import tell
from sansio_exchange.simulation.venue_time import VenueTime
from sansio_exchange.simulation.wire import (
    HttpRequest,
    SocketClosed,
    SocketMessage,
    SocketOpened,
    VenueEffect,
    VenueInput,
)


class OkxVenueMachine:
    """The venue. `secrets` belong to the accounts, which must be open in `exchange`, by API key.

    `seed` makes connection ids; `limits` are enforced.
    """

    def __init__(
        self,
        exchange: SimulatedExchange,
        secrets: Mapping[str, Secrets],
        *,
        fees: Fees,
        seed: int = 0,
        limits: Limits | None = None,
    ) -> None:
        limiter = RateLimiter(limits or Limits())
        listings = Listings(exchange.rules)
        books = Books(exchange)
        totals = OrderTotals()
        signatures = Signatures(secrets)
        market = MarketData(exchange, listings, books)
        trading = Trading(exchange, listings, market, totals, limiter)
        accounts = Accounts(exchange, listings, market, fees)
        self._exchange = exchange
        self._trading = trading
        self._sockets = Sockets(listings, signatures, SocketApi(socket_routes(trading)), limiter.limits, seed)
        self._public = PublicStreams(exchange, listings, books, market, self._sockets)
        self._user = UserStreams(exchange, listings, accounts, trading, totals, self._sockets)
        self._sockets.started = self._public.started
        self._sockets.stopped = self._public.stopped
        self._sockets.joining = self._public.joining
        self._sockets.greetings = self._greetings
        self._rest = Rest(rest_routes(market, trading, accounts), signatures, limiter)
        self._time = VenueTime(exchange, self._spread, self._public.on_time)
        for account in secrets:
            self._user.watch(account)

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]:
        out: list[VenueEffect] = []
        now_ms = self._time.live_until(now, out)
        match item:
            case HttpRequest():
                out.append(self._rest.answer(item, now_ms))
            case SocketMessage():
                self._sockets.message(item.conn, item.data, now_ms, out)
            case SocketOpened():
                self._sockets.open(item.conn, item.path, now_ms, out)
            case SocketClosed():
                self._sockets.close(item.conn)
            case Tick():
                pass
        self._spread(now_ms, out)
        self._public.on_time(now_ms, out)
        self._sockets.end_silent(now_ms, out)
        return out

    def deadline(self) -> float | None:
        return self._time.deadline((self._public.next_due_ms, self._sockets.next_end_ms()))

    def _greetings(self, topic: Topic, now_ms: int) -> Sequence[Message]:
        streams = self._user if topic.account else self._public
        return streams.greetings(topic, now_ms)

    def _spread(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Say on the channels what happened."""
        tell(self._exchange.drain(), self._public, self._user, now_ms, out)
        unchanged, self._trading.unchanged = self._trading.unchanged, []
        for change in unchanged:
            self._user.on_order(change, now_ms, out)
