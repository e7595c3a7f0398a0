"""A day's numbers fit each other."""

from sansio_exchange.simulation.day import Day
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.symbols import default_rules

START_MS = 1_700_000_000_000


def test_open_and_last_lie_between_low_and_high() -> None:
    exchange = SimulatedExchange(default_rules()[:1], seed=1, start_ms=START_MS)
    exchange.advance(START_MS + 60_000)
    day = Day(exchange, "BTCUSDT", exchange.now_ms)
    assert day.low <= min(day.open, day.ticker.last_price) <= max(day.open, day.ticker.last_price) <= day.high
    assert day.low < day.average < day.high
    assert day.last_quantity == exchange.recent_trades("BTCUSDT", 1)[0].quantity
    assert (day.last_id - day.first_id + 1, day.now_ms - day.open_ms) == (day.trades, 86_400_000)
