"""Starting, staying live, topics, credentials, and venues that talk nonsense."""

import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.commands import (
    Credentials,
    FetchExchangeInfo,
    GetAccount,
    GetSymbolInfo,
    GetSymbols,
    PlaceOrder,
    ReplaceCredentials,
    Start,
    Subscribe,
    Topic,
    Unsubscribe,
)
from sansio_exchange.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    InvalidRequest,
    NotConnected,
    PermissionDenied,
    RequestRejected,
    UnexpectedReply,
    UnknownSymbol,
)
from sansio_exchange.machine import (
    Abandon,
    CloseWs,
    Command,
    ConnectionLost,
    HttpFailed,
    HttpReply,
    OpenWs,
    Publish,
    Tick,
    Unreadable,
    WsClosed,
    WsMessage,
    WsOpened,
    WsPong,
)
from sansio_exchange.market import FundingRate, PriceChange
from sansio_exchange.orders import OrderStatus
from sansio_exchange.session.recovery import HELD_AT_MOST
from sansio_exchange.venue import CONNECTIONS, Budget, SessionExpired, Socket
from tests.sansio_exchange.session.fake_venue import Answered, FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit

BTC = Topic("price", "BTCUSDT")
ETH = Topic("price", "ETHUSDT")


@pytest.fixture
def live() -> Stage:
    stage = Stage()
    stage.go_live()
    return stage


def lost(stage: Stage) -> list[ConnectionLost]:
    return [event for event in stage.events if isinstance(event, ConnectionLost)]


def upstream(stage: Stage) -> set[Topic]:
    return {topic for topics in stage.exchange.topics.values() for topic in topics}


# --- start --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", [False, True])
def test_start_completes_when_the_venue_is_live(login: bool) -> None:
    stage = Stage(FakeVenue(login=login))
    command = stage.begin(Start())
    stage.advance(2)
    assert stage.result(command) is None
    assert stage.is_live()
    assert {name.split("#")[0] for name in stage.opened} == {"private", "trade", "public"}


def test_start_again_while_starting_and_while_live_is_harmless() -> None:
    stage = Stage()
    first, second = stage.begin(Start()), stage.begin(Start())
    stage.advance(2)
    assert stage.result(first) is stage.result(second) is None
    assert stage.ask(Start()) is None
    assert stage.sent.count("/symbols") == 1


def test_a_wrong_key_ends_start_with_authentication_failed() -> None:
    stage = Stage(credentials=Credentials("nobody", "x"))
    with pytest.raises(AuthenticationFailed):
        stage.ask(Start())
    assert stage.opened == []


def test_after_a_failed_start_another_may_succeed() -> None:
    stage = Stage()
    stage.rules["/symbols"] = "refuse"
    with pytest.raises(NotConnected):
        stage.ask(Start())
    stage.rules.clear()
    stage.go_live()


@pytest.mark.parametrize(
    ("silent", "lacks"),
    [("/time", "clock"), ("/symbols", "symbols"), ("/check", "credentials"), ("private", "private socket is opening")],
)
def test_a_silent_venue_ends_start_naming_what_lacks(silent: str, lacks: str) -> None:
    stage = Stage()
    stage.rules[silent] = "hold"
    command = stage.begin(Start(), timeout=3)
    stage.advance(3)
    error = stage.error(command)
    assert isinstance(error, DeadlineExceeded)
    assert lacks in error.message
    assert "not live" in error.message


def test_a_market_without_data_is_not_live() -> None:
    stage = Stage()
    stage.exchange.beats = False
    command = stage.begin(Start(), timeout=5)
    stage.advance(5)
    assert "no market data" in stage.error(command).message


def test_a_start_given_up_while_loading_does_not_block_the_next() -> None:
    stage = Stage()
    stage.rules["/symbols"] = "hold"
    stage.abandon(stage.begin(Start()))
    timed_out = stage.begin(Start(), timeout=1)
    stage.advance(1)
    assert isinstance(stage.error(timed_out), DeadlineExceeded)
    stage.rules.clear()
    stage.go_live()


def test_before_start_only_start_is_answered() -> None:
    stage = Stage()
    for action in (GetSymbols(), GetAccount(), Subscribe(BTC)):
        with pytest.raises(NotConnected):
            stage.ask(action)


def test_symbols_are_answered_from_the_table(live: Stage) -> None:
    assert live.ask(GetSymbols()) == ("BTCUSDT", "ETHUSDT")
    assert live.ask(GetSymbolInfo("ETH-USDT")).symbol == "ETHUSDT"
    assert live.sent == []
    assert live.ask(FetchExchangeInfo("BTCUSDT")) is None
    with pytest.raises(UnknownSymbol):
        live.ask(FetchExchangeInfo("GONEUSDT"))


