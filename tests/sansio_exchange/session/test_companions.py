"""Public sockets without the session's heartbeat: a topic that never rests accompanies what is wanted of them, and its
data shows that they live."""

from decimal import Decimal

import pytest

from sansio_exchange.commands import Start, Subscribe, Topic, Unsubscribe
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import ConnectionLost, Unreadable
from sansio_exchange.market import BookTicker, Candle
from sansio_exchange.session import Connector
from sansio_exchange.session.sockets import LINGERS
from sansio_exchange.session.subscriptions import Subscriptions
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.venues import DEMO, LOCAL_VENUES, Account
from sansio_exchange.simulation.world import World
from sansio_exchange.venue import ClosesSoon
from sansio_exchange.venues import make_venue
from tests.sansio_exchange.session.fake_exchange import FakeExchange
from tests.sansio_exchange.session.fake_venue import CREDENTIALS, START_MS, TwoPublic
from tests.sansio_exchange.session.stage import Stage, lost

RARE = Topic("kline", "ETHUSDT", "5m")
"""Nobody trades it here."""
MINUTES = Topic("kline", "BTCUSDT", "1m")
SILENT = "nothing heard for 40 s"


@pytest.fixture
def live() -> Stage:
    exchange = FakeExchange()
    exchange.trades = True
    stage = Stage(TwoPublic(), exchange=exchange)
    stage.go_live()
    return stage


def wants(stage: Stage, *topics: Topic) -> Stage:
    for topic in topics:
        command = stage.begin(Subscribe(topic))
        stage.advance(2)
        assert stage.result(command) is None
    stage.advance(1)
    return stage


def carried(stage: Stage) -> set[Topic]:
    """The topics of candles, as the venue has them."""
    return {topic for topics in stage.exchange.topics.values() for topic in topics if topic.kind == "kline"}


def opened(stage: Stage) -> list[str]:
    return [name for name in stage.opened if name.startswith("business")]


def test_a_second_public_socket_that_answers_pings_and_carries_nothing_is_replaced(live: Stage) -> None:
    wants(live, RARE)
    live.exchange.trades = False
    live.advance(41)
    assert [each.reason for each in lost(live)] == [SILENT]
    live.exchange.trades = True
    live.advance(3600)
    assert opened(live) == ["business#1", "business#2"]
    assert carried(live) == {RARE, MINUTES}
    assert live.is_live()


def test_it_is_replaced_until_it_carries_something(live: Stage) -> None:
    wants(live, RARE)
    live.exchange.trades = False
    live.advance(200)
    assert [each.reason for each in lost(live)] == [SILENT] * 4


def test_a_symbol_that_nobody_trades_is_no_reason_to_replace_its_socket(live: Stage) -> None:
    wants(live, RARE)
    assert carried(live) == {RARE, MINUTES}
    live.advance(3600)
    assert lost(live) == []


def test_a_socket_of_which_nothing_is_wanted_is_not_asked_for_anything(live: Stage) -> None:
    wants(live, RARE)
    live.begin(Unsubscribe(RARE))
    live.advance(1)
    assert carried(live) == set()
    live.advance(3600)
    assert lost(live) == []
    live.cut("business")
    live.advance(60)
    assert opened(live) == ["business#1"]
    live.exchange.trades = False
    wants(live, RARE)
    live.advance(41)
    assert lost(live)[-1].reason == SILENT


def test_who_comes_after_long_has_the_full_time(live: Stage) -> None:
    wants(live, RARE)
    live.begin(Unsubscribe(RARE))
    live.advance(39)
    live.exchange.trades = False
    wants(live, RARE)
    live.advance(36)
    assert lost(live) == []


def test_minutes_of_the_heartbeats_symbol_serve_themselves(live: Stage) -> None:
    wants(live, MINUTES)
    assert carried(live) == {MINUTES}
    wants(live, MINUTES, RARE)
    for topic in (MINUTES, MINUTES, RARE):
        assert MINUTES in carried(live)
        live.begin(Unsubscribe(topic))
        live.advance(1)
    assert carried(live) == set()


def test_who_did_not_want_the_companion_cannot_end_it(live: Stage) -> None:
    wants(live, RARE)
    live.begin(Unsubscribe(MINUTES))
    live.advance(1)
    assert carried(live) == {RARE, MINUTES}


def test_the_socket_of_the_heartbeat_needs_no_company(live: Stage) -> None:
    wants(live, Topic("price", "ETHUSDT"))
    assert {(topic.kind, topic.symbol) for topics in live.exchange.topics.values() for topic in topics} == {
        ("funding", "BTCUSDT"),
        ("price", "ETHUSDT"),
    }


def test_where_the_venue_refuses_the_companion_pongs_show_that_the_socket_lives(live: Stage) -> None:
    live.exchange.refused = {"BTCUSDT"}
    wants(live, RARE)
    assert carried(live) == {RARE}
    assert [each.reason for each in live.events if isinstance(each, Unreadable)] == [
        "kline BTCUSDT 1m was refused: BTCUSDT"
    ]
    live.advance(3600)
    assert lost(live) == []
    live.exchange.goes_silent("business")
    live.exchange.refused.clear()
    live.advance(50)
    assert lost(live)[0].reason == SILENT
    assert carried(live) == {RARE, MINUTES}, "the next socket is asked once more"


