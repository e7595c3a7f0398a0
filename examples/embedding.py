"""The core and a venue in one program, without any I/O: five virtual minutes in a moment.

python examples/embedding.py
"""

from decimal import Decimal

from sansio_exchange.commands import Credentials, GetAccount, PlaceOrder, Start, Subscribe, Topic
from sansio_exchange.orders import NewOrder, OrderType, OrderUpdate, Side
from sansio_exchange.session import Connector
from sansio_exchange.simulation.faults import Disconnect, Latency
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venues import make_venue

venue = make_venue("binance", endpoints=dict.fromkeys(("rest", "public", "private", "trade"), "ws://anywhere"))
world = World(
    Connector(venue, Credentials("demo", "demo", "demo"), session="example", seed=1),
    make_local_venue("binance", seed=1, start_ms=START_MS),
    faults=[Latency(0.005, 0.005, jitter=0.002), Disconnect(at=60.0)],
    on_event=lambda event: print(event.order.status.name) if isinstance(event, OrderUpdate) else None,
)
world.ask(Start())
world.ask(Subscribe(Topic("price", "BTCUSDT")))
order = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.01"), price=Decimal("94980.0"))
print("placed", world.ask(PlaceOrder(order)).client_order_id)
world.run_until(300.0)
print("equity after five minutes", world.ask(GetAccount()).margin_balance)
