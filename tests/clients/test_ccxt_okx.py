"""ccxt's okx, unmodified, against the local venue: only its URLs are changed.

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
CONTRACT = 0.01


@pytest.fixture
async def endpoints() -> AsyncIterator[Endpoints]:
    machine = make_local_venue("okx", seed=5, start_ms=time.time_ns() // 1_000_000)
    async with local_venue(machine) as served:
        yield served


@pytest.fixture
async def exchange(endpoints: Endpoints) -> AsyncIterator[Any]:
    client = ccxt.pro.okx(CREDENTIALS | SWAPS)
    client.urls["api"] = local(client.urls["api"], endpoints)
    await client.load_markets()
    yield client
    await client.close()


async def test_markets_balance_and_positions(exchange: Any) -> None:
    market = exchange.market(SYMBOL)
    assert (market["id"], market["contractSize"], market["linear"], market["active"]) == (
        "BTC-USDT-SWAP",
        CONTRACT,
        True,
        True,
    )
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 0.01)
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
    assert (await exchange.fetch_open_interest(SYMBOL))["openInterestAmount"] > 0
    assert abs(await exchange.fetch_time() - time.time() * 1000) < 5000
    assert (await exchange.fetch_status())["status"] == "ok"


async def test_an_order_is_placed_edited_found_and_cancelled(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    placed = await exchange.create_order(SYMBOL, "limit", "buy", 1, price, {"postOnly": True})
    edited = await exchange.edit_order(placed["id"], SYMBOL, "limit", "buy", 2, price - 10)
    assert edited["id"] == placed["id"]
    (found,) = await exchange.fetch_open_orders(SYMBOL)
    assert (found["id"], found["amount"], found["price"], found["postOnly"]) == (placed["id"], 2, price - 10, True)
    assert (await exchange.cancel_order(placed["id"], SYMBOL))["id"] == placed["id"]
    assert (await exchange.fetch_order(placed["id"], SYMBOL))["status"] == "canceled"
    assert [each["id"] for each in await exchange.fetch_canceled_orders(SYMBOL)] == [placed["id"]]
    with pytest.raises(ccxt.OrderNotFound):
        await exchange.cancel_order(placed["id"], SYMBOL)


async def test_orders_are_placed_and_cancelled_in_batches(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    rows = [
        {"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 1, "price": price - number} for number in range(5)
    ]
    placed = await exchange.create_orders(rows)
    assert len({each["id"] for each in placed}) == 5
    await exchange.cancel_orders([each["id"] for each in placed[:3]], SYMBOL)
    assert {each["id"] for each in await exchange.fetch_open_orders(SYMBOL)} == {each["id"] for each in placed[3:]}


async def test_a_trade_opens_a_position(exchange: Any) -> None:
    await exchange.set_leverage(10, SYMBOL)
    assert (await exchange.fetch_leverage(SYMBOL))["longLeverage"] == 10
    order = await exchange.create_order(SYMBOL, "market", "sell", 1)
    found = await exchange.fetch_order(order["id"], SYMBOL)
    assert (found["status"], found["filled"]) == ("closed", 1)
    (position,) = await exchange.fetch_positions([SYMBOL])
    assert (position["side"], position["contracts"], position["contractSize"]) == ("short", 1, CONTRACT)
    (trade,) = await exchange.fetch_my_trades(SYMBOL)
    assert (trade["order"], trade["amount"], trade["fee"]["currency"]) == (order["id"], 1, "USDT")
    assert trade["fee"]["cost"] > 0
    assert [each["id"] for each in await exchange.fetch_closed_orders(SYMBOL)] == [order["id"]]


async def test_what_cannot_stand_is_refused_as_okx_does(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    with pytest.raises(ccxt.InsufficientFunds):
        await exchange.create_order(SYMBOL, "limit", "buy", 10_000, price)
    with pytest.raises(ccxt.InvalidOrder):
        await exchange.create_order(SYMBOL, "limit", "buy", 1, price * 2)
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
    assert (await within(exchange.watch_mark_price(SYMBOL)))["markPrice"] > 0
    assert (await within(exchange.watch_funding_rate(SYMBOL)))["fundingRate"] is not None
    assert SYMBOL in await within(exchange.watch_bids_asks([SYMBOL]))
    for _ in range(5):
        book = await within(exchange.watch_order_book(SYMBOL))
        assert book["bids"][0][0] < book["asks"][0][0]


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
    price = await far_bid(exchange, SYMBOL)
    # By now the subscriptions have left; what goes over the same socket comes after them.
    placed = await within(exchange.create_order_ws(SYMBOL, "limit", "buy", 1, price))
    assert [(each["id"], each["status"]) for each in await orders] == [(placed["id"], "open")]
    bought = await exchange.create_order(SYMBOL, "market", "buy", 2)
    (trade,) = await trades
    assert (trade["order"], trade["amount"]) == (bought["id"], 2)
    found = await positions
    while not found:
        found = await within(exchange.watch_positions([SYMBOL]))
    assert (found[0]["side"], found[0]["contracts"]) == ("long", 2)
    assert (await within(exchange.watch_balance()))["USDT"]["total"] < 100_000


async def test_order_entry_over_a_socket(exchange: Any) -> None:
    price = await far_bid(exchange, SYMBOL)
    placed = await within(exchange.create_order_ws(SYMBOL, "limit", "buy", 1, price))
    edited = await within(exchange.edit_order_ws(placed["id"], SYMBOL, "limit", "buy", 2, price))
    assert edited["id"] == placed["id"]
    assert (await exchange.fetch_order(placed["id"], SYMBOL))["amount"] == 2
    assert (await within(exchange.cancel_order_ws(placed["id"], SYMBOL)))["id"] == placed["id"]
    assert (await exchange.fetch_order(placed["id"], SYMBOL))["status"] == "canceled"


async def test_the_blocking_client_trades_too(endpoints: Endpoints) -> None:
    def trade() -> str:
        client = ccxt.okx(CREDENTIALS | SWAPS)
        client.urls["api"] = local(client.urls["api"], endpoints)
        client.load_markets()
        order = client.create_order(SYMBOL, "market", "buy", 1)
        return str(client.fetch_order(order["id"], SYMBOL)["status"])

    assert await asyncio.to_thread(trade) == "closed"