def test_a_command_id_in_use_is_our_own_mistake(live: Stage) -> None:
    live.rules["/account"] = "hold"
    live.feed(Command(99, GetAccount()))
    with pytest.raises(ValueError, match="99"):
        live.feed(Command(99, GetAccount()))


# --- sockets ------------------------------------------------------------------------------------------------------


def test_a_market_that_falls_silent_is_replaced_and_not_live_meanwhile(live: Stage) -> None:
    live.rules["public"] = "refuse"
    hear, live.exchange._hear = live.exchange._hear, lambda conn, data: None  # type: ignore[method-assign]
    live.exchange.beats = False
    live.advance(12)
    assert not live.is_live()
    assert any(each.reason == "nothing heard for 10 s" for each in lost(live))
    live.rules.clear()
    live.exchange._hear = hear  # type: ignore[method-assign]
    live.exchange.beats = True
    live.advance(40)
    assert live.is_live()


def test_answers_and_pongs_do_not_pass_for_market_data(live: Stage) -> None:
    live.exchange.beats = False
    for _ in range(4):
        live.exchange.say("public", b"pong")
        live.exchange.say("public", b"<html>")
        live.begin(Subscribe(Topic("book", "ETHUSDT")))
        live.advance(3)
    assert lost(live)[0].reason == "nothing heard for 10 s"
    assert not live.is_live()


def test_a_private_socket_that_answers_no_pings_is_replaced(live: Stage) -> None:
    live.advance(300)
    assert lost(live) == [], "silence is normal there as long as the other end lives"
    live.rules["private/ping"] = "lose"
    live.advance(61)
    assert lost(live)[0].reason == "nothing heard for 60 s"


def test_a_trade_before_the_first_heartbeat_is_market_data_too_and_trades_are_then_let_go() -> None:
    stage = Stage()
    stage.exchange.beats = False
    stage.begin(Start())
    stage.advance(2)
    assert not stage.is_live()
    assert Topic("price", "BTCUSDT") in upstream(stage)
    stage.feed(WsMessage(stage.conn("public"), msgspec.json.encode(PriceChange("BTCUSDT", Decimal(100), 1))))
    assert stage.is_live()
    stage.advance(1)
    assert upstream(stage) == {Topic("funding", "BTCUSDT")}


def test_a_handshake_that_nobody_answers_is_given_up_and_tried_again() -> None:
    stage = Stage()
    stage.rules["private"] = "hold"
    stage.begin(Start(), timeout=100)
    stage.advance(20)
    assert [name for name in stage.opened if name.startswith("private")] == ["private#1", "private#2"]
    assert any(isinstance(effect, CloseWs) and effect.conn == "private#1" for effect in stage.effects)


def test_attempts_during_a_ban_do_not_pile_up(live: Stage) -> None:
    refuse = b'{"error":"RateLimited","retry_after":200}'
    live.rules["/listen_key"] = lambda request: HttpReply(request.request_id, 429, {}, refuse)
    live.cut("private")
    live.advance(1)
    live.rules.clear()
    live.sent.clear()
    live.advance(300)
    assert live.is_live()
    assert live.sent.count("/listen_key") == 1


def test_no_more_sockets_are_opened_at_once_than_the_venue_allows() -> None:
    stage = Stage(FakeVenue(budgets=[Budget("weight", 1000, 60), Budget(CONNECTIONS, 2, 1.0)]))
    stage.begin(Start())
    stage.advance(0.5)
    assert len(stage.opened) == 2
    stage.advance(1.5)
    assert len(stage.opened) == 3
    assert stage.is_live()


def test_a_login_that_is_refused_is_tried_again() -> None:
    stage = Stage(FakeVenue(login=True))
    stage.go_live()
    stage.exchange.keys = {"other"}
    stage.cut("private")
    stage.advance(5)
    assert any("no such key" in each.reason for each in lost(stage))
    assert not stage.is_live()
    stage.exchange.keys = {"demo"}
    stage.advance(60)
    assert stage.is_live()


class ThreeChannels(FakeVenue):
    """A venue whose private channels are asked for one by one."""

    def private_frames(self, frame_id: str) -> Sequence[str]:
        return (*super().private_frames(frame_id),) * 3


def test_the_private_socket_is_live_when_all_that_it_asked_for_was_acknowledged() -> None:
    stage = Stage(ThreeChannels(login=True))
    stage.exchange.acknowledges = False
    stage.begin(Start(), timeout=30)
    stage.settle()
    for answers in range(3):
        assert not stage.is_live(), f"after {answers} of 3 answers"
        stage.exchange.say("private", Answered("private-1"))
        stage.settle()
    stage.exchange.acknowledges = True
    stage.advance(5)
    assert stage.is_live()


