"""Every call that the venue answers: who may make it, what it weighs, which parameters it reads.

Weights and parameters as in developers.binance.com, USDⓈ-M Futures, read in November 2025.
"""

from collections.abc import Callable
from enum import IntEnum

from msgspec import Struct

from sansio_exchange.simulation.binance.account import Accounts
from sansio_exchange.simulation.binance.call import Call
from sansio_exchange.simulation.binance.listen_keys import ListenKeys
from sansio_exchange.simulation.binance.market_data import MarketData
from sansio_exchange.simulation.binance.parameters import Parameters
from sansio_exchange.simulation.binance.trading import Trading


class Access(IntEnum):
    """What a call must carry."""

    PUBLIC = 0
    KEY = 1
    SIGNED = 2


Weight = Callable[[Parameters], int]


class Route(Struct, frozen=True):
    """`places` says that the call counts against the order limits, which its answer then tells."""

    handler: Callable[[Call], object]
    access: Access
    weight: Weight
    params: frozenset[str]
    places: bool = False


_ORDER = (
    "symbol side type quantity price timeInForce reduceOnly newClientOrderId newOrderRespType positionSide stopPrice "
    "closePosition activationPrice callbackRate workingType priceProtect priceMatch selfTradePreventionMode "
    "goodTillDate"
)
_AMEND = "symbol side quantity price orderId origClientOrderId priceMatch positionSide"
_WHICH = "symbol orderId origClientOrderId"
_SPAN = "symbol startTime endTime limit"
_BATCH_CANCEL = "symbol orderIdList origClientOrderIdList orderidlist origclientorderidlist"


def rest_routes(
    market: MarketData, trading: Trading, accounts: Accounts, keys: ListenKeys
) -> dict[tuple[str, str], Route]:
    """By method and path."""
    public = {
        "v1/ping": _public(market.ping, 1),
        "v1/time": _public(market.time, 1),
        "v1/exchangeInfo": _public(market.exchange_info, 1),
        "v1/depth": _public(market.depth, _depth_weight, "symbol limit"),
        "v1/trades": _public(market.trades, 5, "symbol limit"),
        "v1/aggTrades": _public(market.aggregate_trades, 20, "fromId", _SPAN),
        "v1/klines": _public(market.klines, _kline_weight, "interval", _SPAN),
        "v1/continuousKlines": _public(market.continuous_klines, _kline_weight, "pair contractType interval", _SPAN),
        "v1/premiumIndex": _public(market.premium_index, _per_symbol(1, 10), "symbol"),
        "v1/fundingRate": _public(market.funding_rates, 1, _SPAN),
        "v1/fundingInfo": _public(market.funding_info, 1),
        "v1/ticker/24hr": _public(market.day_ticker, _per_symbol(1, 40), "symbol"),
        "v1/ticker/price": _public(market.price, _per_symbol(1, 2), "symbol"),
        "v2/ticker/price": _public(market.price, _per_symbol(1, 2), "symbol"),
        "v1/ticker/bookTicker": _public(market.book_ticker, _per_symbol(2, 5), "symbol"),
        "v1/openInterest": _public(market.open_interest, 1, "symbol"),
    }
    private = {
        ("POST", "v1/order"): _signed(trading.place, 0, _ORDER, places=True),
        ("PUT", "v1/order"): _signed(trading.amend, 0, _AMEND, places=True),
        ("DELETE", "v1/order"): _signed(trading.cancel, 1, _WHICH),
        ("GET", "v1/order"): _signed(trading.query, 1, _WHICH),
        ("POST", "v1/batchOrders"): _signed(trading.place_batch, 5, "batchOrders", places=True),
        ("PUT", "v1/batchOrders"): _signed(trading.amend_batch, 5, "batchOrders", places=True),
        ("DELETE", "v1/batchOrders"): _signed(trading.cancel_batch, 1, _BATCH_CANCEL),
        ("DELETE", "v1/allOpenOrders"): _signed(trading.cancel_all, 1, "symbol"),
        ("GET", "v1/openOrder"): _signed(trading.query_open, 1, _WHICH),
        ("GET", "v1/openOrders"): _signed(trading.open_orders, _per_symbol(1, 40), "symbol pair"),
        ("GET", "v1/allOrders"): _signed(trading.all_orders, 5, "orderId pair", _SPAN),
        ("GET", "v1/userTrades"): _signed(trading.fills, 5, "orderId fromId pair", _SPAN),
        ("POST", "v1/leverage"): _signed(accounts.set_leverage, 1, "symbol leverage"),
        ("POST", "v1/marginType"): _signed(accounts.set_margin_type, 1, "symbol marginType"),
        ("GET", "v1/positionSide/dual"): _signed(accounts.position_mode, 30),
        ("POST", "v1/positionSide/dual"): _signed(accounts.set_position_mode, 1, "dualSidePosition"),
        ("GET", "v1/multiAssetsMargin"): _signed(accounts.asset_mode, 30),
        ("POST", "v1/multiAssetsMargin"): _signed(accounts.set_asset_mode, 1, "multiAssetsMargin"),
        ("GET", "v2/balance"): _signed(accounts.balance, 5),
        ("GET", "v3/balance"): _signed(accounts.balance, 5),
        ("GET", "v2/account"): _signed(accounts.account_v2, 5),
        ("GET", "v3/account"): _signed(accounts.account_v3, 5),
        ("GET", "v2/positionRisk"): _signed(accounts.position_risk_v2, 5, "symbol"),
        ("GET", "v3/positionRisk"): _signed(accounts.position_risk_v3, 5, "symbol"),
        ("GET", "v1/leverageBracket"): _signed(accounts.leverage_brackets, 1, "symbol"),
        ("GET", "v1/commissionRate"): _signed(accounts.commission_rate, 20, "symbol"),
        ("GET", "v1/accountConfig"): _signed(accounts.account_config, 5),
        ("GET", "v1/symbolConfig"): _signed(accounts.symbol_config, 5, "symbol"),
        ("GET", "v1/rateLimit/order"): _signed(accounts.order_limits, 1),
        ("GET", "v1/income"): _signed(accounts.income, 30, "incomeType page", _SPAN),
        ("POST", "v1/listenKey"): _keyed(keys.start),
        ("PUT", "v1/listenKey"): _keyed(keys.extend),
        ("DELETE", "v1/listenKey"): _keyed(keys.stop),
    }
    every = {("GET", path): route for path, route in public.items()} | private
    routes = {(method, f"/fapi/{path}"): route for (method, path), route in every.items()}
    # The spot side's coins and margin pairs, of which there are none: ccxt asks when it loads markets with a key.
    routes["GET", "/sapi/v1/capital/config/getall"] = _signed(accounts.nothing, 10)
    routes["GET", "/sapi/v1/margin/allPairs"] = _signed(accounts.nothing, 1)
    return routes


