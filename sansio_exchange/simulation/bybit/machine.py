"""Bybit v5 as a machine: its whole wire before a simulated exchange.

Each input first lets the exchange live until now, then is answered, then what happened goes out on the topics.
"""

from collections.abc import Mapping

from sansio_exchange.simulation.bybit.account import Accounts
from sansio_exchange.simulation.bybit.depths import Depths
from sansio_exchange.simulation.bybit.history import History
from sansio_exchange.simulation.bybit.ids import Ids
from sansio_exchange.simulation.bybit.ledger import Ledger
from sansio_exchange.simulation.bybit.listing import Listings
from sansio_exchange.simulation.bybit.market_data import MarketData
from sansio_exchange.simulation.bybit.public_streams import PublicStreams
from sansio_exchange.simulation.bybit.rate_limits import Limits, RateLimiter
from sansio_exchange.simulation.bybit.rest import Rest
from sansio_exchange.simulation.bybit.routes import rest_routes, socket_routes
from sansio_exchange.simulation.bybit.signatures import Signatures
from sansio_exchange.simulation.bybit.sockets import Sockets
from sansio_exchange.simulation.bybit.trading import Trading
from sansio_exchange.simulation.bybit.user_stream import UserStreams
from sansio_exchange.simulation.bybit.ws_api import SocketApi
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.order_totals import OrderTotals
from sansio_exchange.simulation.wire_machine import WireMachine


class BybitVenueMachine(WireMachine):
    """The venue. `secrets` belong to the accounts, which must be open in `exchange`, by API key.

    `seed` makes the ids of orders, executions and connections; `limits` are enforced.
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
        ids = Ids(seed)
        depths = Depths(exchange)
        totals = OrderTotals()
        ledger = Ledger()
        signatures = Signatures(secrets)
        market = MarketData(exchange, listings, depths, ids)
        trading = Trading(exchange, listings, market, ids, limiter.limits)
        history = History(exchange, listings, trading, totals, ledger, fees, ids)
        accounts = Accounts(exchange, listings, ledger, fees)
        routes = rest_routes(market, trading, history, accounts, limiter.limits)
        sockets = Sockets(listings, signatures, SocketApi(socket_routes(routes), limiter), seed)
        public = PublicStreams(exchange, listings, depths, market, sockets)
        user = UserStreams(exchange, listings, accounts, trading, history, totals, ledger, sockets, fees, ids)
        sockets.started = public.started
        sockets.stopped = public.stopped
        sockets.joining = public.joining
        sockets.greetings = lambda topic, now_ms: () if topic.account else public.greetings(topic, now_ms)
        rest = Rest(routes, signatures, limiter)
        super().__init__(exchange, rest, sockets, public, user)