def test_the_private_socket_is_replaced_when_one_of_its_channels_is_refused() -> None:
    stage = Stage(ThreeChannels(login=True))
    stage.exchange.acknowledges = False
    stage.begin(Start(), timeout=30)
    stage.settle()
    stage.exchange.say("private", Answered("private-1"))
    stage.exchange.say("private", Answered("private-1", "no such channel"))
    stage.settle()
    assert not stage.is_live()
    assert "no such channel" in lost(stage)[0].reason


def test_an_expired_session_is_opened_anew(live: Stage) -> None:
    live.exchange.say("private", SessionExpired("listen key expired"))
    live.settle()
    assert not live.is_live()
    live.advance(2)
    assert live.is_live()
    assert live.sent.count("/listen_key") == 1
    assert lost(live)[0].reason == "listen key expired"


def test_the_session_is_renewed_and_a_renewal_without_answer_is_tried_again(live: Stage) -> None:
    live.rules["/listen_key"] = "lose"
    live.advance(1801)
    assert live.sent.count("/listen_key") == 1
    live.rules.clear()
    live.advance(61)
    assert live.sent.count("/listen_key") == 2
    assert lost(live) == []


def test_a_renewal_that_is_refused_opens_the_session_anew(live: Stage) -> None:
    refuse = HttpReply(0, 400, {}, b'{"error":"RequestRejected","message":"no such listen key"}')
    live.rules["/listen_key"] = lambda request: HttpReply(request.request_id, 400, {}, refuse.body)
    live.advance(1801)
    assert "no such listen key" in lost(live)[0].reason
    live.rules.clear()
    live.advance(30)
    assert live.is_live()


def test_late_input_of_dead_connections_is_ignored(live: Stage) -> None:
    old = {role: live.conn(role) for role in ("private", "trade", "public")}
    for role in old:
        live.cut(role)
    live.advance(5)
    assert live.is_live()
    for name in [*old.values(), "private#99", "nonsense", ""]:
        for item in (
            WsOpened(name),
            WsMessage(name, b"{"),
            WsMessage(name, b"\xff"),
            WsPong(name),
            WsClosed(name, "late"),
        ):
            assert live.feed(item) == []
    for late in (HttpReply(1, 200, {}, b"{}"), HttpFailed(2, True, "late"), HttpReply(9999, 500, {}, b""), Abandon(1)):
        assert live.feed(late) == []
    assert live.is_live()


def test_a_tick_out_of_turn_changes_nothing(live: Stage) -> None:
    before = live.connector.deadline()
    for _ in range(3):
        assert live.feed(Tick()) == []
        assert live.connector.deadline() == before


def test_the_order_entry_sockets_calls_fail_over_when_it_is_lost(live: Stage) -> None:
    live.rules["trade/place"] = "hold"
    command = live.begin(PlaceOrder(limit("a")), timeout=60)
    live.cut("trade")
    live.advance(30)
    assert command in live.answers, "cleared up by asking"


def test_the_venues_clock_is_measured_from_time_to_time(live: Stage) -> None:
    live.advance(1300)
    assert live.sent.count("/time") == 2


# --- topics -------------------------------------------------------------------------------------------------------


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


def test_a_socket_is_opened_with_the_headers_that_the_venue_wants() -> None:
    stage = Stage(FakeVenue(sockets={**FakeVenue().sockets, "private": Socket("private", headers={"X-Sizes": "text"})}))
    stage.go_live()
    opened = {effect.conn.split("#")[0]: effect.headers for effect in stage.effects if isinstance(effect, OpenWs)}
    assert opened["private"] == {"X-Sizes": "text"}
    assert opened["public"] == {}


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


# --- credentials --------------------------------------------------------------------------------------------------


def test_a_new_key_is_used_from_now_on(live: Stage) -> None:
    live.exchange.keys = {"demo", "new"}
    assert live.ask(ReplaceCredentials(Credentials("new", "x"))) is None
    live.exchange.keys = {"new"}
    live.advance(3)
    assert live.is_live()
    assert live.opened.count("private#2") == live.opened.count("trade#2") == 1
    assert live.ask(PlaceOrder(limit("a"))).order_id == 1


def test_a_key_that_the_venue_refuses_is_not_taken(live: Stage) -> None:
    with pytest.raises(AuthenticationFailed):
        live.ask(ReplaceCredentials(Credentials("wrong", "x")))
    assert live.is_live()
    assert lost(live) == []
    assert live.ask(PlaceOrder(limit("a"))).order_id == 1


def test_a_key_of_another_account_is_not_taken_while_orders_work(live: Stage) -> None:
    """They would be taken for ended."""
    live.exchange.keys = {"demo", "new"}
    live.ask(PlaceOrder(limit("a")))
    live.rules["/order"] = lambda request: HttpReply(
        request.request_id, 200, {}, b'{"error": "OrderNotFound", "message": "no such order"}'
    )
    with pytest.raises(PermissionDenied, match="another account"):
        live.ask(ReplaceCredentials(Credentials("new", "x")))
    live.rules.clear()
    live.ask(ReplaceCredentials(Credentials("new", "x")))
    live.advance(60)
    assert [update.order.status for update in live.updates] == [OrderStatus.NEW]


