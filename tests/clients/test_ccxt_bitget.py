"""ccxt's bitget, unmodified, against the local venue: only its URLs are changed.

asyncio only, as ccxt is. Its warnings are its own: sockets and sessions that it closes late, and deprecated calls.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import ccxt  # type: ignore[import-untyped]  # ccxt says nothing of its types
import ccxt.pro  # type: ignore[import-untyped]  # likewise
import pytest

from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.venue import Endpoints
from service.local_venue import local_venue
from tests.clients.loopback import CCXT, far_bid, local, within

pytestmark = CCXT

SYMBOL = "BTC/USDT:USDT"
CREDENTIALS = {"apiKey": "demo", "secret": "demo", "password": "demo", "enableRateLimit": False}
SWAPS = {"options": {"defaultType": "swap"}}


@pytest.fixture
async def endpoints() -> AsyncIterator[Endpoints]:
    machine = make_local_venue("bitget", seed=5, start_ms=time.time_ns() // 1_000_000)
    async with local_venue(machine) as served:
        yield served


@pytest.fixture
async def exchange(endpoints: Endpoints) -> AsyncIterator[Any]:
    client = ccxt.pro.bitget(CREDENTIALS | SWAPS)
    client.urls["api"] = local(client.urls["api"], endpoints)
    await client.load_markets()
    yield client
    await client.close()


async def test_markets_balance_and_positions(exchange: Any) -> None:
    market = exchange.market(SYMBOL)
    assert (market["id"], market["contractSize"], market["linear"], market["active"]) == ("BTCUSDT", 1, True, True)
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 0.0001)
    assert exchange.market("BNB/USDT:USDT")["precision"]["price"] == 0.05
    assert (await exchange.fetch_balance())["USDT"] == {"free": 100_000, "used": 0, "total": 100_000}
    assert await exchange.fetch_positions() == []
    fee = await exchange.fetch_trading_fee(SYMBOL)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.0006)


async def test_public_data(exchange: Any) -> None:
    book = await exchange.fetch_order_book(SYMBOL, 15)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert (await exchange.fetch_ticker(SYMBOL))["last"] > 0
    assert set(await exchange.fetch_tickers()) == set(exchange.symbols)
    assert len(await exchange.fetch_ohlcv(SYMBOL, "5m", limit=7)) == 7
    since = int(time.time() * 1000) - 3_600_000
    candles = await exchange.fetch_ohlcv(SYMBOL, "1m", since, 10)
    assert len(candles) == 10
    assert [each[0] for each in candles] == sorted(each[0] for each in candles)
    assert (await exchange.fetch_funding_rate(SYMBOL))["fundingRate"] is not None
    assert len(await exchange.fetch_funding_rate_history(SYMBOL, limit=3)) == 3
    assert (await exchange.fetch_open_interest(SYMBOL))["openInterestAmount"] > 0
    assert abs(await exchange.fetch_time() - time.time() * 1000) < 5000


async def test_an_order_is_placed_edited_found_and_cancelled(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    placed = await exchange.create_order(SYMBOL, "limit", "buy", 0.1, price, {"postOnly": True})
    await exchange.edit_order(placed["id"], SYMBOL, "limit", "buy", 0.2, price - 10, {"newClientOid": "second"})
    (found,) = await exchange.fetch_open_orders(SYMBOL)
    assert (found["clientOrderId"], found["amount"], found["price"], found["postOnly"]) == (
        "second",
        0.2,
        pytest.approx(price - 10),
        True,
    )
    assert (await exchange.fetch_order(placed["id"], SYMBOL))["status"] == "canceled"
    assert (await exchange.cancel_order(found["id"], SYMBOL))["id"] == found["id"]
    assert {each["id"] for each in await exchange.fetch_canceled_orders(SYMBOL)} == {placed["id"], found["id"]}
    with pytest.raises(ccxt.OrderNotFound):
        await exchange.cancel_order("1", SYMBOL)
    assert await exchange.fetch_open_orders(SYMBOL) == []


async def test_orders_are_placed_and_cancelled_in_batches(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    rows = [
        {"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 0.1, "price": price - number}
        for number in range(5)
    ]
    placed = await exchange.create_orders(rows)
    assert len({each["id"] for each in placed}) == 5
    await exchange.cancel_orders([each["id"] for each in placed[:3]], SYMBOL)
    assert {each["id"] for each in await exchange.fetch_open_orders(SYMBOL)} == {each["id"] for each in placed[3:]}
    await exchange.cancel_all_orders(SYMBOL)
    assert await exchange.fetch_open_orders(SYMBOL) == []


async def test_a_trade_opens_a_position(exchange: Any) -> None:
    await exchange.set_leverage(10, SYMBOL)
    assert (await exchange.fetch_leverage(SYMBOL))["longLeverage"] == 10
    order = await exchange.create_order(SYMBOL, "market", "sell", 0.1)
    found = await exchange.fetch_order(order["id"], SYMBOL)
    assert (found["status"], found["filled"]) == ("closed", 0.1)
    (position,) = await exchange.fetch_positions([SYMBOL])
    assert (position["side"], position["contracts"], position["hedged"]) == ("short", 0.1, False)
    trades = await exchange.fetch_my_trades(SYMBOL)
    assert {each["order"] for each in trades} == {order["id"]}
    assert sum(each["amount"] for each in trades) == pytest.approx(0.1)
    assert await exchange.fetch_trades(SYMBOL, limit=3)
    assert all(each["fee"]["cost"] > 0 and each["fee"]["currency"] == "USDT" for each in trades)
    assert [each["id"] for each in await exchange.fetch_closed_orders(SYMBOL)] == [order["id"]]
    closing = await exchange.create_order(SYMBOL, "market", "buy", 1, None, {"reduceOnly": True})
    assert (await exchange.fetch_order(closing["id"], SYMBOL))["filled"] == 0.1
    assert await exchange.fetch_positions([SYMBOL]) == []


async def test_what_cannot_stand_is_refused_as_bitget_does(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    with pytest.raises(ccxt.InsufficientFunds):
        await exchange.create_order(SYMBOL, "limit", "buy", 100, price)
    with pytest.raises(ccxt.InvalidOrder):
        await exchange.create_order(SYMBOL, "limit", "buy", 0.0001, 20_000)
    with pytest.raises(ccxt.OrderNotFound):
        await exchange.fetch_order("1", SYMBOL)


@pytest.mark.parametrize(("name", "wrong"), [("secret", "wrong"), ("password", "wrong"), ("apiKey", "wrong")])
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
    five = await within(exchange.watch_order_book("ETH/USDT:USDT", 5))
    assert len(five["bids"]) == 5


async def test_user_streams(exchange: Any) -> None:
    balance = await within(exchange.watch_balance())
    assert balance["USDT"]["total"] == 100_000, "first comes what there is"
    orders, trades, positions = (
        asyncio.create_task(within(awaitable))
        for awaitable in (
            exchange.watch_orders(SYMBOL),
            exchange.watch_my_trades(SYMBOL),
            exchange.watch_positions([SYMBOL]),
        )
    )
    await positions
    price = await far_bid(exchange, SYMBOL)
    placed = await exchange.create_order(SYMBOL, "limit", "buy", 0.1, price)
    assert [(each["id"], each["status"]) for each in await orders] == [(placed["id"], "open")]
    charged = asyncio.create_task(within(exchange.watch_balance()))
    bought = await exchange.create_order(SYMBOL, "market", "buy", 0.02)
    (trade,) = await trades
    assert (trade["order"], trade["amount"]) == (bought["id"], 0.02)
    assert trade["fee"]["cost"] > 0
    found: list[Any] = []
    while not found or found[0]["contracts"] != 0.02:
        found = await within(exchange.watch_positions([SYMBOL]))
    assert found[0]["side"] == "long"
    assert (await charged)["USDT"]["total"] < 100_000


async def test_the_blocking_client_trades_too(endpoints: Endpoints) -> None:
    def trade() -> str:
        client = ccxt.bitget(CREDENTIALS | SWAPS)
        client.urls["api"] = local(client.urls["api"], endpoints)
        client.load_markets()
        order = client.create_order(SYMBOL, "market", "buy", 0.1)
        return str(client.fetch_order(order["id"], SYMBOL)["status"])

    assert await asyncio.to_thread(trade) == "closed"
