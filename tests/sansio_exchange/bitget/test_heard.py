"""What is news of trades, candles and funding."""

from decimal import Decimal

import pytest
from msgspec import structs

from sansio_exchange.bitget.heard import SETTLED_AFTER_MS, SPACING_MS, Heard
from sansio_exchange.commands import Topic
from sansio_exchange.market import Candle, FundingRate, PriceChange

MINUTE = 60_000


def trade(time_ms: int, trade_id: str = "") -> tuple[str, PriceChange]:
    return trade_id or str(time_ms), PriceChange("BTCUSDT", Decimal(time_ms), time_ms)


def told_trades(heard: Heard, *trades: tuple[str, PriceChange]) -> list[int]:
    return [each.time_ms for each in heard.trades("BTCUSDT", trades)]


def test_of_the_first_snapshot_only_the_newest_trade_is_told() -> None:
    heard = Heard()
    assert told_trades(heard, trade(1), trade(2), trade(3)) == [3]
    assert told_trades(heard, trade(4), trade(5)) == [4, 5]


def test_a_snapshot_after_a_reconnect_repeats_nothing_and_fills_the_gap() -> None:
    heard = Heard()
    told_trades(heard, trade(3))
    assert told_trades(heard, trade(1), trade(2), trade(3), trade(4), trade(5)) == [4, 5]
    assert told_trades(heard, trade(4), trade(5)) == []


def test_trades_of_one_moment_are_told_apart_by_their_ids() -> None:
    heard = Heard()
    told_trades(heard, trade(3, "a"))
    assert told_trades(heard, trade(3, "b"), trade(3, "c")) == [3, 3]
    assert told_trades(heard, trade(3, "a"), trade(3, "c"), trade(3, "d")) == [3]


def test_who_listens_again_begins_with_the_present() -> None:
    heard = Heard()
    told_trades(heard, trade(3))
    heard.forget(Topic("price", "BTCUSDT"))
    assert told_trades(heard, trade(4), trade(5)) == [5]


# --- candles ----------------------------------------------------------------------------------------------------


def candle(minute: int, close: int = 1) -> Candle:
    price = Decimal(close)
    return Candle("BTCUSDT", "1m", minute * MINUTE, price, price, price, price, Decimal(1), False)


def told(heard: Heard, time_ms: int, *rows: Candle) -> list[tuple[int, int, bool]]:
    """(minute, close, whether it is closed) of each candle told."""
    return [(each.open_ms // MINUTE, int(each.close), each.is_closed) for each in heard.candles(rows, time_ms)]


def at(minute: int, seconds: float = 30) -> int:
    return minute * MINUTE + int(seconds * 1000)


def test_of_the_first_snapshot_only_the_running_candle_is_told() -> None:
    assert told(Heard(), at(12), candle(10), candle(11), candle(12, 5)) == [(12, 5, False)]


def test_a_candle_is_closed_by_its_successor_in_the_last_shape_heard() -> None:
    heard = Heard()
    assert told(heard, at(10), candle(10, 5)) == [(10, 5, False)]
    assert told(heard, at(10, 59), candle(10, 6)) == [(10, 6, False)]
    assert told(heard, at(11, 0.5), candle(11, 7)) == [(10, 6, True), (11, 7, False)]


def test_a_message_with_both_has_the_last_shape_itself() -> None:
    heard = Heard()
    told(heard, at(10), candle(10, 5))
    assert told(heard, at(11, 0.5), candle(10, 6), candle(11, 7)) == [(10, 6, True), (11, 7, False)]


def test_a_candle_is_closed_by_time_where_nothing_follows() -> None:
    heard = Heard()
    told(heard, at(10), candle(10, 5))
    assert told(heard, at(11, 0.3), candle(10, 6)) == [(10, 6, False)], "a trade of its last moment may be missing"
    assert told(heard, at(11) - 30_000 + SETTLED_AFTER_MS, candle(10, 7)) == [(10, 7, True)]


def test_a_closed_candle_is_told_once() -> None:
    heard = Heard()
    told(heard, at(10), candle(10))
    assert told(heard, at(11, 5), candle(10)) == [(10, 1, True)]
    assert told(heard, at(11, 6), candle(10, 9)) == []
    assert told(heard, at(11, 7), candle(10), candle(11)) == [(11, 1, False)]
    assert told(heard, at(11, 7), candle(10), candle(11)) == [(11, 1, False)], "a running one may be told again"
    assert told(heard, at(12, 1), candle(12)) == [(11, 1, True), (12, 1, False)]
    assert told(heard, at(12, 1), candle(11)) == [], "a message that was overtaken"


def test_candles_that_were_missed_are_told_as_closed() -> None:
    heard = Heard()
    told(heard, at(10), candle(10))
    heard.interrupted()
    snapshot = [candle(minute, minute) for minute in range(8, 14)]
    assert told(heard, at(13), *snapshot) == [(10, 10, True), (11, 11, True), (12, 12, True), (13, 13, False)]


def test_after_an_interruption_a_candle_is_not_closed_in_a_shape_that_may_be_old() -> None:
    heard = Heard()
    told(heard, at(10), candle(10, 5))
    heard.interrupted()
    assert told(heard, at(11), candle(11, 7)) == [(11, 7, False)]
    assert told(heard, at(12), candle(12, 8)) == [(11, 7, True), (12, 8, False)]


def test_intervals_and_symbols_are_heard_apart() -> None:
    heard = Heard()
    told(heard, at(10), candle(10))
    assert len(heard.candles([structs.replace(candle(11), symbol="ETHUSDT")], at(11))) == 1
    assert len(heard.candles([structs.replace(candle(15), interval="5m")], at(15))) == 1
    heard.forget(Topic("kline", "BTCUSDT", "1m"))
    assert told(heard, at(12), candle(11), candle(12)) == [(12, 1, False)]


def test_nothing_is_told_of_nothing() -> None:
    assert Heard().candles([], at(10)) == []


# --- funding ----------------------------------------------------------------------------------------------------


def rate(time_ms: int, rate: str = "0.0001", next_ms: int = 10**9, mark: int = 5) -> FundingRate:
    return FundingRate("BTCUSDT", Decimal(rate), time_ms, Decimal(rate), next_ms, Decimal(mark))


@pytest.mark.parametrize(
    ("later", "is_news"),
    [
        (rate(1_300), False),
        (rate(1_300, mark=6), False),
        (rate(1_300, rate="0.0002"), True),
        (rate(1_300, next_ms=2 * 10**9), True),
        (rate(1_000 + SPACING_MS), True),
    ],
)
def test_a_mark_price_alone_is_told_once_a_second(later: FundingRate, is_news: bool) -> None:
    heard = Heard()
    assert heard.funding(rate(1_000)) == rate(1_000)
    assert heard.funding(later) == (later if is_news else None)


def test_who_listens_again_hears_at_once() -> None:
    heard = Heard()
    heard.funding(rate(1_000))
    heard.forget(Topic("funding", "BTCUSDT"))
    assert heard.funding(rate(1_100)) == rate(1_100)
