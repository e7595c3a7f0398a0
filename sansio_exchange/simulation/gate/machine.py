"""Gate API v4 as a machine: its whole futures wire before a simulated exchange.

Each input first lets the exchange live until now, then is answered, then what happened goes out on the channels.
"""

from collections.abc import Mapping

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
from sansio_exchange.simulation.wire_machine import WireMachine


class GateVenueMachine(WireMachine):
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
        sockets = Sockets(listings, signatures, SocketApi(socket_routes(trading), limiter), seed)
        public = PublicStreams(exchange, listings, books, market, sockets)
        user = UserStreams(exchange, listings, accounts, trading, fees, sockets)
        sockets.started = public.started
        sockets.stopped = public.stopped
        rest = Rest(rest_routes(market, trading, accounts, limiter), signatures, limiter)
        super().__init__(exchange, rest, sockets, public, user)
