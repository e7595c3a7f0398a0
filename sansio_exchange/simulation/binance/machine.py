"""Binance USDⓈ-M Futures as a machine: its whole wire before a simulated exchange.

Each input first lets the exchange live until now, then is answered, then what happened goes out on the streams.
"""

from collections.abc import Mapping

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.binance.account import Accounts
from sansio_exchange.simulation.binance.listen_keys import ListenKeys
from sansio_exchange.simulation.binance.listing import Listings
from sansio_exchange.simulation.binance.market_data import MarketData
from sansio_exchange.simulation.binance.public_streams import PublicStreams
from sansio_exchange.simulation.binance.rate_limits import Limits, RateLimiter
from sansio_exchange.simulation.binance.rest import Rest
from sansio_exchange.simulation.binance.routes import rest_routes, socket_routes
from sansio_exchange.simulation.binance.signatures import Signatures
from sansio_exchange.simulation.binance.sockets import DAY_MS, StreamSockets
from sansio_exchange.simulation.binance.trading import Trading
from sansio_exchange.simulation.binance.user_stream import UserStreams
from sansio_exchange.simulation.binance.ws_api import PATH, SocketApi
from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.telling import tell
from sansio_exchange.simulation.venue_time import VenueTime
from sansio_exchange.simulation.wire import (
    HttpRequest,
    SocketClosed,
    SocketEnd,
    SocketMessage,
    SocketOpened,
    SocketSend,
    VenueEffect,
    VenueInput,
)


class BinanceVenueMachine:
    """The venue. `secrets` are the secrets of the accounts, which must be open in `exchange`, by API key.

    `seed` makes listen keys; `limits` are announced and enforced.
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
        market = MarketData(exchange, listings, books, limiter)
        trading = Trading(exchange, listings, limiter)
        accounts = Accounts(exchange, listings, limiter, fees)
        keys = ListenKeys(seed)
        self._exchange = exchange
        self._keys = keys
        self._public = PublicStreams(exchange, listings, books, market)
        self._user = UserStreams(exchange, listings, keys, accounts, fees.maintenance)
        self._sockets = StreamSockets(limiter.limits, self._public.started, self._public.stopped)
        self._public.sockets = self._user.sockets = self._sockets
        self._rest = Rest(rest_routes(market, trading, accounts, keys), signatures, limiter)
        self._api = SocketApi(socket_routes(market, trading, accounts, keys), signatures, limiter)
        self._api_sockets: dict[int, tuple[int, bool]] = {}
        """Order-entry sockets in the order of their opening: when they end, and whether they want rate limits told."""
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
                self._message(item, now_ms, out)
            case SocketOpened():
                self._open(item, now_ms, out)
            case SocketClosed():
                self._api_sockets.pop(item.conn, None)
                self._sockets.close(item.conn)
            case Tick():
                pass
        self._spread(now_ms, out)
        self._user.expire(now_ms, out)
        self._public.on_time(now_ms, out)
        self._end_old(now_ms, out)
        return out

    def deadline(self) -> float | None:
        return self._time.deadline(
            (self._public.next_due_ms, self._keys.next_expiry_ms(), self._sockets.next_end_ms(), self._api_end())
        )

    def _open(self, item: SocketOpened, now_ms: int, out: list[VenueEffect]) -> None:
        if item.path.rstrip("/") == PATH:
            self._api_sockets[item.conn] = (now_ms + DAY_MS, "returnRateLimits=false" not in item.query)
        else:
            self._sockets.open(item.conn, item.path, item.query, now_ms, out)

    def _message(self, item: SocketMessage, now_ms: int, out: list[VenueEffect]) -> None:
        found = self._api_sockets.get(item.conn)
        if found is None:
            self._sockets.message(item.conn, item.data, now_ms, out)
        else:
            out.append(SocketSend(item.conn, self._api.answer(item.data, now_ms, with_limits=found[1])))

    def _spread(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Say on the streams what happened."""
        tell(self._exchange.drain(), self._public, self._user, now_ms, out)

    def _api_end(self) -> int | None:
        for ends_ms, _ in self._api_sockets.values():
            return ends_ms
        return None

    def _end_old(self, now_ms: int, out: list[VenueEffect]) -> None:
        self._sockets.end_old(now_ms, out)
        for conn, (ends_ms, _) in list(self._api_sockets.items()):
            if ends_ms > now_ms:
                return
            del self._api_sockets[conn]
            out.append(SocketEnd(conn, 1001, "24 hours are over"))
