"""ccxt's binanceusdm, unmodified, against the local venue: only its URLs are changed.

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
CREDENTIALS = {"apiKey": "demo", "secret": "demo", "enableRateLimit": False}


@pytest.fixture
async def endpoints() -> AsyncIterator[Endpoints]:
    machine = make_local_venue("binance", seed=5, start_ms=time.time_ns() // 1_000_000)
    async with local_venue(machine) as served:
        yield served


@pytest.fixture
async def exchange(endpoints: Endpoints) -> AsyncIterator[Any]:
    client = ccxt.pro.binanceusdm(CREDENTIALS)
    client.urls["api"] = local(client.urls["api"], endpoints)
    await client.load_markets()
    yield client
    await client.close()


async def test_markets_balance_and_positions(exchange: Any) -> None:
    market = exchange.market(SYMBOL)
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 0.001)
    assert (market["limits"]["cost"]["min"], market["linear"], market["active"]) == (100.0, True, True)
    assert (await exchange.fetch_balance())["USDT"]["free"] == 100_000
    assert await exchange.fetch_positions() == []


async def test_public_data(exchange: Any) -> None:
    book = await exchange.fetch_order_book(SYMBOL, 20)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert (await exchange.fetch_ticker(SYMBOL))["last"] > 0
    assert set(await exchange.fetch_tickers()) == set(exchange.symbols)
    assert len(await exchange.fetch_ohlcv(SYMBOL, "5m", limit=7)) == 7
    assert (await exchange.fetch_funding_rate(SYMBOL))["fundingRate"] is not None
    assert await exchange.fetch_funding_rate_history(SYMBOL, limit=3)
    assert (await exchange.fetch_open_interest(SYMBOL))["openInterestAmount"] > 0
    assert abs(await exchange.fetch_time() - time.time() * 1000) < 5000


async def test_an_order_is_placed_edited_found_and_cancelled(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    placed = await exchange.create_order(SYMBOL, "limit", "buy", 0.01, price, {"timeInForce": "GTX"})
    assert (placed["status"], placed["price"], placed["amount"]) == ("open", price, 0.01)
    edited = await exchange.edit_order(placed["id"], SYMBOL, "limit", "buy", 0.02, price - 10)
    assert (edited["id"], edited["amount"], edited["price"]) == (placed["id"], 0.02, price - 10)
    assert [each["id"] for each in await exchange.fetch_open_orders(SYMBOL)] == [placed["id"]]
    assert (await exchange.cancel_order(placed["id"], SYMBOL))["status"] == "canceled"
    assert (await exchange.fetch_order(placed["id"], SYMBOL))["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound):
        await exchange.cancel_order(placed["id"], SYMBOL)


async def test_orders_are_placed_and_cancelled_in_batches(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    rows = [
        {"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 0.01, "price": price - number}
        for number in range(5)
    ]
    placed = await exchange.create_orders(rows)
    assert [each["status"] for each in placed] == ["open"] * 5
    await exchange.cancel_orders([each["id"] for each in placed[:3]], SYMBOL)
    assert len(await exchange.fetch_open_orders(SYMBOL)) == 2
    await exchange.cancel_all_orders(SYMBOL)
    assert await exchange.fetch_open_orders(SYMBOL) == []


async def test_a_trade_opens_a_position(exchange: Any) -> None:
    await exchange.set_leverage(10, SYMBOL)
    order = await exchange.create_order(SYMBOL, "market", "sell", 0.01)
    assert (order["status"], order["filled"]) == ("closed", 0.01)
    (position,) = await exchange.fetch_positions([SYMBOL])
    assert (position["side"], position["contracts"]) == ("short", 0.01)
    (trade,) = await exchange.fetch_my_trades(SYMBOL)
    assert (trade["order"], trade["amount"], trade["fee"]["currency"]) == (order["id"], 0.01, "USDT")
    assert len(await exchange.fetch_orders(SYMBOL)) == 1


async def test_a_wrong_secret_is_an_authentication_error(exchange: Any) -> None:
    exchange.secret = "wrong"
    with pytest.raises(ccxt.AuthenticationError):
        await exchange.fetch_balance()


async def test_public_streams(exchange: Any) -> None:
    assert (await within(exchange.watch_ticker(SYMBOL)))["last"] > 0
    assert await within(exchange.watch_trades(SYMBOL))
    assert await within(exchange.watch_ohlcv(SYMBOL, "1m"))
    assert (await within(exchange.watch_mark_price(SYMBOL)))["markPrice"] > 0
    assert SYMBOL in await within(exchange.watch_bids_asks([SYMBOL]))
    for _ in range(5):
        book = await within(exchange.watch_order_book(SYMBOL))
        assert book["bids"][0][0] < book["asks"][0][0]


async def test_user_streams(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    assert await within(exchange.watch_positions([SYMBOL])) == [], "first comes what there is"
    orders, trades, positions, balance = (
        asyncio.create_task(within(awaitable))
        for awaitable in (
            exchange.watch_orders(SYMBOL),
            exchange.watch_my_trades(SYMBOL),
            exchange.watch_positions([SYMBOL]),
            exchange.watch_balance(),
        )
    )
    await within(next(each.connected for url, each in exchange.clients.items() if "listenKey" in url))
    placed = await exchange.create_order(SYMBOL, "limit", "buy", 0.01, price)
    assert [(each["id"], each["status"]) for each in await orders] == [(placed["id"], "open")]
    bought = await exchange.create_order(SYMBOL, "market", "buy", 0.02)
    (trade,) = await trades
    assert (trade["order"], trade["amount"]) == (bought["id"], 0.02)
    (position,) = await positions
    assert (position["side"], position["contracts"]) == ("long", 0.02)
    assert (await balance)["USDT"]["total"] < 100_000


async def test_order_entry_over_a_socket(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    placed = await within(exchange.create_order_ws(SYMBOL, "limit", "buy", 0.01, price))
    edited = await within(exchange.edit_order_ws(placed["id"], SYMBOL, "limit", "buy", 0.02, price))
    assert (edited["id"], edited["amount"]) == (placed["id"], 0.02)
    assert (await within(exchange.cancel_order_ws(placed["id"], SYMBOL)))["status"] == "canceled"
    assert (await within(exchange.fetch_balance_ws()))["USDT"]["total"] == 100_000
    assert await within(exchange.fetch_positions_ws()) == []


async def test_the_blocking_client_trades_too(endpoints: Endpoints) -> None:
    def trade() -> str:
        client = ccxt.binanceusdm(CREDENTIALS)
        client.urls["api"] = local(client.urls["api"], endpoints)
        client.load_markets()
        return str(client.create_order(SYMBOL, "market", "buy", 0.01)["status"])

    assert await asyncio.to_thread(trade) == "closed"
