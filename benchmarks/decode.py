"""From a venue's bytes to what the driver is told to publish: CPU time of `Connector.handle`, per message."""

import time
from collections.abc import Callable
from decimal import Decimal

from benchmarks.rows import Row, report
from sansio_exchange.binance import Binance
from sansio_exchange.clock import Now
from sansio_exchange.commands import Credentials, Start, Subscribe, Topic
from sansio_exchange.machine import Publish, WsMessage
from sansio_exchange.session import Connector
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venue import Endpoints

MESSAGES = 20_000
ROUNDS = 5

AGG_TRADE = (
    b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1700000000123,"s":"BTCUSDT","a":5933014,'
    b'"p":"43210.10","q":"0.250","f":100,"l":105,"T":1700000000120,"m":true}}'
)
BOOK_TICKER = (
    b'{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":400900217,"E":1700000000123,"T":1700000000120,'
    b'"s":"BTCUSDT","b":"43210.10","B":"31.210","a":"43210.20","A":"40.660"}}'
)
KLINE = (
    b'{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1700000000123,"s":"BTCUSDT","k":{"t":1699999980000,'
    b'"T":1700000039999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"43200.00","c":"43210.10","h":"43215.00",'
    b'"l":"43199.90","v":"1000.123","n":100,"x":false,"q":"43210000.00","V":"500.5","Q":"21605000.00","B":"0"}}}'
)
ORDER_UPDATE = (
    '{{"stream":"key","data":{{"e":"ORDER_TRADE_UPDATE","E":1700000000123,"T":1700000000120,"o":{{"s":"BTCUSDT",'
    '"c":"maker-17","S":"BUY","o":"LIMIT","f":"GTC","q":"1000000","p":"43210.10","ap":"43210.10","sp":"0",'
    '"x":"TRADE","X":"PARTIALLY_FILLED","i":88,"l":"0.010","z":"{executed}","L":"43210.10","N":"USDT","n":"0.0864",'
    '"T":1700000000120,"t":{trade_id},"b":"0","a":"0","m":true,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT",'
    '"ps":"BOTH","cp":false,"rp":"0","pP":false,"si":0,"ss":0,"V":"EXPIRE_TAKER","pm":"NONE","gtd":0}}}}}}'
)
CASES: dict[str, tuple[str, float, Callable[[int], bytes]]] = {
    "trade": ("market", 6.0, lambda _: AGG_TRADE),
    "book ticker": ("public", 6.0, lambda _: BOOK_TICKER),
    "kline": ("market", 6.0, lambda _: KLINE),
    "order update": (
        "private",
        12.0,
        lambda n: ORDER_UPDATE.format(executed=Decimal("0.010") * (n + 1), trade_id=n + 1).encode(),
    ),
}
"""Name: the socket's role, the target in microseconds, the n-th message. Each order update is news: another fill."""


def measure(connector: Connector, role: str, messages: list[bytes], now: Now) -> float:
    """Microseconds of CPU per message, the best of ROUNDS equal parts: the others waited for the machine."""
    conn = f"{role}#1"
    inputs = [WsMessage(conn, data) for data in messages]
    per_round = len(inputs) // ROUNDS
    best = float("inf")
    for start in range(0, len(inputs), per_round):
        chunk = inputs[start : start + per_round]
        begun = time.process_time()
        for item in chunk:
            connector.handle(item, now)
        best = min(best, (time.process_time() - begun) / len(chunk) * 1e6)
    published = connector.handle(WsMessage(conn, messages[0][:-1] + b" }"), now)
    assert role == "private" or isinstance(published[0], Publish), "the message was not understood"
    return best


def main() -> None:
    """A session with the local venue, brought to life in a World; then messages straight into the machine."""
    venue = make_local_venue("binance", seed=1, start_ms=START_MS)
    endpoints = Endpoints("https://venue", "wss://venue", "wss://venue", "wss://venue")
    connector = Connector(Binance(endpoints), Credentials("demo", "demo"), session="bench", seed=1)
    world = World(connector, venue)
    world.ask(Start(), timeout=30)
    world.ask(Subscribe(Topic("book", "BTCUSDT")))
    now = Now(world.now, START_MS)
    for name, (role, target, make) in CASES.items():
        figure = measure(connector, role, [make(n) for n in range(MESSAGES)], now)
        report(Row("decode", f"venue message to domain event: {name}", figure, "us CPU", target))


if __name__ == "__main__":
    main()
