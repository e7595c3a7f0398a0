"""Every candle is told to be closed once, also where the venue forgets to say so or never does."""

from decimal import Decimal

from msgspec import structs

from sansio_exchange.candle_ends import CandleEnds
from sansio_exchange.market import Candle

PRICE = Decimal(100)
FIRST = Candle("BTCUSDT", "1m", 0, PRICE, PRICE, PRICE, PRICE, Decimal(1), False)


def window(number: int, volume: int = 1, *, closed: bool = False) -> Candle:
    return structs.replace(FIRST, open_ms=number * 60_000, volume=Decimal(volume), is_closed=closed)


def tell(*candles: Candle) -> list[Candle]:
    heard = CandleEnds()
    return [told for candle in candles for told in heard.on_candle(candle)]


def test_a_candle_whose_end_is_told_is_told_so_once() -> None:
    story = [window(1), window(1, 2, closed=True), window(2)]
    assert tell(*story) == story


def test_a_candle_that_is_followed_by_the_next_is_closed() -> None:
    assert tell(window(1), window(1, 5), window(2)) == [window(1), window(1, 5), window(1, 5, closed=True), window(2)]


def test_an_end_that_comes_late_has_the_last_word() -> None:
    story = [window(1), window(2), window(1, 7, closed=True), window(2, 3)]
    assert tell(*story) == [window(1), window(1, closed=True), *story[1:]]


def test_nothing_runs_again_after_its_end() -> None:
    assert tell(window(1, closed=True), window(1, 9)) == [window(1, closed=True)]
    assert tell(window(2), window(1)) == [window(2)]


def test_a_candle_of_which_the_end_was_not_seen_is_not_made_up() -> None:
    assert tell(window(1), window(4)) == [window(1), window(4)]
    heard = CandleEnds()
    heard.on_candle(window(1))
    heard.begin_anew()
    assert heard.on_candle(window(2)) == [window(2)]


def test_topics_do_not_mix() -> None:
    other = structs.replace(window(2), symbol="ETHUSDT")
    assert tell(window(1), other) == [window(1), other]


def test_a_candle_that_is_over_is_closed_though_the_venue_never_says_it() -> None:
    heard = CandleEnds()
    assert heard.on_candle(window(1, 5), is_over=True) == [window(1, 5, closed=True)]
    assert heard.on_candle(window(1, 9), is_over=True) == []
    assert heard.on_candle(window(2)) == [window(2)]
    assert heard.on_candle(window(1, 9), is_over=True) == []


def test_what_was_told_is_not_repeated_on_another_socket() -> None:
    heard = CandleEnds()
    heard.on_candle(window(1, 5, closed=True))
    heard.begin_anew()
    assert heard.on_candle(window(1, 5)) == []
    assert heard.on_candle(window(2)) == [window(2)]
    heard.begin_anew()
    assert heard.on_candle(window(2, 3)) == [window(2, 3)]
    assert heard.on_candle(window(3)) == [window(2, 3, closed=True), window(3)], "seen since the socket began"


def test_who_listens_again_begins_with_the_present() -> None:
    heard = CandleEnds()
    heard.on_candle(window(5))
    assert heard.knows("BTCUSDT", "1m")
    heard.forget("BTCUSDT", "1m")
    assert not heard.knows("BTCUSDT", "1m")
    assert heard.on_candle(window(3)) == [window(3)]
    assert heard.on_candle(window(4)) == [window(3, closed=True), window(4)]
