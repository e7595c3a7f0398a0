"""ccxt's gate, unmodified, against the local venue: only its URLs are changed.

asyncio only, as ccxt is. Its warnings are its own: sockets and sessions that it closes late, and deprecated calls.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import ccxt  # type: ignore[import-untyped]  # ccxt says nothing of its types
import ccxt.pro  # type: ignore[import-untyped]  # likewise
import pytest

from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.venue import Endpoints
from service.local_venue import local_venue
from tests.clients.loopback import CCXT, far_bid, within

pytestmark = CCXT

SYMBOL = "BTC/USDT:USDT"
CREDENTIALS = {"apiKey": "demo", "secret": "demo", "enableRateLimit": False}
SWAPS = {"options": {"defaultType": "swap", "marginMode": "cross"}}
CONTRACT = 0.0001
SOCKET = "/v4/ws/futures/usdt"
"""The testnet's path: by it ccxt knows that a message is about swaps; the live one it knows by its host."""


def local(urls: Any, endpoints: Endpoints) -> Any:
    """The same tree of URLs with every host replaced."""
    if isinstance(urls, dict):
        return {name: local(each, endpoints) for name, each in urls.items()}
    parts = urlsplit(urls)
    return endpoints.public + SOCKET if parts.scheme == "wss" else endpoints.rest + parts.path


@pytest.fixture
async def endpoints() -> AsyncIterator[Endpoints]:
    machine = make_local_venue("gate", seed=5, start_ms=time.time_ns() // 1_000_000)
    async with local_venue(machine) as served:
        yield served


@pytest.fixture
async def exchange(endpoints: Endpoints) -> AsyncIterator[Any]:
    client = ccxt.pro.gate(CREDENTIALS | SWAPS)
    client.urls["api"] = local(client.urls["api"], endpoints)
    await client.load_markets()
    client.uid = str((await client.private_account_get_detail())["user_id"])
    yield client
    await client.close()


async def test_markets_balance_and_positions(exchange: Any) -> None:
    market = exchange.market(SYMBOL)
    assert (market["id"], market["contractSize"], market["linear"], market["active"]) == (
        "BTC_USDT",
        CONTRACT,
        True,
        True,
    )
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 1)
    assert (await exchange.fetch_balance())["USDT"] == {"free": 100_000, "used": 0, "total": 100_000}
    assert await exchange.fetch_positions() == []
    fee = await exchange.fetch_trading_fee(SYMBOL)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.0005)


async def test_public_data(exchange: Any) -> None:
    book = await exchange.fetch_order_book(SYMBOL, 20)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert (await exchange.fetch_ticker(SYMBOL))["last"] > 0
    assert set(await exchange.fetch_tickers()) == set(exchange.symbols)
    assert len(await exchange.fetch_ohlcv(SYMBOL, "5m", limit=7)) == 7
    since = int(time.time() * 1000) - 3_600_000
    candles = await exchange.fetch_ohlcv(SYMBOL, "1m", since, 10)
    assert [each[0] for each in candles] == sorted(each[0] for each in candles)
    assert (await exchange.fetch_funding_rate(SYMBOL))["fundingRate"] is not None
    assert await exchange.fetch_funding_rate_history(SYMBOL, limit=3)
    (interest,) = await exchange.fetch_open_interest_history(SYMBOL)
    assert interest["openInterestAmount"] > 0
    assert await exchange.fetch_trades(SYMBOL) is not None
    assert abs(await exchange.fetch_time() - time.time() * 1000) < 5000


