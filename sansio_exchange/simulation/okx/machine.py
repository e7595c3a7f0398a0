"""OKX v5 as a machine: its whole wire before a simulated exchange.

Each input first lets the exchange live until now, then is answered, then what happened goes out on the channels.
"""

from collections.abc import Mapping

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
from sansio_exchange.simulation.okx.sockets import Sockets
from sansio_exchange.simulation.okx.trading import Trading
from sansio_exchange.simulation.okx.user_stream import UserStreams
from sansio_exchange.simulation.okx.ws_api import SocketApi
from sansio_exchange.simulation.order_totals import OrderTotals
from sansio_exchange.simulation.wire import VenueEffect
from sansio_exchange.simulation.wire_machine import WireMachine


class OkxVenueMachine(WireMachine):
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
        self._trading = trading
        sockets = Sockets(listings, signatures, SocketApi(socket_routes(trading)), limiter.limits, seed)
        public = PublicStreams(exchange, listings, books, market, sockets)
        user = UserStreams(exchange, listings, accounts, trading, totals, sockets)
        sockets.started = public.started
        sockets.stopped = public.stopped
        sockets.joining = public.joining
        sockets.greetings = lambda topic, now_ms: (user if topic.account else public).greetings(topic, now_ms)
        rest = Rest(rest_routes(market, trading, accounts), signatures, limiter)
        super().__init__(exchange, rest, sockets, public, user)
        for account in secrets:
            user.watch(account)

    def _spread(self, now_ms: int, out: list[VenueEffect]) -> None:
        super()._spread(now_ms, out)
        unchanged, self._trading.unchanged = self._trading.unchanged, []
        for change in unchanged:
            self._user.on_order(change, now_ms, out)
