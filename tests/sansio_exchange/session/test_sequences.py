"""What a venue numbers is missed when a number is left out: told, counted, and subscribed anew."""

from decimal import Decimal

from sansio_exchange.commands import Subscribe, Topic, Unsubscribe
from sansio_exchange.machine import SequenceGap
from sansio_exchange.market import PriceChange
from sansio_exchange.session.sequences import RENEW_SPACING, Sequences
from tests.sansio_exchange.session.stage import Stage, upstream

BTC = Topic("price", "BTCUSDT")


def price(sequence: int, symbol: str = "BTCUSDT") -> PriceChange:
    return PriceChange(symbol, Decimal(100), time_ms=1, sequence=sequence)


def missing(*numbers: int) -> list[int]:
    sequences = Sequences()
    return [sequences.missing(price(number)) for number in numbers]


def test_in_order_nothing_is_missing() -> None:
    assert missing(7, 8, 9) == [0, 0, 0]


def test_numbers_left_out_are_counted() -> None:
    assert missing(7, 10, 11) == [0, 2, 0]


def test_what_comes_again_or_late_is_no_gap() -> None:
    assert missing(7, 7, 6, 8) == [0, 0, 0, 0]


def test_a_venue_that_counts_nothing_misses_nothing() -> None:
    assert missing(0, 0, 5, 0, 6) == [0] * 5


def test_each_symbol_counts_for_itself_and_each_subscription_anew() -> None:
    sequences = Sequences()
    sequences.missing(price(7))
    assert sequences.missing(price(1, "ETHUSDT")) == 0
    sequences.forget("BTCUSDT")
    assert sequences.missing(price(90)) == 0
    sequences.forget()
    assert sequences.missing(price(5, "ETHUSDT")) == 0


def gaps(stage: Stage) -> list[SequenceGap]:
    return [event for event in stage.events if isinstance(event, SequenceGap)]


def hear(stage: Stage, *numbers: int) -> None:
    for number in numbers:
        stage.exchange.say("public", price(number))
        stage.settle()


def test_a_gap_is_told_and_the_topic_subscribed_anew(live: Stage) -> None:
    live.begin(Subscribe(BTC))
    hear(live, 1, 2, 5)
    assert gaps(live) == [SequenceGap(BTC, 2)]
    live.advance(1)
    assert BTC in upstream(live)
    hear(live, 100, 101)
    assert len(gaps(live)) == 1, "it begins anew"
    assert live.begin(Subscribe(BTC)) in live.answers


def test_a_venue_that_skips_numbers_does_not_keep_us_busy(live: Stage) -> None:
    live.begin(Subscribe(BTC))
    hear(live, 1, 3)
    live.advance(1)
    hear(live, 5, 7, 9)
    live.advance(1)
    assert len(gaps(live)) == 3, "each is told"
    assert BTC in upstream(live)
    sent = [text for text in map(str, live.effects) if "public-" in text and "BTCUSDT" in text]
    live.advance(RENEW_SPACING)
    hear(live, 20)
    live.advance(1)
    again = [text for text in map(str, live.effects) if "public-" in text and "BTCUSDT" in text]
    assert len(again) == len(sent) + 2, "ended and asked for once more, after a while"


def test_who_leaves_while_it_is_subscribed_anew_ends_it(live: Stage) -> None:
    live.begin(Subscribe(BTC))
    hear(live, 1, 3)
    live.begin(Unsubscribe(BTC))
    live.advance(3)
    assert BTC not in upstream(live)


def test_another_socket_counts_anew(live: Stage) -> None:
    live.begin(Subscribe(BTC))
    hear(live, 1)
    live.cut("public")
    live.advance(30)
    hear(live, 50)
    assert gaps(live) == []