def test_a_companion_that_is_refused_on_a_later_socket_is_not_waited_for(live: Stage) -> None:
    wants(live, RARE)
    live.exchange.refused = {"BTCUSDT"}
    live.cut("business")
    live.advance(3600)
    assert opened(live) == ["business#1", "business#2"]
    assert carried(live) == {RARE}


def test_a_topic_that_is_refused_leaves_no_companion_behind(live: Stage) -> None:
    live.exchange.refused = {"ETHUSDT"}
    command = live.begin(Subscribe(RARE))
    live.advance(3)
    assert isinstance(live.error(command), ExchangeError)
    assert carried(live) == set()


def test_who_is_refused_the_companions_topic_leaves_none_behind(live: Stage) -> None:
    live.exchange.refused = {"BTCUSDT"}
    command = live.begin(Subscribe(MINUTES))
    live.advance(3)
    assert isinstance(live.error(command), ExchangeError)
    live.exchange.refused.clear()
    live.cut("business")
    live.advance(60)
    assert opened(live) == ["business#1"]


def test_a_successor_is_judged_by_data_too(live: Stage) -> None:
    wants(live, RARE)
    live.exchange.say("business", ClosesSoon("an upgrade"))
    live.advance(LINGERS + 1)
    assert live.conns("business") == ["business#2"]
    assert carried(live) == {RARE, MINUTES}
    live.exchange.trades = False
    live.advance(41)
    assert [each.reason for each in lost(live)] == [SILENT]
    live.begin(Unsubscribe(RARE))
    live.advance(60)
    assert carried(live) == set()


def test_a_wish_that_ends_while_a_successor_comes_takes_the_companion_with_it(live: Stage) -> None:
    wants(live, RARE)
    live.rules["business/subscribe"] = "hold"
    live.exchange.say("business", ClosesSoon("an upgrade"))
    live.advance(1)
    live.begin(Unsubscribe(RARE))
    live.release()
    live.advance(LINGERS + 1)
    assert live.conns("business") == ["business#2"]
    assert carried(live) == set()
    live.advance(3600)
    assert lost(live) == []


def test_candles_that_only_the_session_wanted_are_told_and_those_missed_are_not_asked_for(live: Stage) -> None:
    wants(live, RARE)
    assert any(isinstance(event, Candle) for event in live.events), "whoever distributes them knows who wants them"
    live.rules["business"] = "refuse"
    live.cut("business")
    live.advance(200)
    live.rules.clear()
    live.advance(120)
    assert "/klines" not in live.sent
    wants(live, MINUTES)
    live.rules["business"] = "refuse"
    live.cut("business")
    live.advance(200)
    live.rules.clear()
    live.advance(60)
    assert "/klines" in live.sent, "now somebody does"


def test_candles_on_a_socket_that_carries_no_topics_are_told_and_nothing_more(live: Stage) -> None:
    one = Decimal(1)
    strange = Candle("BTCUSDT", "1m", live.exchange.now_ms, one, one, one, one, one, is_closed=False)
    live.exchange.say("trade", strange)
    live.settle()
    assert strange in live.events


def test_candles_heard_before_somebody_wanted_them_are_no_gap(live: Stage) -> None:
    wants(live, MINUTES)
    live.begin(Unsubscribe(MINUTES))
    one = Decimal(1)
    late = Candle("BTCUSDT", "1m", live.exchange.now_ms // 60_000 * 60_000, one, one, one, one, one, is_closed=False)
    live.exchange.say("business", late)
    live.advance(600)
    live.sent.clear()
    wants(live, MINUTES)
    assert "/klines" not in live.sent


def test_another_sockets_subscriptions_have_the_same_company() -> None:
    before = Subscriptions("business")
    before.want(RARE, None)
    before.accompany(MINUTES)
    after = before.anew()
    frame = after.next_frame(0.0)
    assert frame == ("business-1", True, (RARE, MINUTES))
    after.acknowledged("business-1", None)
    assert after.is_accompanied
    after.take_over(before)
    assert not after.is_wanted(MINUTES)
    after.disconnected()
    assert [each.is_accompanied for each in (before, after)] == [False, False]
    after.forget(RARE)
    assert len(after) == 0


@pytest.mark.parametrize(
    ("name", "topic", "pace"),
    [
        ("binance", Topic("book", "SOLUSDT"), 0.5),
        ("okx", Topic("kline", "SOLUSDT", "1h"), 0.5),
        ("okx", Topic("kline", "SOLUSDT", "1h"), 0.0),
    ],
)
def test_a_quiet_market_is_no_reason_to_replace_a_venues_sockets(name: str, topic: Topic, pace: float) -> None:
    kind = LOCAL_VENUES[name]
    rules = [each for each in kind.rules() if each.symbol in ("BTCUSDT", "SOLUSDT")]
    exchange = SimulatedExchange(rules, seed=3, start_ms=START_MS, pace=pace, customs=kind.customs)
    exchange.open_account(DEMO, Decimal(1000))
    connector = Connector(make_venue(name), CREDENTIALS, session="s", seed=1, past_is_known=True)
    events: list[object] = []
    machine = kind.make(exchange, Account(DEMO, DEMO, DEMO), 1, None)
    world = World(connector, machine, seed=1, on_event=events.append)
    world.ask(Start(), timeout=60)
    world.ask(Subscribe(topic))
    world.run_until(1800)
    assert [event for event in events if isinstance(event, ConnectionLost | Unreadable)] == []
    told = {event.symbol for event in events if isinstance(event, Candle | BookTicker)}
    assert "BTCUSDT" in told, "the companion"
