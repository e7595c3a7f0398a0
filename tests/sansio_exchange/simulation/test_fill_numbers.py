"""Numbers of fills across symbols."""

from decimal import Decimal

from sansio_exchange.orders import Fill, Side
from sansio_exchange.simulation.fill_numbers import fill_number


def fill(trade_id: str, time_ms: int) -> Fill:
    one = Decimal(1)
    return Fill(trade_id, 1, "BTCUSDT", Side.BUY, one, one, Decimal(0), "USDT", Decimal(0), time_ms)


def test_numbers_grow_with_time_then_trade_and_differ_between_symbols() -> None:
    start_ms = 1_700_000_000_000
    numbers = [
        fill_number(fill("9", start_ms), 0),
        fill_number(fill("9", start_ms), 1),
        fill_number(fill("10", start_ms), 0),
        fill_number(fill("1", start_ms + 1), 0),
    ]
    assert numbers == sorted(set(numbers))
    assert len(str(numbers[0])) == 19
