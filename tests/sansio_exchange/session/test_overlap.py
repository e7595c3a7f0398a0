"""Two sockets that carry the same for a moment; see test_succession.py for the whole of it."""

from decimal import Decimal

from msgspec.structs import replace

from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.session.overlap import HELD, MarketEvent, Overlap

ONE = Decimal(1)
RUNNING = Candle("BTCUSDT", "1m", 60_000, ONE, ONE, ONE, ONE, volume=Decimal(5), is_closed=False)
CLOSED = replace(RUNNING, volume=Decimal(6), is_closed=True)
BOOK = BookTicker("BTCUSDT", ONE, ONE, ONE, ONE, time_ms=7)
RATE = FundingRate("BTCUSDT", ONE, time_ms=7)


def price(number: int, time_ms: int) -> PriceChange:
    return PriceChange("BTCUSDT", Decimal(number), time_ms)


def test_trades_of_the_same_millisecond_are_told_apart() -> None:
    overlap = Overlap({})
    assert overlap.is_to_be_told(price(1, 7))
    for number in (1, 2):
        overlap.hold(price(number, 7))
    assert overlap.take_over() == [price(2, 7)]
    assert not overlap.is_to_be_told(price(2, 7))
    assert not overlap.is_to_be_told(price(1, 7))
    assert overlap.is_to_be_told(price(3, 7))


def test_a_price_that_was_told_before_is_not_told_again_by_a_subscription_that_begins_with_it() -> None:
    before = {"BTCUSDT": price(2, 7)}
    overlap = Overlap(before)
    for number, time_ms in ((1, 6), (2, 7), (3, 7)):
        overlap.hold(price(number, time_ms))
    overlap.hold(replace(price(1, 6), symbol="ETHUSDT"))
    assert overlap.take_over() == [price(3, 7), replace(price(1, 6), symbol="ETHUSDT")]
    late = Overlap(before)
    assert late.take_over() == []
    assert not late.is_to_be_told(price(2, 7))


def test_a_candle_that_was_told_as_closed_does_not_run_again() -> None:
    overlap = Overlap({})
    assert overlap.is_to_be_told(CLOSED)
    overlap.hold(RUNNING)
    assert overlap.take_over() == []
    assert not overlap.is_to_be_told(RUNNING)
    assert overlap.is_to_be_told(replace(RUNNING, open_ms=120_000))


def test_a_candle_that_only_the_successor_has_seen_closed_is_told_as_closed() -> None:
    overlap = Overlap({})
    assert overlap.is_to_be_told(RUNNING)
    overlap.hold(CLOSED)
    assert overlap.take_over() == [CLOSED]


def test_kinds_symbols_and_intervals_have_nothing_to_do_with_each_other() -> None:
    overlap = Overlap({})
    assert overlap.is_to_be_told(price(1, 9))
    others: list[MarketEvent] = [
        BOOK,
        replace(BOOK, symbol="ETHUSDT"),
        RATE,
        RUNNING,
        replace(RUNNING, interval="5m", open_ms=0),
    ]
    for event in others:
        overlap.hold(event)
    assert overlap.take_over() == others


def test_until_the_successor_takes_over_the_present_one_is_told_whatever_it_says() -> None:
    overlap = Overlap({})
    said: list[MarketEvent] = [replace(RUNNING, open_ms=120_000), CLOSED, BOOK, BOOK]
    for event in said:
        assert overlap.is_to_be_told(event)


def test_of_a_successor_that_takes_long_the_newest_is_kept() -> None:
    overlap = Overlap({})
    for number in range(HELD + 5):
        overlap.hold(price(1, number))
    assert [event.time_ms for event in overlap.take_over() if isinstance(event, PriceChange)] == [*range(5, HELD + 5)]


def test_what_a_successor_said_that_was_given_up_is_not_told_with_the_next_one() -> None:
    overlap = Overlap({})
    overlap.hold(price(1, 1))
    overlap.forget_held()
    overlap.hold(price(3, 3))
    assert overlap.take_over() == [price(3, 3)]
