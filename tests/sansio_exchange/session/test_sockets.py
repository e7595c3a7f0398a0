"""The sockets of a session: kept open, replaced, and what comes late from those that are gone."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest
from msgspec import structs

from sansio_exchange.commands import CancelOrder, GetAccount, PlaceOrder, Start, Subscribe, Topic
from sansio_exchange.errors import OF_REQUEST, RateLimited
from sansio_exchange.machine import (
    Abandon,
    CloseWs,
    HttpFailed,
    HttpReply,
    OpenWs,
    SendText,
    SessionState,
    WsClosed,
    WsMessage,
    WsOpened,
    WsPong,
)
from sansio_exchange.market import INTERVALS_MS, PriceChange
from sansio_exchange.session.calls import BAN_UNTOLD
from sansio_exchange.session.connection import HURRIES_AFTER
from sansio_exchange.venue import CONNECTIONS, Acknowledged, Budget, Decoded, LoggedIn, SessionExpired, Socket
from tests.sansio_exchange.session.fake_venue import Answered, FakeVenue, Welcome
from tests.sansio_exchange.session.stage import Stage, limit, lost, upstream


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


@pytest.mark.parametrize("role", ["private", "public", "trade"])
@pytest.mark.parametrize(("status", "told", "ban"), [(429, 100.0, 100.0), (418, 30.0, 30.0), (429, 0.0, BAN_UNTOLD)])
def test_a_handshake_refused_for_the_rate_limit_is_answered_by_silence(
    live: Stage, role: str, status: int, told: float, ban: float
) -> None:
    live.rules[role] = "hold"
    live.cut(role)
    live.advance(1)
    live.rules.clear()
    live.sent.clear()
    opened = len(live.opened)
    live.feed(WsClosed(live.opened[-1], "rejected", status, told))
    cancel = live.begin(CancelOrder("BTCUSDT", 1), timeout=1.0)
    live.advance(ban - 0.1)
    assert live.sent == []
    assert len(live.opened) == opened
    assert isinstance(live.error(cancel), RateLimited)
    live.advance(40)
    assert len(live.opened) == opened + 1
    assert live.is_live()


def test_so_is_the_late_refusal_of_a_handshake_that_was_given_up(live: Stage) -> None:
    live.rules["private"] = "hold"
    live.cut("private")
    live.advance(1)
    given_up = live.opened[-1]
    while live.opened[-1] == given_up:
        live.advance(1)
    live.rules.clear()
    live.feed(WsClosed(given_up, "rejected", 429, 100.0))
    live.sent.clear()
    live.advance(99)
    assert live.sent == []


class Busy(FakeVenue):
    """What it refuses on a socket, it refuses for the rate."""

    def decode(self, role: str, data: bytes) -> list[Decoded]:
        error = RateLimited("too frequent", retry_after=10.0, budgets=OF_REQUEST)
        return [
            structs.replace(each, error=error) if isinstance(each, LoggedIn | Acknowledged) and each.error else each
            for each in super().decode(role, data)
        ]


def said(stage: Stage) -> list[str]:
    """Where and what was said on sockets, but for pings."""
    kinds = ("Hello", "Ask", "Call")
    texts = [(each.conn.split("#")[0], each.text) for each in stage.effects if isinstance(each, SendText)]
    return [f"{role} {kind}" for role, text in texts for kind in kinds if f'"{kind}"' in text]


def test_so_is_a_login_refused_for_the_rate() -> None:
    stage = Stage(Busy(login=True))
    stage.go_live()
    stage.exchange._welcome = lambda key, time_ms: Welcome("too frequent")  # type: ignore[method-assign]
    stage.effects.clear()
    stage.cut("private")
    stage.advance(0.25)
    assert said(stage) == ["private Hello"]
    stage.sent.clear()
    opened = len(stage.opened)
    stage.cut("trade")
    del stage.exchange._welcome
    cancel = stage.begin(CancelOrder("BTCUSDT", 1), timeout=1.0)
    stage.begin(Subscribe(Topic("price", "ETHUSDT")))
    stage.advance(9.9)
    assert said(stage) == ["private Hello"]
    assert stage.sent == []
    assert len(stage.opened) == opened
    assert isinstance(stage.error(cancel), RateLimited)
    stage.advance(10)
    assert stage.is_live()
    assert "public Ask" in said(stage)
    assert "/time" not in stage.sent, "no reason to doubt the clock"


def test_what_was_being_opened_meanwhile_waits_before_it_logs_in() -> None:
    stage = Stage(Busy(login=True))
    stage.go_live()
    stage.rules["trade"] = "hold"
    stage.cut("trade")
    stage.advance(1)
    stage.effects.clear()
    stage.exchange.say("public", Answered("public-0", "too frequent"))
    stage.settle()
    stage.rules.clear()
    stage._conns[stage.opened[-1]] = 99
    stage._open(stage.opened[-1], "ws://fake/trade")
    stage.advance(9.9)
    assert said(stage) == []
    stage.advance(0.2)
    assert said(stage) == ["trade Hello"]


def test_who_has_logged_in_meanwhile_waits_before_it_subscribes() -> None:
    stage = Stage(Busy(login=True))
    stage.go_live()
    stage.exchange._hear = lambda conn, data: None  # type: ignore[method-assign]
    stage.effects.clear()
    stage.cut("private")
    stage.advance(0.25)
    del stage.exchange._hear
    stage.exchange.say("public", Answered("public-0", "too frequent"))
    stage.exchange.say("private", Welcome())
    stage.settle()
    stage.advance(9.9)
    assert said(stage) == ["private Hello"]
    stage.advance(0.2)
    assert said(stage) == ["private Hello", "private Ask"]


def test_a_topic_refused_for_the_rate_for_ever_costs_neither_its_socket_nor_the_session() -> None:
    stage = Stage(Busy(trade=False))
    stage.go_live()
    stage.ask(Subscribe(Topic("price", "ETHUSDT")))
    stage.exchange.refused = {"ETHUSDT"}
    stage.cut("public")
    stage.advance(300)
    assert stage.is_live()
    assert sum(name.startswith("public#") for name in stage.opened) == 2


def test_nor_are_orders_kept_back_for_long_by_many_of_them() -> None:
    stage = Stage(Busy(trade=False))
    stage.go_live()
    for interval in list(INTERVALS_MS)[:12]:
        stage.ask(Subscribe(Topic("kline", "ETHUSDT", interval)))
        stage.advance(0.3)
    stage.exchange.refused = {"ETHUSDT"}
    stage.cut("public")
    stage.advance(3 * BAN_UNTOLD)
    for number in range(60):
        command = stage.begin(PlaceOrder(limit(f"a{number}")))
        stage.advance(5)
        assert stage.result(command).client_order_id == f"a{number}"
    assert stage.is_live()


def test_a_market_that_falls_silent_during_a_ban_is_noticed(live: Stage) -> None:
    body = b'{"error": "RateLimited", "message": "banned", "retry_after": 60}'
    live.rules["/account"] = lambda request: HttpReply(request.request_id, 418, {}, body)
    live.begin(GetAccount())
    live.exchange.beats = False
    live.advance(20)
    assert not live.is_live()


def test_topics_refused_for_the_rate_are_asked_for_once_more_when_that_is_over() -> None:
    stage = Stage(Busy(trade=False))
    stage.go_live()
    stage.begin(Subscribe(Topic("price", "BTCUSDT")))
    stage.begin(Subscribe(Topic("price", "ETHUSDT")))
    stage.advance(1)
    stage.exchange.refused = {"BTCUSDT", "ETHUSDT"}
    stage.effects.clear()
    stage.cut("public")
    stage.advance(9.9)
    assert said(stage) == ["public Ask"]
    stage.exchange.refused.clear()
    stage.advance(1.0)
    assert said(stage) == ["public Ask", "public Ask"]
    assert {topic.symbol for topic in upstream(stage) if topic.kind == "price"} == {"BTCUSDT", "ETHUSDT"}


def test_a_handshake_refused_for_another_reason_is_tried_again_at_once(live: Stage) -> None:
    live.rules["private"] = "hold"
    live.cut("private")
    live.advance(1)
    live.rules.clear()
    live.feed(WsClosed(live.opened[-1], "rejected", 503, 100.0))
    live.advance(2)
    assert live.is_live()


def test_attempts_that_a_ban_outlived_leave_nothing_behind() -> None:
    stage = Stage(FakeVenue(budgets=[Budget("weight", 1000, 60), Budget(CONNECTIONS, 3, 1.0)]))
    stage.go_live()
    refuse = b'{"error":"RateLimited","retry_after":7200}'
    stage.rules["/account"] = lambda request: HttpReply(request.request_id, 418, {}, refuse)
    stage.begin(GetAccount())
    stage.rules.clear()
    stage.cut("public")
    stage.cut("trade")
    stage.advance(7199)
    assert len(stage.connector._calls._timers) < 10
    stage.advance(2)
    assert stage.conns("trade")
    assert stage.is_live()


def test_no_more_sockets_are_opened_at_once_than_the_venue_allows() -> None:
    stage = Stage(FakeVenue(budgets=[Budget("weight", 1000, 60), Budget(CONNECTIONS, 2, 1.0)]))
    stage.begin(Start())
    stage.advance(0.5)
    assert len(stage.opened) == 2
    stage.advance(1.5)
    assert len(stage.opened) == 3
    assert stage.is_live()


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


def test_the_order_entry_sockets_calls_fail_over_when_it_is_lost(live: Stage) -> None:
    live.rules["trade/place"] = "hold"
    command = live.begin(PlaceOrder(limit("a")), timeout=60)
    live.cut("trade")
    live.advance(30)
    assert command in live.answers, "cleared up by asking"


def test_a_socket_is_opened_with_the_headers_that_the_venue_wants() -> None:
    stage = Stage(FakeVenue(sockets={**FakeVenue().sockets, "private": Socket("private", headers={"X-Sizes": "text"})}))
    stage.go_live()
    opened = {effect.conn.split("#")[0]: effect.headers for effect in stage.effects if isinstance(effect, OpenWs)}
    assert opened["private"] == {"X-Sizes": "text"}
    assert opened["public"] == {}


# --- the private socket -----------------------------------------------------------------------------------------------


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


def test_a_renewal_that_a_growing_ban_kept_back_ends_no_socket(live: Stage) -> None:
    refuse = b'{"error":"RateLimited","retry_after":40}'
    live.rules["/listen_key"] = lambda request: HttpReply(request.request_id, 429, {}, refuse)
    live.advance(1801)
    live.rules.clear()
    live.advance(20)
    live.connector._calls.limited(RateLimited("too many", retry_after=120.0))
    live.advance(300)
    assert lost(live) == []
    assert live.sent.count("/listen_key") == 2


def test_a_venue_that_is_back_is_not_waited_for_by_each_socket_alone(live: Stage) -> None:
    for role in ("private", "public", "trade"):
        live.rules[role] = "refuse"
        live.cut(role)
    live.advance(300)
    assert not live.is_live()
    live.rules.clear()
    live.advance(31)  # the longest wait of one of them
    assert live.is_live()
    times = [event for event in live.events if isinstance(event, SessionState)]
    assert times[-1].live


def test_others_wait_for_half_a_second_at_most_when_one_has_come_to_life(live: Stage) -> None:
    for role in ("private", "public"):
        live.rules[role] = "refuse"
        live.cut(role)
    live.advance(300)
    opened = len(live.opened)
    live.rules["private"] = "hold"  # so that only the public one comes to life
    del live.rules["public"]
    while not any(name.startswith("public") for name in live._conns):
        live.advance(0.1)
    live.advance(HURRIES_AFTER)
    assert any(name.startswith("private") for name in live.opened[opened:])
