"""Bitget v2 as a machine: its whole wire before a simulated exchange.

Each input first lets the exchange live until now, then is answered, then what happened goes out on the channels.
"""

from collections.abc import Mapping

from sansio_exchange.simulation.bitget.account import Accounts
from sansio_exchange.simulation.bitget.listing import Listings
from sansio_exchange.simulation.bitget.market_data import MarketData
from sansio_exchange.simulation.bitget.public_streams import PublicStreams
from sansio_exchange.simulation.bitget.rate_limits import Limits, RateLimiter
from sansio_exchange.simulation.bitget.rest import Rest
from sansio_exchange.simulation.bitget.routes import rest_routes
from sansio_exchange.simulation.bitget.signatures import Secrets, Signatures
from sansio_exchange.simulation.bitget.sockets import Sockets
from sansio_exchange.simulation.bitget.trading import Trading
from sansio_exchange.simulation.bitget.user_stream import UserStreams
from sansio_exchange.simulation.bitget.ws_api import SocketApi
from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.order_totals import OrderTotals
from sansio_exchange.simulation.wire_machine import WireMachine


class BitgetVenueMachine(WireMachine):
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
        sockets = Sockets(listings, signatures, api, limiter.limits)
        public = PublicStreams(exchange, listings, books, market, sockets)
        user = UserStreams(exchange, listings, accounts, totals, sockets)
        sockets.started = public.started
        sockets.stopped = public.stopped
        sockets.joining = public.joining
        sockets.greetings = lambda topic, now_ms: (user if topic.account else public).greetings(topic, now_ms)
        rest = Rest(rest_routes(market, trading, accounts, limiter.limits), signatures, limiter)
        super().__init__(exchange, rest, sockets, public, user)
