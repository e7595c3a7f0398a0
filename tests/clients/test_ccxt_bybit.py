"""ccxt's bybit, unmodified, against the local venue: only its URLs are changed.

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
OTHER = "ETH/USDT:USDT"
CREDENTIALS = {"apiKey": "demo", "secret": "demo", "enableRateLimit": False}
SWAPS = {"options": {"defaultType": "swap"}}
LOOK_UP = {"acknowledged": True}
"""ccxt's consent to look up only what is not too old."""


@pytest.fixture
async def endpoints() -> AsyncIterator[Endpoints]:
    machine = make_local_venue("bybit", seed=5, start_ms=time.time_ns() // 1_000_000)
    async with local_venue(machine) as served:
        yield served


@pytest.fixture
async def exchange(endpoints: Endpoints) -> AsyncIterator[Any]:
    client = ccxt.pro.bybit(CREDENTIALS | SWAPS)
    client.urls["api"] = local(client.urls["api"], endpoints)
    await client.load_markets()
    yield client
    await client.close()


async def until_subscribed(exchange: Any, topics: int) -> None:
    """Until the private socket is logged in and its subscriptions have left; what comes after them is told."""
    async with asyncio.timeout(8):
        while True:
            private = [each for url, each in exchange.clients.items() if url.endswith("/v5/private")]
            if private and len(private[0].subscriptions) > topics:
                break
            await asyncio.sleep(0.01)
    await exchange.fetch_time()


async def test_markets_balance_and_positions(exchange: Any) -> None:
    market = exchange.market(SYMBOL)
    assert (market["id"], market["contractSize"], market["linear"], market["active"]) == ("BTCUSDT", 1, True, True)
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 0.001)
    assert market["limits"]["cost"]["min"] == 5
    balance = (await exchange.fetch_balance())["USDT"]
    assert (balance["free"], balance["used"], balance["total"]) == (100_000, 0, 100_000)
    assert await exchange.fetch_positions() == []
    fee = await exchange.fetch_trading_fee(SYMBOL)
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.00055)


async def test_public_data(exchange: Any) -> None:
    book = await exchange.fetch_order_book(SYMBOL, 20)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert (await exchange.fetch_ticker(SYMBOL))["last"] > 0
    assert set(await exchange.fetch_tickers()) == set(exchange.symbols)
    assert len(await exchange.fetch_ohlcv(SYMBOL, "5m", limit=7)) == 7
    since = int(time.time() * 1000) - 3_600_000
    candles = await exchange.fetch_ohlcv(SYMBOL, "1m", since, 10)
    assert [each[0] for each in candles] == sorted(each[0] for each in candles)
    assert since <= candles[0][0] < since + 60_000
    assert (await exchange.fetch_funding_rate(SYMBOL))["fundingRate"] is not None
    assert len(await exchange.fetch_funding_rate_history(SYMBOL, limit=3)) == 3
    assert (await exchange.fetch_open_interest(SYMBOL))["openInterestAmount"] > 0
    assert abs(await exchange.fetch_time() - time.time() * 1000) < 5000


