"""What a user can ask of a venue: one value per thing, named as in the gRPC contract. Each says what it returns.

Symbols are accepted in the canonical form and in the venue's own.
"""

from msgspec import Struct

from sansio_exchange.orders import NewOrder


class Start(Struct, frozen=True, tag=True):
    """Load symbols, check credentials, open the sockets, reconcile. Returns None when the venue is live.

    Raises AuthenticationFailed, PermissionDenied, NotConnected or what else keeps the venue from being served.
    """


class PlaceOrder(Struct, frozen=True, tag=True):
    """Place one order. Returns Order."""

    order: NewOrder


class PlaceOrders(Struct, frozen=True, tag=True):
    """Place many orders, by the venue's batch call where there is one. Returns one Order or error for each."""

    orders: tuple[NewOrder, ...]


class CancelOrder(Struct, frozen=True, tag=True):
    """Cancel one order by either id. Returns None. Raises OrderNotFound where it is not working any more."""

    symbol: str
    order_id: int = 0
    client_order_id: str = ""


class CancelOrders(Struct, frozen=True, tag=True):
    """Cancel many orders of one symbol. Returns None or an error for each."""

    symbol: str
    order_ids: tuple[int, ...]


class CancelAllOrders(Struct, frozen=True, tag=True):
    """Cancel every working order of the symbol; an empty symbol means all symbols. Returns None.

    `known` are working orders of which the session knows (symbol, order id): some venues have to be asked first which
    work, and their list may be late.
    """

    symbol: str = ""
    known: tuple[tuple[str, int], ...] = ()


class GetOrder(Struct, frozen=True, tag=True):
    """Look an order up by either id. Returns Order, with its fills where the venue lists them."""

    symbol: str
    order_id: int = 0
    client_order_id: str = ""


class GetOpenOrders(Struct, frozen=True, tag=True):
    """All working orders; an empty symbol means all symbols. Returns tuple[Order, ...]."""

    symbol: str = ""


class GetFills(Struct, frozen=True, tag=True):
    """Own executions of one symbol from `since_ms` on, oldest first; of one order if `order_id` is set.

    Returns tuple[Fill, ...].
    """

    symbol: str
    since_ms: int = 0
    order_id: int = 0


class GetAccount(Struct, frozen=True, tag=True):
    """Returns Account, with its open positions."""


class GetPositions(Struct, frozen=True, tag=True):
    """Open positions; an empty symbol means all symbols. Returns tuple[Position, ...]."""

    symbol: str = ""


class GetBalance(Struct, frozen=True, tag=True):
    """Wallet balance of one asset. Returns Decimal; 0 for an asset that the account does not hold."""

    asset: str


class GetLatestPrice(Struct, frozen=True, tag=True):
    """Price of the newest trade. Returns Decimal."""

    symbol: str


class GetTickers(Struct, frozen=True, tag=True):
    """24 h statistics of every symbol. Returns tuple[Ticker, ...]."""


class GetOpenInterest(Struct, frozen=True, tag=True):
    """Open interest of one symbol in base coin. Returns Decimal."""

    symbol: str


class GetHistoricalKlines(Struct, frozen=True, tag=True):
    """The newest `limit` candles, oldest first, the running one last. Returns tuple[Candle, ...]."""

    symbol: str
    interval: str
    limit: int


class FetchExchangeInfo(Struct, frozen=True, tag=True):
    """Read symbols and their rules from the venue anew. Returns None. Raises UnknownSymbol if `symbol` is gone."""

    symbol: str = ""


class GetSymbolInfo(Struct, frozen=True, tag=True):
    """Returns SymbolRules."""

    symbol: str


class GetSymbols(Struct, frozen=True, tag=True):
    """Canonical names of what is tradable now, sorted. Returns tuple[str, ...]."""


class GetFundingRate(Struct, frozen=True, tag=True):
    """Returns FundingRate."""

    symbol: str


class GetFundingRates(Struct, frozen=True, tag=True):
    """Returns tuple[FundingRate, ...], one per symbol."""


class GetHistoricalFundingRates(Struct, frozen=True, tag=True):
    """The newest `limit` settled rates, oldest first. Returns tuple[FundingRate, ...]."""

    symbol: str
    limit: int


class Subscribe(Struct, frozen=True, tag=True):
    """Have a topic published until Unsubscribe. Returns None once the venue has acknowledged it.

    Counted: as many Unsubscribe as Subscribe end it upstream.
    """

    topic: "Topic"


class Unsubscribe(Struct, frozen=True, tag=True):
    """Returns None."""

    topic: "Topic"


class ReplaceCredentials(Struct, frozen=True, tag=True):
    """Use another key from now on (rotation without a restart); private sockets are opened anew. Returns None.

    Raises AuthenticationFailed and keeps the old key if the venue refuses the new one.
    """

    credentials: "Credentials"


class Topic(Struct, frozen=True, gc=False):
    """One public stream. `kind` is "price", "book", "kline" or "funding"; `interval` only with klines.

    Orders, account and positions are always published; they need no subscription.
    """

    kind: str
    symbol: str
    interval: str = ""


class Credentials(Struct, frozen=True):
    """An API key. Nothing in its printed form tells the secret."""

    key: str
    secret: str
    passphrase: str = ""

    def __repr__(self) -> str:
        return f"Credentials(key={self.key[:4]}…)"


Action = (
    Start
    | PlaceOrder
    | PlaceOrders
    | CancelOrder
    | CancelOrders
    | CancelAllOrders
    | GetOrder
    | GetOpenOrders
    | GetFills
    | GetAccount
    | GetPositions
    | GetBalance
    | GetLatestPrice
    | GetTickers
    | GetOpenInterest
    | GetHistoricalKlines
    | FetchExchangeInfo
    | GetSymbolInfo
    | GetSymbols
    | GetFundingRate
    | GetFundingRates
    | GetHistoricalFundingRates
    | Subscribe
    | Unsubscribe
    | ReplaceCredentials
)
