from sansio_exchange.simulation.tape import MAX_TRADES
from tests.sansio_exchange.simulation.bare import BUY, START_MS, D, bare_listing


def test_trades_are_numbered_upwards_and_only_the_newest_kept() -> None:
    tape = bare_listing().tape
    for place in range(MAX_TRADES + 5):
        tape.print(200 + place % 3, 10, BUY, START_MS + place)
    assert [each.trade_id for each in tape.recent(3)] == [MAX_TRADES + 3, MAX_TRADES + 4, MAX_TRADES + 5]
    assert len(tape.recent(5_000)) == MAX_TRADES
    assert tape.recent(0) == []


def test_a_trade_in_decimals_and_in_the_candle() -> None:
    tape = bare_listing().tape
    trade = tape.print(201, 10, BUY, START_MS)
    assert (trade.price, trade.quantity, trade.taker) == (D("100.5"), D("0.1"), BUY)
    assert tape.candles.last_ticks == 201