async def test_an_order_is_placed_edited_found_and_cancelled(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    placed = await exchange.create_order(SYMBOL, "limit", "buy", 1, price, {"postOnly": True})
    assert (placed["status"], placed["postOnly"]) == ("open", True)
    edited = await exchange.edit_order(placed["id"], SYMBOL, "limit", "buy", 2, price - 10)
    assert (edited["id"], edited["amount"]) == (placed["id"], 2)
    (found,) = await exchange.fetch_open_orders(SYMBOL)
    assert (found["id"], found["amount"], found["price"], found["postOnly"]) == (placed["id"], 2, price - 10, True)
    assert (await exchange.cancel_order(placed["id"], SYMBOL))["status"] == "canceled"
    assert (await exchange.fetch_order(placed["id"], SYMBOL))["status"] == "canceled"
    with pytest.raises(ccxt.ExchangeError, match="ORDER_FINISHED"):
        await exchange.cancel_order(placed["id"], SYMBOL)


async def test_orders_are_placed_and_cancelled_in_batches(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    rows = [
        {"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 1, "price": price - number} for number in range(5)
    ]
    placed = await exchange.create_orders(rows)
    assert len({each["id"] for each in placed}) == 5
    # Named, the symbol would make ccxt write the path with USDT; the documentation has it in lower case.
    await exchange.cancel_orders([each["id"] for each in placed[:2]])
    assert {each["id"] for each in await exchange.fetch_open_orders(SYMBOL)} == {each["id"] for each in placed[2:]}
    await exchange.cancel_all_orders(SYMBOL)
    assert await exchange.fetch_open_orders(SYMBOL) == []


async def test_a_trade_opens_a_position(exchange: Any) -> None:
    await exchange.set_leverage(10, SYMBOL)
    order = await exchange.create_order(SYMBOL, "market", "sell", 100)
    found = await exchange.fetch_order(order["id"], SYMBOL)
    assert (found["status"], found["filled"], found["side"], found["type"]) == ("closed", 100, "sell", "market")
    (position,) = await exchange.fetch_positions([SYMBOL])
    assert (position["side"], position["contracts"], position["contractSize"]) == ("short", 100, CONTRACT)
    assert position["marginMode"] == "cross"
    trades = await exchange.fetch_my_trades(SYMBOL)
    assert {each["order"] for each in trades} == {order["id"]}
    assert sum(each["amount"] for each in trades) == 100
    assert trades[0]["fee"]["currency"] == "USDT"
    assert trades[0]["fee"]["cost"] > 0
    assert [each["id"] for each in await exchange.fetch_closed_orders(SYMBOL)] == [order["id"]]
    assert {each["type"] for each in await exchange.fetch_ledger("USDT")} == {"fee"}


async def test_what_cannot_stand_is_refused_as_gate_does(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    with pytest.raises(ccxt.InsufficientFunds):
        await exchange.create_order(SYMBOL, "limit", "buy", 900_000, price)
    with pytest.raises(ccxt.InvalidOrder):
        await exchange.create_order(SYMBOL, "limit", "buy", 1, price * 2)
    with pytest.raises(ccxt.InvalidOrder):
        await exchange.create_order(SYMBOL, "market", "buy", 1, params={"reduceOnly": True})
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        await exchange.create_order(SYMBOL, "limit", "buy", 1, price * 1.1, {"postOnly": True})
    with pytest.raises(ccxt.OrderNotFound):
        await exchange.fetch_order("1", SYMBOL)


@pytest.mark.parametrize(("name", "wrong"), [("secret", "wrong"), ("apiKey", "wrong")])
async def test_wrong_credentials_are_an_authentication_error(exchange: Any, name: str, wrong: str) -> None:
    setattr(exchange, name, wrong)
    with pytest.raises(ccxt.AuthenticationError):
        await exchange.fetch_balance()


async def test_public_streams(exchange: Any) -> None:
    assert (await within(exchange.watch_ticker(SYMBOL)))["last"] > 0
    assert await within(exchange.watch_trades(SYMBOL))
    assert await within(exchange.watch_ohlcv(SYMBOL, "1m"))
    assert SYMBOL in await within(exchange.watch_bids_asks([SYMBOL]))
    for _ in range(5):
        book = await within(exchange.watch_order_book(SYMBOL))
        assert book["bids"][0][0] < book["asks"][0][0]


async def test_user_streams(exchange: Any) -> None:
    assert await within(exchange.watch_positions([SYMBOL])) == [], "first comes what there is"
    balance, orders, trades, positions = (
        asyncio.create_task(within(awaitable))
        for awaitable in (
            exchange.watch_balance(),
            exchange.watch_orders(SYMBOL),
            exchange.watch_my_trades(SYMBOL),
            exchange.watch_positions([SYMBOL]),
        )
    )
    price = await far_bid(exchange, SYMBOL)
    # By now the subscriptions have left; what goes over the same socket comes after them.
    placed = await within(exchange.create_order_ws(SYMBOL, "limit", "buy", 1, price))
    assert [(each["id"], each["status"]) for each in await orders] == [(placed["id"], "open")]
    bought = await exchange.create_order(SYMBOL, "market", "buy", 2)
    (trade,) = await trades
    assert (trade["order"], trade["amount"]) == (bought["id"], 2)
    (position,) = await positions
    assert (position["side"], position["contracts"]) == ("long", 2)
    assert (await balance)["USDT"]["total"] < 100_000


async def test_order_entry_over_a_socket(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    placed = await within(exchange.create_order_ws(SYMBOL, "limit", "buy", 1, price))
    edited = await within(exchange.edit_order_ws(placed["id"], SYMBOL, "limit", "buy", 2, price))
    assert edited["id"] == placed["id"]
    assert (await within(exchange.fetch_order_ws(placed["id"], SYMBOL)))["amount"] == 2
    assert (await within(exchange.cancel_order_ws(placed["id"], SYMBOL)))["id"] == placed["id"]
    assert (await exchange.fetch_order(placed["id"], SYMBOL))["status"] == "canceled"


async def test_the_blocking_client_trades_too(endpoints: Endpoints) -> None:
    def trade() -> str:
        client = ccxt.gate(CREDENTIALS | SWAPS)
        client.urls["api"] = local(client.urls["api"], endpoints)
        client.load_markets()
        order = client.create_order(SYMBOL, "market", "buy", 1)
        return str(client.fetch_order(order["id"], SYMBOL)["status"])

    assert await asyncio.to_thread(trade) == "closed"