def socket_routes(market: MarketData, trading: Trading, accounts: Accounts, keys: ListenKeys) -> dict[str, Route]:
    """Calls on the order-entry socket, by method."""
    return {
        "ping": _public(market.ping, 1),
        "time": _public(market.time, 1),
        "depth": _public(market.depth, _depth_weight, "symbol limit"),
        "ticker.price": _public(market.price, _per_symbol(1, 2), "symbol"),
        "ticker.book": _public(market.book_ticker, _per_symbol(2, 5), "symbol"),
        "order.place": _signed(trading.place, 0, _ORDER, places=True),
        "order.modify": _signed(trading.amend, 0, _AMEND, places=True),
        "order.cancel": _signed(trading.cancel, 1, _WHICH),
        "order.status": _signed(trading.query, 1, _WHICH),
        "account.balance": _signed(accounts.balance, 5),
        "v2/account.balance": _signed(accounts.balance, 5),
        "account.status": _signed(accounts.account_v2, 5),
        "v2/account.status": _signed(accounts.account_v3, 5),
        "account.position": _signed(accounts.position_risk_v2, 5, "symbol"),
        "v2/account.position": _signed(accounts.position_risk_v3, 5, "symbol"),
        "userDataStream.start": _keyed(keys.start),
        "userDataStream.ping": _keyed(keys.extend),
        "userDataStream.stop": _keyed(keys.stop),
    }


def _names(lists: tuple[str, ...]) -> frozenset[str]:
    return frozenset(" ".join(lists).split())


def _weight(weight: int | Weight) -> Weight:
    return weight if callable(weight) else lambda _: weight


def _public(handler: Callable[[Call], object], weight: int | Weight, *params: str) -> Route:
    return Route(handler, Access.PUBLIC, _weight(weight), _names(params))


def _keyed(handler: Callable[[Call], object]) -> Route:
    return Route(handler, Access.KEY, _weight(1), frozenset({"listenKey"}))


def _signed(handler: Callable[[Call], object], weight: int | Weight, *params: str, places: bool = False) -> Route:
    return Route(handler, Access.SIGNED, _weight(weight), _names(params), places)


def _per_symbol(one: int, every: int) -> Weight:
    """Less where a single symbol is asked for."""
    return lambda params: one if "symbol" in params else every


def _stepped(default: int, *steps: tuple[int, int]) -> Weight:
    """By the limit asked for: the weight of the first step that is not below it."""

    def weight(params: Parameters) -> int:
        limit = params.integer("limit")
        wanted = default if limit is None else limit
        return next((cost for largest, cost in steps if wanted <= largest), steps[-1][1])

    return weight


_depth_weight = _stepped(500, (50, 2), (100, 5), (500, 10), (1000, 20))
_kline_weight = _stepped(500, (99, 1), (499, 2), (1000, 5), (1500, 10))
