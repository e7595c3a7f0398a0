from sansio_exchange.simulation.bars import DAY, Bar, flat, group, open_of
from tests.sansio_exchange.simulation.bare import START_MS, D

MINUTE = 60_000


def test_the_first_trade_opens_a_bar() -> None:
    bar = flat(START_MS, 100)
    for ticks, steps in ((103, 2), (101, 1), (105, 1), (104, 3)):
        bar.trade(ticks, steps)
    assert (bar.open, bar.high, bar.low, bar.close) == (103, 105, 101, 104)
    assert (bar.volume, bar.trades) == (7, 4)
    assert bar.quote == 206 + 101 + 105 + 312


def test_a_bar_without_trades_keeps_the_last_price() -> None:
    bar = flat(START_MS, 100)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (100, 100, 100, 100, 0)


def test_quiet_bars_do_not_move_the_longer_bar() -> None:
    traded = Bar(START_MS + MINUTE, 105, 106, 104, 106, 10, 1050, 3)
    joined = flat(START_MS, 100)
    joined.join(traded)
    assert (joined.open, joined.low) == (105, 104)
    joined.join(flat(START_MS + 2 * MINUTE, 106))
    assert (joined.open, joined.high, joined.low, joined.close, joined.trades) == (105, 106, 104, 106, 3)


def test_candles_open_on_the_clock_and_weeks_on_mondays() -> None:
    assert open_of("5m", START_MS + 7 * MINUTE) == START_MS + 5 * MINUTE
    assert open_of("1d", START_MS + 7 * MINUTE) == START_MS
    assert open_of("1w", START_MS) == START_MS - 4 * DAY  # 2025-10-06 was a Monday


def test_group_joins_and_leaves_its_input_alone() -> None:
    bars = [Bar(START_MS + place * MINUTE, 10, 11 + place, 9, 10, 1, 10, 1) for place in range(7)]
    grouped = list(group(bars, "3m"))
    assert [bar.open_ms for bar in grouped] == [START_MS, START_MS + 3 * MINUTE, START_MS + 6 * MINUTE]
    assert [bar.volume for bar in grouped] == [3, 3, 1]
    assert [bar.high for bar in grouped] == [13, 16, 17]
    assert [bar.volume for bar in bars] == [1] * 7


def test_told_in_decimals() -> None:
    told = Bar(START_MS, 200, 210, 190, 205, 50, 10_000, 9).told("COINUSDT", "1m", D("0.5"), D("0.01"), is_closed=True)
    assert (told.candle.open, told.candle.high, told.candle.low, told.candle.close) == (
        D(100),
        D(105),
        D(95),
        D("102.5"),
    )
    assert (told.candle.volume, told.quote_volume, told.trades) == (D("0.5"), D(50), 9)
