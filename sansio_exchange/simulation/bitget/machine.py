"""Bitget v2 as a machine: its whole wire before a simulated exchange.

Each input first lets the exchange live until now, then is answered, then what happened goes out on the channels.
"""

from collections.abc import Mapping, Sequence

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.bitget.account import Accounts
from sansio_exchange.simulation.bitget.listing import Listings
from sansio_exchange.simulation.bitget.market_data import MarketData
from sansio_exchange.simulation.bitget.public_streams import PublicStreams
from sansio_exchange.simulation.bitget.rate_limits import Limits, RateLimiter
from sansio_exchange.simulation.bitget.rest import Rest
from sansio_exchange.simulation.bitget.routes import rest_routes
from sansio_exchange.simulation.bitget.signatures import Secrets, Signatures
from sansio_exchange.simulation.bitget.sockets import Message, Sockets
from sansio_exchange.simulation.bitget.topics import Topic
from sansio_exchange.simulation.bitget.trading import Trading
from sansio_exchange.simulation.bitget.user_stream import UserStreams
from sansio_exchange.simulation.bitget.ws_api import SocketApi
from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.happenings import (
    AccountChanged,
    BookChanged,
    CandleChanged,
    LeverageChanged,
    MarkChanged,
    OrderChanged,
    Traded,
)
from sansio_exchange.simulation.order_totals import OrderTotals
from sansio_exchange.simulation.venue_time import VenueTime
from sansio_exchange.simulation.wire import (
    HttpRequest,
    SocketClosed,
    SocketMessage,
    SocketOpened,
    VenueEffect,
    VenueInput,
)


class BitgetVenueMachine:
    """The venue. `secrets` belong to the accounts, which must be open in `exchange`, by API key.

    `limits` are enforced.
    """

    def __init__(
        self,
        exchange: SimulatedExchange,
        secrets: Mapping[str, Secrets],
        *,
        fees: Fees,
        limits: Limits | None = None,
    ) -> None:
        limiter = RateLimiter(limits or Limits())
        listings = Listings(exchange.rules)
        books = Books(exchange)
        totals = OrderTotals()
        signatures = Signatures(secrets)
        market = MarketData(exchange, listings, fees)
        trading = Trading(exchange, listings, market, totals, limiter.limits)
        accounts = Accounts(exchange, listings, market, fees)
        api = SocketApi(trading.place, trading.cancel, limiter)
        self._exchange = exchange
        self._sockets = Sockets(listings, signatures, api, limiter.limits)
        self._public = PublicStreams(exchange, listings, books, market, self._sockets)
        self._user = UserStreams(exchange, listings, accounts, totals, self._sockets)
        self._sockets.started = self._public.started
        self._sockets.stopped = self._public.stopped
        self._sockets.joining = self._public.joining
        self._sockets.greetings = self._greetings
        self._rest = Rest(rest_routes(market, trading, accounts, limiter.limits), signatures, limiter)
        self._time = VenueTime(exchange, self._spread, self._public.on_time)

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
        self._sockets.end_due(now_ms, out)
        return out

    def deadline(self) -> float | None:
        return self._time.deadline((self._public.next_due_ms, self._sockets.next_end_ms()))

    def _greetings(self, topic: Topic, now_ms: int) -> Sequence[Message]:
        streams = self._user if topic.account else self._public
        return streams.greetings(topic, now_ms)

    def _spread(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Say on the channels what happened."""
        public, user = self._public, self._user
        for happening in self._exchange.drain():
            match happening:
                case Traded():
                    public.on_trade(happening, now_ms, out)
                case BookChanged():
                    public.on_book(happening, now_ms, out)
                case CandleChanged():
                    public.on_candle(happening, now_ms, out)
                case OrderChanged():
                    user.on_order(happening, now_ms, out)
                case AccountChanged():
                    user.on_account(happening, now_ms, out)
                case MarkChanged():
                    public.on_mark(happening, now_ms, out)
                case LeverageChanged():
                    pass  # no channel tells it
        user.tell_positions(now_ms, out)
