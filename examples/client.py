"""A client in Python: watch the price, place an order, see what becomes of it.

exchange-connector serve                 # in one terminal
python examples/client.py                # in another
"""

import asyncio

from service.client import Client
from service.stubs.google.type import Decimal
from service.stubs.opensqt.market_maker import v1


async def main() -> None:
    async with Client("127.0.0.1", 50051) as client:
        async for change in client.prices(["BTCUSDT"]):
            print(change.symbol, change.price.value if change.price else "")
            break
        order = await client.stub.place_order(
            v1.PlaceOrderRequest(
                symbol="BTCUSDT", side=v1.OrderSide.BUY, type=v1.OrderType.MARKET, quantity=Decimal(value="0.01")
            )
        )
        print(order.client_order_id, order.status.name, order.avg_price.value if order.avg_price else "")


asyncio.run(main())
