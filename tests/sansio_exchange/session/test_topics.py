"""From Subscribe to the venue's word and the first price (who wants what: test_subscriptions)."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from sansio_exchange.commands import Subscribe, Topic, Unsubscribe
from sansio_exchange.errors import DeadlineExceeded, InvalidRequest, RequestRejected
from sansio_exchange.market import PriceChange
from sansio_exchange.session.subscriptions import ASK_AGAIN_AFTER
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, lost, upstream

BTC = Topic("price", "BTCUSDT")


ETH = Topic("price", "ETHUSDT")


def test_subscribe_waits_for_the_venues_word(live: Stage) -> None:
    live.exchange.acknowledges = False
    command = live.begin(Subscribe(BTC))
    live.advance(1)
    assert command not in live.answers
    assert BTC in upstream(live)
    live.exchange.acknowledges = True
    live.cut("public")
    live.advance(2)
    assert live.result(command) is None


def test_a_price_reaches_the_subscriber(live: Stage) -> None:
    live.begin(Subscribe(BTC))
    live.advance(1)
    price = PriceChange("BTCUSDT", Decimal(100), 1)
    live.events.clear()
    live.exchange.say("public", price)
    live.settle()
    assert price in live.events


def test_topics_are_asked_for_again_after_a_reconnect(live: Stage) -> None:
    for topic in (BTC, ETH):
        live.begin(Subscribe(topic))
    live.advance(1)
    live.cut("public")
    assert upstream(live) == set()
    live.advance(2)
    assert upstream(live) == {BTC, ETH, Topic("funding", "BTCUSDT")}


def test_the_last_unsubscribe_ends_a_topic(live: Stage) -> None:
    for _ in range(2):
        live.begin(Subscribe(BTC))
    live.advance(1)
    live.ask(Unsubscribe(BTC))
    live.advance(1)
    assert BTC in upstream(live)
    live.ask(Unsubscribe(Topic("price", "BTC-USDT")))
    live.advance(1)
    assert BTC not in upstream(live)


def test_a_refused_topic_ends_subscribe_and_costs_no_other(live: Stage) -> None:
    live.exchange.refused = {"ETHUSDT"}
    live.advance(0.1)
    commands = [live.begin(Subscribe(topic)) for topic in (BTC, ETH)]
    live.advance(3)
    assert live.result(commands[0]) is None
    assert isinstance(live.error(commands[1]), RequestRejected)
    live.exchange.refused.clear()
    again = live.begin(Subscribe(ETH))
    live.advance(1)
    assert live.result(again) is None


def test_an_open_topic_that_is_refused_for_a_moment_after_a_reconnect_flows_again(live: Stage) -> None:
    live.ask(Subscribe(ETH))
    live.exchange.refused = {"ETHUSDT"}
    live.cut("public")
    live.advance(5)
    assert ETH not in upstream(live)
    live.exchange.refused.clear()
    live.advance(ASK_AGAIN_AFTER)
    assert ETH in upstream(live)


class OneByOne(FakeVenue):
    """A venue whose frames hold one topic each."""

    def acknowledgements(self, topics: Sequence[Topic]) -> int:
        return len(topics)

    def subscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> Sequence[str]:
        return [str(super(OneByOne, self).subscribe_frame(frame_id, [topic])) for topic in topics]


def test_topics_may_go_out_in_several_frames_under_one_id() -> None:
    stage = Stage(OneByOne())
    stage.go_live()
    commands = [stage.begin(Subscribe(topic)) for topic in (BTC, ETH)]
    stage.advance(1)
    assert [stage.result(command) for command in commands] == [None, None]
    assert {BTC, ETH} <= upstream(stage)


def test_a_subscriber_that_gave_up_is_not_counted(live: Stage) -> None:
    live.exchange.acknowledges = False
    timed_out = live.begin(Subscribe(BTC), timeout=0.5)
    live.abandon(live.begin(Subscribe(BTC)))
    live.advance(2)
    assert isinstance(live.error(timed_out), DeadlineExceeded)
    assert BTC not in upstream(live)


def test_a_subscription_that_is_never_answered_replaces_the_socket(live: Stage) -> None:
    live.exchange.acknowledges = False
    command = live.begin(Subscribe(BTC), timeout=60)
    live.advance(9)
    live.exchange.acknowledges = True
    live.advance(3)
    assert "subscription" in lost(live)[0].reason
    assert live.result(command) is None


def test_what_cannot_be_subscribed_is_refused_here(live: Stage) -> None:
    for topic in (Topic("price", "NOPE"), Topic("kline", "BTCUSDT", "7m")):
        with pytest.raises(InvalidRequest):
            live.ask(Subscribe(topic))
