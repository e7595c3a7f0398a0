"""Payloads of the documentation's shapes with values of our own, and an order to ask for."""

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from sansio_exchange.commands import Action, FetchExchangeInfo, GetOpenOrders, PlaceOrder
from sansio_exchange.gate import NETWORKS, Gate
from sansio_exchange.gate.symbols import Product, read_contracts
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.venue import Request
from tests.sansio_exchange.recipes import body, run

NOW_MS = 1_700_000_000_000


def contract(base: str = "BTC", **changes: Any) -> dict[str, Any]:
    """A linear contract of GET /futures/usdt/contracts: 0.0001 coin each."""
    return {
        "name": f"{base}_USDT",
        "type": "direct",
        "quanto_multiplier": "0.0001",
        "order_price_deviate": "0.2",
        "last_price": "38026",
        "mark_price": "37985.6",
        "in_delisting": False,
        "order_price_round": "0.1",
        "order_size_min": "1",
        "order_size_max": "1000000",
        "enable_decimal": False,
        "funding_interval": 28800,
        "funding_rate": "0.002053",
        "funding_next_apply": 1700006400,
        "orders_limit": 50,
        "status": "trading",
        "market_order_size_max": "0",
        **changes,
    }


CONTRACTS = body(
    [
        contract(),
        contract("ETH", quanto_multiplier="0.01", order_price_round="0.01"),
        contract("OLD", status="delisting", in_delisting=True),
        contract("BTC_USD", name="BTC_USD", type="inverse", quanto_multiplier="0"),
    ]
)


def product(listing: bytes = CONTRACTS) -> Product:
    """Ours, as the listing tells it."""
    made = Product()
    made.replace(read_contracts(listing))
    return made


def gate(listing: bytes = CONTRACTS, network: str = "mainnet") -> Gate:
    """A venue that knows its contracts."""
    venue = Gate(NETWORKS[network])
    run(venue.recipe(FetchExchangeInfo()), listing)
    return venue


def order(**changes: Any) -> dict[str, Any]:
    """An order as replies tell it: 20 contracts to be bought, none of them yet."""
    return {
        "id": 15675394,
        "user": 100000,
        "contract": "BTC_USDT",
        "create_time": 1700000000.123,
        "update_time": 1700000000.124,
        "size": "20",
        "iceberg": "0",
        "left": "20",
        "price": "37000.1",
        "fill_price": "0",
        "mkfr": "-0.00025",
        "tkfr": "0.00075",
        "tif": "gtc",
        "refu": 0,
        "is_reduce_only": False,
        "is_close": False,
        "is_liq": False,
        "text": "t-mine1",
        "status": "open",
        "stp_id": 0,
        "stp_act": "-",
        "amend_text": "-",
        **changes,
    }


def order_push(**changes: Any) -> dict[str, Any]:
    """A row of the orders channel: the same order, prices as numbers, times in ms as well."""
    return {
        "id": 15675394,
        "contract": "BTC_USDT",
        "create_time": 1700000000,
        "create_time_ms": 1700000000123,
        "fill_price": 0,
        "finish_as": "_new",
        "finish_time": 0,
        "finish_time_ms": 0,
        "iceberg": "0",
        "is_close": False,
        "is_liq": False,
        "is_reduce_only": False,
        "left": "20",
        "mkfr": -0.00025,
        "price": 37000.1,
        "refr": 0,
        "refu": 0,
        "size": "20",
        "status": "open",
        "text": "t-mine1",
        "tif": "gtc",
        "tkfr": 0.0005,
        "user": "110284739",
        "update_id": 1,
        "update_time": 1700000000124,
        **changes,
    }


def trade_push(**changes: Any) -> dict[str, Any]:
    """A row of the usertrades channel: 5 contracts of that order."""
    return {
        "id": "3335259",
        "create_time": 1700000001,
        "create_time_ms": 1700000001321,
        "contract": "BTC_USDT",
        "order_id": "15675394",
        "size": "5",
        "price": "37000.1",
        "role": "maker",
        "text": "t-mine1",
        "fee": -2.074115e-06,
        "point_fee": 0,
        **changes,
    }


def fill(**changes: Any) -> dict[str, Any]:
    """A row of GET /futures/usdt/my_trades."""
    return {
        "id": 121234231,
        "create_time": 1700000001.321,
        "contract": "BTC_USDT",
        "order_id": "15675394",
        "size": "5",
        "price": "37000.1",
        "text": "t-mine1",
        "fee": "0.01",
        "point_fee": "0",
        "role": "taker",
        "close_size": "0",
        **changes,
    }