async def test_an_order_is_placed_edited_found_and_cancelled(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    placed = await exchange.create_order(SYMBOL, "limit", "buy", 0.1, price, {"postOnly": True})
    edited = await exchange.edit_order(placed["id"], SYMBOL, "limit", "buy", 0.2, price - 10)
    assert edited["id"] == placed["id"]
    (found,) = await exchange.fetch_open_orders(SYMBOL)
    assert (found["id"], found["amount"], found["price"]) == (placed["id"], 0.2, price - 10)
    assert found["timeInForce"] == "PO"
    assert (await exchange.cancel_order(placed["id"], SYMBOL))["id"] == placed["id"]
    assert (await exchange.fetch_order(placed["id"], SYMBOL, LOOK_UP))["status"] == "canceled"
    assert [each["id"] for each in await exchange.fetch_canceled_orders(SYMBOL)] == [placed["id"]]
    with pytest.raises(ccxt.OrderNotFound):
        await exchange.cancel_order(placed["id"], SYMBOL)


async def test_orders_are_placed_and_cancelled_in_batches(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    rows = [
        {"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 0.01, "price": price - number}
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
    order = await exchange.create_order(SYMBOL, "market", "sell", 0.01)
    found = await exchange.fetch_order(order["id"], SYMBOL, LOOK_UP)
    assert (found["status"], found["filled"]) == ("closed", 0.01)
    (position,) = await exchange.fetch_positions([SYMBOL])
    assert (position["side"], position["contracts"], position["hedged"]) == ("short", 0.01, False)
    (trade,) = await exchange.fetch_my_trades(SYMBOL)
    assert (trade["order"], trade["amount"], trade["fee"]["currency"]) == (order["id"], 0.01, "USDT")
    assert trade["fee"]["cost"] > 0
    assert [each["id"] for each in await exchange.fetch_closed_orders(SYMBOL)] == [order["id"]]


async def test_what_cannot_stand_is_refused_as_bybit_does(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    with pytest.raises(ccxt.InsufficientFunds):
        await exchange.create_order(SYMBOL, "limit", "buy", 100, price)
    with pytest.raises(ccxt.InvalidOrder):
        await exchange.create_order(SYMBOL, "limit", "buy", 0.1, price * 2)
    with pytest.raises(ccxt.InvalidOrder):
        await exchange.create_order(SYMBOL, "market", "buy", 0.1, None, {"reduceOnly": True})
    with pytest.raises(ccxt.OrderNotFound):
        await exchange.fetch_order("1", SYMBOL, LOOK_UP)


@pytest.mark.parametrize(("name", "wrong"), [("secret", "wrong"), ("apiKey", "wrong")])
async def test_wrong_credentials_are_an_authentication_error(exchange: Any, name: str, wrong: str) -> None:
    setattr(exchange, name, wrong)
    with pytest.raises(ccxt.AuthenticationError):
        await exchange.fetch_balance()


async def test_public_streams(exchange: Any) -> None:
    assert (await within(exchange.watch_ticker(SYMBOL)))["last"] > 0
    assert await within(exchange.watch_trades(SYMBOL))
    assert await within(exchange.watch_ohlcv(SYMBOL, "1m"))
    for _ in range(5):
        book = await within(exchange.watch_order_book(SYMBOL))
        assert book["bids"][0][0] < book["asks"][0][0]
    best = (await within(exchange.watch_bids_asks([OTHER])))[OTHER]
    assert best["bid"] < best["ask"]


async def test_user_streams(exchange: Any) -> None:
    assert await within(exchange.watch_positions([SYMBOL])) == [], "ccxt's own snapshot; Bybit sends none"
    orders, trades, positions, balance = (
        asyncio.create_task(within(awaitable))
        for awaitable in (
            exchange.watch_orders(SYMBOL),
            exchange.watch_my_trades(SYMBOL),
            exchange.watch_positions([SYMBOL]),
            exchange.watch_balance(),
        )
    )
    await until_subscribed(exchange, 4)
    price = await far_bid(exchange, SYMBOL)
    placed = await exchange.create_order(SYMBOL, "limit", "buy", 0.01, price)
    assert [(each["id"], each["status"]) for each in await orders] == [(placed["id"], "open")]
    assert (await balance)["USDT"]["total"] == 100_000
    bought = await exchange.create_order(SYMBOL, "market", "buy", 0.02)
    (trade,) = await trades
    assert (trade["order"], trade["amount"]) == (bought["id"], 0.02)
    found = await positions
    while not found or not found[0]["contracts"]:
        found = await within(exchange.watch_positions([SYMBOL]))
    assert (found[0]["side"], found[0]["contracts"]) == ("long", 0.02)


async def test_order_entry_over_a_socket(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    placed = await within(exchange.create_order_ws(SYMBOL, "limit", "buy", 0.1, price))
    edited = await within(exchange.edit_order_ws(placed["id"], SYMBOL, "limit", "buy", 0.2, price))
    assert edited["id"] == placed["id"]
    assert (await exchange.fetch_order(placed["id"], SYMBOL, LOOK_UP))["amount"] == 0.2
    assert (await within(exchange.cancel_order_ws(placed["id"], SYMBOL)))["id"] == placed["id"]
    assert (await exchange.fetch_order(placed["id"], SYMBOL, LOOK_UP))["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound):
        await within(exchange.cancel_order_ws(placed["id"], SYMBOL))


async def test_the_blocking_client_trades_too(endpoints: Endpoints) -> None:
    def trade() -> str:
        client = ccxt.bybit(CREDENTIALS | SWAPS)
        client.urls["api"] = local(client.urls["api"], endpoints)
        client.load_markets()
        order = client.create_order(SYMBOL, "market", "buy", 0.01)
        return str(client.fetch_order(order["id"], SYMBOL, LOOK_UP)["status"])

    assert await asyncio.to_thread(trade) == "closed"
