"""Gate API v4 as a machine: its whole futures wire before a simulated exchange.

Each input first lets the exchange live until now, then is answered, then what happened goes out on the channels.
"""

from collections.abc import Mapping

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.gate.account import Accounts
from sansio_exchange.simulation.gate.listing import Listings
from sansio_exchange.simulation.gate.market_data import MarketData
from sansio_exchange.simulation.gate.public_streams import PublicStreams
from sansio_exchange.simulation.gate.rate_limits import Limits, RateLimiter
from sansio_exchange.simulation.gate.rest import Rest
from sansio_exchange.simulation.gate.routes import rest_routes, socket_routes
from sansio_exchange.simulation.gate.signatures import Signatures
from sansio_exchange.simulation.gate.sockets import Sockets
from sansio_exchange.simulation.gate.trading import Trading
from sansio_exchange.simulation.gate.user_stream import UserStreams
from sansio_exchange.simulation.gate.ws_api import SocketApi
from sansio_exchange.simulation.happenings import (
    AccountChanged,
    BookChanged,
    CandleChanged,
    LeverageChanged,
    MarkChanged,
    OrderChanged,
    Traded,
)
from sansio_exchange.simulation.venue_time import VenueTime
from sansio_exchange.simulation.wire import (
    HttpRequest,
    SocketClosed,
    SocketMessage,
    SocketOpened,
    VenueEffect,
    VenueInput,
)


class GateVenueMachine:
    """The venue. `secrets` belong to the accounts, which must be open in `exchange`, by API key.

    `seed` makes connection ids; `limits` are enforced.
    """

    def __init__(
        self,
        exchange: SimulatedExchange,
        secrets: Mapping[str, str],
        *,
        fees: Fees,
        seed: int = 0,
        limits: Limits | None = None,
    ) -> None:
        limiter = RateLimiter(limits or Limits())
        listings = Listings(exchange.rules)
        books = Books(exchange)
        signatures = Signatures(secrets)
        market = MarketData(exchange, listings, books, fees, limiter.limits.working_orders)
        trading = Trading(exchange, listings, fees, limiter.limits)
        accounts = Accounts(exchange, listings, fees)
        self._exchange = exchange
        self._sockets = Sockets(listings, signatures, SocketApi(socket_routes(trading), limiter), seed)
        self._public = PublicStreams(exchange, listings, books, market, self._sockets)
        self._user = UserStreams(exchange, listings, accounts, trading, fees, self._sockets)
        self._sockets.started = self._public.started
        self._sockets.stopped = self._public.stopped
        self._rest = Rest(rest_routes(market, trading, accounts, limiter), signatures, limiter)
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
                self._sockets.open(item.conn, item.path, item.headers, out)
            case SocketClosed():
                self._sockets.close(item.conn)
            case Tick():
                pass
        self._spread(now_ms, out)
        self._public.on_time(now_ms, out)
        return out

    def deadline(self) -> float | None:
        return self._time.deadline((self._public.next_due_ms,))

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
                    user.on_leverage(happening, now_ms, out)