# --- nonsense -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["public", "private", "trade"])
def test_what_cannot_be_read_is_told_and_harms_nothing(live: Stage, role: str) -> None:
    for data in (b"", b"{", b"<html>", b"[" * 100_000, b'{"type":"OrderUpdate"}', b"null", b"\xff\xfe"):
        live.exchange.say(role, data)
        live.settle()
    assert sum(isinstance(event, Unreadable) for event in live.events) >= 7
    live.advance(20)
    assert live.is_live()
    assert lost(live) == []


def test_a_decoder_that_raises_does_not_end_the_process(live: Stage) -> None:
    def broken(role: str, data: bytes) -> list[object]:
        raise KeyError("x")

    live.venue.decode = broken  # type: ignore[method-assign,assignment]
    effects = live.feed(WsMessage(live.conn("public"), b"anything"))
    assert effects == [Publish(Unreadable("public", "KeyError", "anything"))]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"ok":', b'{"ok":{}}', b'{"ok":[1]}', b'{"ok":null}', b"[" * 100_000]
)
def test_a_reply_that_cannot_be_read_is_an_unexpected_reply(live: Stage, body: bytes) -> None:
    live.rules["/account"] = lambda request: HttpReply(request.request_id, 200, {"used": "many"}, body)
    with pytest.raises(UnexpectedReply):
        live.ask(GetAccount())


@given(st.lists(st.tuples(st.sampled_from(["public", "private", "trade"]), st.binary(max_size=30)), max_size=20))
def test_garbage_on_any_socket_never_raises(messages: list[tuple[str, bytes]]) -> None:
    stage = Stage()
    stage.go_live()
    for role, data in messages:
        stage.feed(WsMessage(stage.conn(role), data))


# --- time and memory ----------------------------------------------------------------------------------------------


def test_nothing_is_left_of_what_is_done(live: Stage) -> None:
    for n in range(50):
        live.ask(PlaceOrder(limit(f"{n}")))
        live.exchange.end(n + 1)
        live.begin(Subscribe(ETH))
        live.advance(0.3)
        live.ask(Unsubscribe(ETH))
        live.ask(GetAccount(), timeout=1e9)
    live.advance(10)
    calls = live.connector._calls
    assert calls.pending() == 0
    assert len(calls._timers) == 0
    assert not live.connector._asked
    assert not live.connector._ledger.awaited()
    assert len(live.connector._sockets._by_name) == 3


def test_too_many_held_updates_begin_the_private_socket_anew(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a", quantity="500")))
    live.rules["/open_orders"] = "hold"
    live.cut("private")
    live.advance(1)
    update = live.exchange.fill(1, "0.001")
    live.settle()
    live.rules["/open_orders"] = ""
    for _ in range(HELD_AT_MOST + 1):
        live.exchange.say("private", update)
    live.settle()
    live.advance(5)
    assert live.is_live()
    assert [each.fill.trade_id for each in live.updates if each.fill] == ["1"]
    assert any("too many" in each.reason for each in lost(live))


def test_only_a_healthy_start_gives_a_deadline() -> None:
    assert Stage().connector.deadline() is None


DETERMINISM = """
from tests.sansio_exchange.session.test_connector import play
print(play())
"""


def play() -> str:
    """Everything a session says in a rough hour."""
    stage = Stage(seed=7)
    stage.go_live()
    for n in range(6):
        stage.begin(PlaceOrder(limit(f"{n}")))
        stage.begin(Subscribe(Topic("price", ("BTCUSDT", "ETHUSDT")[n % 2])))
        stage.exchange.fill(n + 1, "0.5")
    for role in ("private", "public", "trade"):
        stage.cut(role)
        for n in range(6):
            stage.exchange.fill(n + 1, "0.1")
        stage.rules["/place_many"] = "lose reply"
        stage.advance(5)
    stage.advance(3600)
    return repr(stage.effects)


def test_the_same_inputs_give_the_same_effects_whatever_the_hash_seed() -> None:
    runs = {
        subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", DETERMINISM],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_a_heartbeat_is_published_too(live: Stage) -> None:
    live.advance(2)
    assert any(isinstance(event, FundingRate) for event in live.events)


def test_a_start_that_waits_for_the_rate_limit_says_so() -> None:
    stage = Stage()
    stage.exchange.headers = {"used": "10000"}  # by another program on the same address
    command = stage.begin(Start(), timeout=5)
    stage.advance(5)
    assert "the rate limit leaves no room yet" in stage.error(command).message
