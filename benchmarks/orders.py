"""Placing orders on the local venue: through the connector's gRPC over WebSocket and REST, beside ccxt."""

import asyncio
import time
from statistics import median, quantiles
from typing import Any

import ccxt.async_support as ccxt  # type: ignore[import-untyped]  # ccxt says nothing of its types

from benchmarks.processes import CONNECTOR_PORT, VENUE_PORT, connector, venue, wait_for_port
from benchmarks.rows import Row, report
from service.client import Client
from service.stubs.google.type import Decimal
from service.stubs.opensqt.market_maker import v1

ORDERS = 400
WARM_UP = 20
BATCH = 100
BATCHES = 20
QUANTITY = "0.01"


def limit_order(price: str) -> v1.PlaceOrderRequest:
    return v1.PlaceOrderRequest(
        symbol="BTCUSDT",
        side=v1.OrderSide.BUY,
        type=v1.OrderType.LIMIT,
        quantity=Decimal(QUANTITY),
        price=Decimal(price),
    )


async def resting_price(client: Client) -> str:
    """A price at which nothing fills: ten percent below the market."""
    latest = await client.stub.get_latest_price(v1.GetLatestPriceRequest(symbol="BTCUSDT"))
    return f"{float(latest.price.value) * 0.9:.1f}" if latest.price else "1"


async def through_grpc() -> list[float]:
    """Milliseconds from call to reply, one order after another; each is cancelled again, untimed."""
    took: list[float] = []
    async with Client(port=CONNECTOR_PORT) as client:
        price = await resting_price(client)
        for _ in range(WARM_UP + ORDERS):
            begun = time.perf_counter()
            order = await client.stub.place_order(limit_order(price))
            took.append((time.perf_counter() - begun) * 1000)
            await client.stub.cancel_order(v1.CancelOrderRequest(symbol="BTCUSDT", order_id=order.order_id))
    return took[WARM_UP:]


async def through_ccxt(price: str) -> list[float]:
    """The same with ccxt's unmodified client, straight at the venue."""
    exchange: Any = ccxt.binanceusdm({"apiKey": "demo", "secret": "demo", "enableRateLimit": False})
    rest = f"http://127.0.0.1:{VENUE_PORT}"
    urls = exchange.urls["api"]
    for name in ("fapiPublic", "fapiPublicV2", "fapiPublicV3", "fapiPrivate", "fapiPrivateV2", "fapiPrivateV3"):
        urls[name] = f"{rest}/fapi/v{name[-1] if name[-1].isdigit() else 1}"
    exchange.options["fetchCurrencies"] = False
    exchange.options["fetchMarkets"] = {"types": ["linear"]}
    took: list[float] = []
    try:
        await exchange.load_markets()
        for _ in range(WARM_UP + ORDERS):
            begun = time.perf_counter()
            order = await exchange.create_order("BTC/USDT:USDT", "limit", "buy", float(QUANTITY), float(price))
            took.append((time.perf_counter() - begun) * 1000)
            await exchange.cancel_order(order["id"], "BTC/USDT:USDT")
    finally:
        await exchange.close()
    return took[WARM_UP:]


async def in_batches() -> float:
    """Orders per second, BATCH at a time, cancelled between the batches, untimed."""
    spent = 0.0
    async with Client(port=CONNECTOR_PORT) as client:
        request = v1.BatchPlaceOrdersRequest(orders=[limit_order(await resting_price(client))] * BATCH)
        for _ in range(BATCHES):
            begun = time.perf_counter()
            reply = await client.stub.batch_place_orders(request)
            spent += time.perf_counter() - begun
            assert reply.all_success, reply.errors[:1]
            await client.stub.cancel_all_orders(v1.CancelAllOrdersRequest(symbol="BTCUSDT"))
    return BATCH * BATCHES / spent


def p99(took: list[float]) -> float:
    return quantiles(took, n=100)[98]


def main() -> None:
    with venue():
        wait_for_port(VENUE_PORT)
        with connector():
            over_ws = asyncio.run(through_grpc())
            batch_rate = asyncio.run(in_batches())
    # Another venue: the first one counts what was asked of it, and a new session keeps to the documented limits until
    # it has been told that there are none.
    with venue():
        wait_for_port(VENUE_PORT)
        with connector(EXCHANGE_WS_TRADE_URL="none"):
            over_rest = asyncio.run(through_grpc())

            async def price() -> str:
                async with Client(port=CONNECTOR_PORT) as client:
                    return await resting_price(client)

            peer = asyncio.run(through_ccxt(asyncio.run(price())))
    for way, took in (("WebSocket", over_ws), ("REST", over_rest)):
        for name, figure in (("p50", median), ("p99", p99)):
            theirs = figure(peer)
            report(
                Row(
                    "orders",
                    f"PlaceOrder through gRPC over {way}, {name}",
                    figure(took),
                    "ms",
                    peer=f"ccxt directly: {theirs:.2f} ms, {theirs / figure(took):.1f} times as long",
                )
            )
    report(Row("orders", f"BatchPlaceOrders, {BATCH} at a time", batch_rate, "orders/s", 1000, more_is_better=True))


if __name__ == "__main__":
    main()