def account(**changes: Any) -> dict[str, Any]:
    """GET /futures/usdt/accounts of a classic account."""
    return {
        "user": 1666,
        "currency": "USDT",
        "total": "9707.80",
        "unrealised_pnl": "3371.2",
        "position_margin": "38.7",
        "order_margin": "0",
        "available": "9669.09",
        "point": "0",
        "bonus": "0",
        "in_dual_mode": False,
        "maintenance_margin": "68.2",
        "cross_available": "9650.5",
        "margin_mode": 0,
        "position_mode": "single",
        **changes,
    }


def unified(**changes: Any) -> dict[str, Any]:
    """GET /unified/accounts."""
    return {
        "user_id": 10001,
        "locked": False,
        "balances": {
            "ETH": {"available": "1", "equity": "1016.1", "cross_balance": "1015"},
            "USDT": {
                "available": "90",
                "equity": "116.1",
                "cross_balance": "110",
                "mm": "2",
                "margin_balance": "115",
                "available_margin": "80",
            },
        },
        "total_margin_balance": "5000",
        "total_maintenance_margin": "205",
        "total_available_margin": "4000",
        **changes,
    }


def position(**changes: Any) -> dict[str, Any]:
    """A row of GET /futures/usdt/positions: short by 9440 contracts."""
    return {
        "user": 10000,
        "contract": "BTC_USDT",
        "size": "-9440",
        "leverage": "0",
        "margin": "4.43",
        "entry_price": "37795.5",
        "liq_price": "99999999",
        "mark_price": "37803.2",
        "unrealised_pnl": "-7.26",
        "mode": "single",
        "update_time": 1700000000,
        "cross_leverage_limit": "10",
        **changes,
    }


def push(channel: str, *rows: Any, time_ms: int = NOW_MS + 2_000, **changes: Any) -> bytes:
    """An update of a channel."""
    message = {"time": time_ms // 1000, "time_ms": time_ms, "channel": channel, "event": "update", "result": list(rows)}
    return body({**message, **changes})


def frame(result: Any = None, **changes: Any) -> dict[str, Any]:
    """A reply of order entry."""
    return {
        "request_id": "17",
        "ack": False,
        "header": {
            "response_time": "1700000000500",
            "status": "200",
            "channel": "futures.order_place",
            "event": "api",
            "client_id": "::1-0x14",
            "x_gate_ratelimit_requests_remain": 99,
            "x_gate_ratelimit_limit": 100,
            "x_gat_ratelimit_reset_timestamp": 1700000000500,
        },
        "data": {"result": order() if result is None else result},
        **changes,
    }


TRADE = {"size": "-108", "id": 2775, "create_time": 1700000001, "create_time_ms": 1700000001123, "price": "96.4"}
TRADE |= {"contract": "BTC_USDT"}
BEST = {"t": 1700000001123, "u": 25, "s": "BTC_USDT", "b": "54696.6", "B": "37000", "a": "54696.7", "A": "47061"}
WINDOW = {"t": 1700000040, "v": "27525", "c": "95.4", "h": "96.9", "l": "89.5", "o": "94.3", "n": "1m_BTC_USDT"}
TICKER = {"contract": "BTC_USDT", "last": "118.4", "funding_rate": "-0.000114", "mark_price": "118.35"}
BALANCE = {"balance": 9.998739899488, "change": -2.074115e-06, "text": "BTC_USDT:3914424", "time": 1700000001}
BALANCE |= {"time_ms": 1700000001123, "type": "fee", "user": "211xxx", "currency": "usdt"}


TIME = body({"server_time": NOW_MS})
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.002"), Decimal("37000.1"), client_order_id="mine1")
FUTURES = "/api/v4/futures/usdt"


def gate_with_orders(*order_ids: int) -> Gate:
    """A venue that has heard of these orders of BTCUSDT, and has sent BUY."""
    venue = gate()
    run(venue.recipe(GetOpenOrders()), body([order(id=each) for each in order_ids]))
    run(venue.recipe(PlaceOrder(BUY)), body(order()))
    return venue


def do(action: Action, *answers: Any) -> tuple[Any, list[Request]]:
    return run(gate().recipe(action), *answers)


def order_with(**changes: Any) -> NewOrder:
    return replace(BUY, **changes)
