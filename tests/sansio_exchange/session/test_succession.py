"""A socket that the venue will end gets a successor before that: without a gap, without anything double, unnoticed."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from sansio_exchange.account import Balance, Position
from sansio_exchange.commands import Credentials, PlaceOrder, ReplaceCredentials, Subscribe, Topic, Unsubscribe
from sansio_exchange.machine import CloseWs, ConnectionLost, SequenceGap, SessionState
from sansio_exchange.market import PriceChange
from sansio_exchange.session.account_refresh import LATE
from sansio_exchange.session.connection import STEP_TIMEOUT
from sansio_exchange.session.sockets import LINGERS, OVERLAPS
from sansio_exchange.simulation.wire import SocketSend
from sansio_exchange.venue import AccountChange, ClosesSoon, Socket
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, lost
from tests.sansio_exchange.session.test_recovery import check_story, fills

SOON = ClosesSoon("an upgrade")
BTC, ETH = Topic("price", "BTCUSDT"), Topic("price", "ETHUSDT")


@pytest.fixture
def live() -> Stage:
    stage = Stage()
    stage.go_live()
    return stage


@pytest.fixture
def login() -> Stage:
    """Sockets log in and subscribe there."""
    stage = Stage(FakeVenue(login=True))
    stage.go_live()
    return stage


def open_ones(stage: Stage, role: str) -> list[str]:
    return [name for name in stage._conns if name.startswith(f"{role}#")]


def noticed(stage: Stage) -> list[object]:
    """What somebody outside would notice of the change."""
    return [event for event in stage.events if isinstance(event, ConnectionLost | SessionState)]


def prices(stage: Stage) -> list[Decimal]:
    return [event.price for event in stage.events if isinstance(event, PriceChange)]


def say_price(stage: Stage, price: int) -> None:
    stage.exchange.say("public", PriceChange("BTCUSDT", Decimal(price), time_ms=1))
    stage.settle()


def _price(number: int) -> PriceChange:
    return PriceChange("BTCUSDT", Decimal(number), time_ms=7, sequence=number)


def test_at_its_age_a_private_socket_is_succeeded_and_the_old_one_is_closed_last(live: Stage) -> None:
    (old,) = open_ones(live, "private")
    live.advance(LATE)
    live.sent.clear()
    live.advance(4000.1 - 2 - LATE)
    assert open_ones(live, "private") == [old, "private#2"]
    live.advance(LINGERS)
    assert open_ones(live, "private") == ["private#2"]
    assert noticed(live) == []
    assert "/account" not in live.sent, "nothing was missed, so nothing is asked for"


def test_a_subscription_that_begins_with_the_newest_price_tells_it_to_nobody_twice(live: Stage) -> None:
    live.ask(Subscribe(BTC))
    live.advance(1)
    say_price(live, 7)
    for _ in range(2):
        live.exchange.say("public", SOON)
        live.settle()
        live.advance(0.5)
        say_price(live, 7)
        live.advance(2 * OVERLAPS)
    assert prices(live) == [7]


def test_what_both_sockets_tell_is_told_once(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.exchange.say("private", SOON)
    live.settle()
    assert len(open_ones(live, "private")) == 2
    live.exchange.fill(1, "0.4")
    live.settle()
    live.advance(LINGERS)
    live.exchange.fill(1, "0.6")
    live.settle()
    assert fills(live) == ["1", "2"]
    check_story(live)
    assert noticed(live) == []


def test_a_notice_that_is_repeated_opens_no_third_socket(live: Stage) -> None:
    live.rules["private"] = "hold"
    for _ in range(3):
        live.exchange.say("private", SOON)
        live.settle()
    assert [name for name in live.opened if name.startswith("private")] == ["private#1", "private#2"]


def test_a_successor_that_fails_is_tried_again_while_the_old_one_lives(live: Stage) -> None:
    live.rules["private"] = "refuse"
    live.exchange.say("private", SOON)
    live.settle()
    live.advance(20)
    assert live.is_live()
    del live.rules["private"]
    live.advance(60)
    assert open_ones(live, "private") != ["private#1"]
    assert [event for event in live.events if isinstance(event, SessionState)] == []


def test_a_handshake_of_a_successor_that_nobody_answers_is_given_up(live: Stage) -> None:
    live.rules["private"] = "hold"
    live.exchange.say("private", SOON)
    live.settle()
    live.advance(STEP_TIMEOUT + 1)
    del live.rules["private"]
    live.advance(60)
    assert len(open_ones(live, "private")) == 1
    assert open_ones(live, "private") != ["private#1"]


def test_where_the_old_one_ends_first_the_successor_reconciles(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.rules["private"] = "hold"
    live.exchange.say("private", SOON)
    live.settle()
    live.cut("private")
    live.exchange.fill(1, "1")
    assert not live.is_live()
    del live.rules["private"]
    live.advance(60)
    assert live.is_live()
    assert fills(live) == ["1"]
    check_story(live)


@pytest.mark.parametrize("how", ["stays silent", "ends"])
def test_what_an_old_socket_that_was_dead_already_did_not_tell_is_asked_for(live: Stage, how: str) -> None:
    """Nobody knows that it is dead until it answers no ping."""
    live.ask(PlaceOrder(limit("a")))
    live.advance(LATE)
    live.rules |= {"private": "refuse", "private/ping": "lose"}
    live.exchange.say("private", SOON)
    live.settle()
    live.exchange.goes_silent("private")
    live.exchange.fill(1, "1")
    del live.rules["private"]
    live.advance(5)
    assert len(open_ones(live, "private")) == 2
    assert fills(live) == []
    if how == "ends":
        live.cut("private")
    live.advance(LINGERS + 1)
    assert len(open_ones(live, "private")) == 1
    assert fills(live) == ["1"]
    check_story(live)
    assert live.is_live()


def test_an_outgoing_socket_that_ends_changes_nothing(live: Stage) -> None:
    live.exchange.say("private", SOON)
    live.settle()
    live.cut("private")
    live.advance(60)
    assert open_ones(live, "private") == ["private#2"]
    assert noticed(live) == []


def said_late(stage: Stage, old: str, happen: Callable[[], object]) -> list[SocketSend]:
    """What `happen` makes the venue say arrives at once, but not on `old`; returned is what is on its way there."""
    happen()
    said = stage.exchange.drain()
    late = [each for each in said if isinstance(each, SocketSend) and each.conn == stage._conns[old]]
    stage._venue_effects([each for each in said if each not in late])
    stage.settle()
    return late


def about_to_be_succeeded(stage: Stage) -> str:
    """Has an order "a"; the successor's subscription is on its way. Returns the old socket."""
    stage.ask(PlaceOrder(limit("a")))
    stage.rules["private/subscribe"] = "hold"
    stage.exchange.say("private", SOON)
    stage.settle()
    old, _ = open_ones(stage, "private")
    return old


def test_positions_that_the_old_one_tells_last_are_told(login: Stage) -> None:
    old = about_to_be_succeeded(login)
    at = login.exchange.now_ms
    position = Position("BTCUSDT", Decimal(1), Decimal(100), update_ms=at)
    change = AccountChange((Balance("USDT", Decimal(999), Decimal(999)),), (position,), "ORDER", at)
    late = said_late(login, old, lambda: login.exchange.say("private", change))
    login.release()
    assert not [event for event in login.events if isinstance(event, Position)]
    login._venue_effects(late)
    login.settle()
    assert [event.size for event in login.events if isinstance(event, Position)] == [Decimal(1)]


@pytest.mark.parametrize("how", ["breaks", "stays behind"])
def test_what_the_old_one_had_not_told_yet_is_asked_for(login: Stage, how: str) -> None:
    """Its pong is behind all that it has to tell: whatever else comes proves nothing of what is missing."""
    old = about_to_be_succeeded(login)
    late = said_late(login, old, lambda: login.exchange.fill(1, "0.4"))
    said_late(login, old, lambda: login.exchange.fill(1, "0.1"))
    login.rules["private/ping"] = "lose"
    login.release()
    login._venue_effects(late)
    login.settle()
    assert fills(login) == ["1"]
    if how == "breaks":
        login.cut_off(old)
    login.advance(LINGERS + 1)
    assert fills(login) == ["1", "2"]
    check_story(login)


def test_a_public_socket_is_succeeded_when_the_other_has_all_its_topics(live: Stage) -> None:
    live.begin(Subscribe(BTC))
    live.settle()
    live.exchange.say("public", SOON)
    live.settle()
    say_price(live, 1)
    live.advance(3)
    say_price(live, 2)
    live.advance(LINGERS)
    assert prices(live) == [1, 2], "each once, whichever socket"
    (now,) = open_ones(live, "public")
    assert now == "public#2"
    assert {BTC} <= set(live.exchange.topics[live._conns[now]])
    assert noticed(live) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([1, 2, 3], [2, 3]),
        ([1], [2, 3]),
        ([1, 2, 3], []),
        ([], [1, 2, 3]),
        ([1, 2], [2, 3]),
    ],
)
def test_whichever_socket_is_ahead_prices_come_once_and_in_order(live: Stage, old: list[int], new: list[int]) -> None:
    """The successor lives, and waits for its topics to be subscribed."""
    live.begin(Subscribe(BTC))
    live.rules["public/subscribe"] = "hold"
    live.exchange.say("public", SOON)
    live.advance(1)
    first, second = open_ones(live, "public")
    for conn, said in ((first, old), (second, new)):
        for number in said:
            live.exchange.say_on(live._conns[conn], _price(number))
            live.settle()
    assert prices(live) == old, "the old one is told"
    live.release()
    live.advance(1)
    late = set(old) - set(new)
    for number in (*sorted(late), 4):
        live.exchange.say("public", _price(number))
        live.settle()
    assert prices(live) == [1, 2, 3, 4]
    assert not any(isinstance(event, SequenceGap) for event in live.events)
    live.advance(OVERLAPS)
    assert open_ones(live, "public") == [second]
    live.exchange.say("public", _price(4))
    live.settle()
    assert prices(live) == [1, 2, 3, 4, 4], "what one socket says twice is told twice"


def say_on(stage: Stage, name: str, *numbers: int) -> None:
    for number in numbers:
        stage.exchange.say_on(stage._conns[name], _price(number))
        stage.settle()


def announced(stage: Stage) -> None:
    stage.exchange.say("public", SOON)
    stage.advance(1)


def test_a_price_on_its_way_on_the_outgoing_socket_is_told(live: Stage) -> None:
    """It was said before the successor had the topic, and of a quiet symbol it stays the newest."""
    live.begin(Subscribe(BTC))
    (first,) = open_ones(live, "public")
    announced(live)
    say_on(live, first, 1)
    live.advance(LINGERS)
    assert prices(live) == [1]
    assert open_ones(live, "public") != [first]


def test_a_price_that_the_outgoing_socket_said_last_is_not_told_again(live: Stage) -> None:
    live.begin(Subscribe(BTC))
    announced(live)
    first, second = open_ones(live, "public")
    say_on(live, first, 1, 2)
    live.advance(LINGERS)
    assert open_ones(live, "public") == [second]
    say_on(live, second, 1, 2, 3)
    assert prices(live) == [1, 2, 3]


def test_a_successor_that_is_succeeded_at_once_repeats_nothing(live: Stage) -> None:
    """A venue that closes for maintenance says so on each new socket, too."""
    live.begin(Subscribe(BTC))
    announced(live)
    first, second = open_ones(live, "public")
    say_on(live, first, 1, 2, 3)
    live.rules["public/subscribe"] = "hold"
    announced(live)
    third = open_ones(live, "public")[-1]
    say_on(live, second, 2, 3)
    say_on(live, third, 4)
    say_on(live, first, 4)
    live.release()
    live.advance(1)
    say_on(live, second, 3, 4, 5)
    say_on(live, third, 5, 6)
    assert prices(live) == [1, 2, 3, 4, 5, 6]
    live.advance(OVERLAPS)
    assert open_ones(live, "public") == [third]
    assert noticed(live) == []


def test_what_only_the_successor_said_is_told_where_the_old_one_ends(live: Stage) -> None:
    live.begin(Subscribe(BTC))
    live.rules["public/subscribe"] = "hold"
    live.exchange.say("public", SOON)
    live.advance(1)
    _, second = open_ones(live, "public")
    live.exchange.say("public", _price(1))
    live.settle()
    live.exchange.say_on(live._conns[second], _price(2))
    live.settle()
    assert prices(live) == [1]
    live.cut("public")
    assert prices(live) == [1, 2]


def test_who_subscribes_or_leaves_meanwhile_is_not_forgotten(live: Stage) -> None:
    live.begin(Subscribe(BTC))
    live.exchange.say("public", SOON)
    live.settle()
    waiting = live.begin(Subscribe(ETH))
    live.begin(Unsubscribe(BTC))
    live.advance(5)
    assert live.result(waiting) is None
    live.advance(LINGERS)
    (now,) = open_ones(live, "public")
    topics = set(live.exchange.topics[live._conns[now]])
    assert ETH in topics
    assert BTC not in topics


def test_an_answer_on_the_outgoing_order_entry_socket_counts(live: Stage) -> None:
    live.rules["trade/place"] = "hold"
    command = live.begin(PlaceOrder(limit("a")), timeout=60)
    live.exchange.say("trade", SOON)
    live.settle()
    assert len(open_ones(live, "trade")) == 2
    live.release()
    assert live.result(command).client_order_id == "a"
    live.ask(PlaceOrder(limit("b")))
    live.advance(LINGERS)
    assert open_ones(live, "trade") == ["trade#2"]
    assert noticed(live) == []


def test_new_credentials_end_a_successor_that_logged_in_with_the_old(live: Stage) -> None:
    live.rules["private"] = "hold"
    live.exchange.say("private", SOON)
    live.settle()
    del live.rules["private"]
    live.exchange.keys = {"demo", "new"}
    live.ask(ReplaceCredentials(Credentials("new", "x")))
    assert CloseWs("private#2", "the credentials were replaced") in live.effects
    live.advance(60)
    assert live.is_live()
    assert len(open_ones(live, "private")) == 1


def test_a_successor_that_waits_for_its_address_is_given_up_with_the_present_one(live: Stage) -> None:
    live.exchange.keys = {"demo", "new"}
    live.rules["/listen_key"] = "hold"
    live.exchange.say("private", SOON)
    live.settle()
    held, live._held = live._held, []
    live.rules.clear()
    live.ask(ReplaceCredentials(Credentials("new", "x")))
    live.advance(3)
    live._held = held
    live.release()  # the address comes when nobody wants it any more
    live.advance(60)
    assert live.is_live()
    assert len(open_ones(live, "private")) == 1


def test_what_the_present_socket_leaves_behind_for_reading_stays_while_another_is_opened(live: Stage) -> None:
    live.venue.begun.clear()
    live.exchange.say("public", SOON)
    live.advance(3)
    assert live.venue.begun == [("public", True)]
    live.advance(LINGERS)
    live.cut("public")
    live.advance(60)
    assert live.venue.begun[1:] == [("public", False)]


def test_a_successor_that_takes_long_to_subscribe_is_not_taken_for_dead() -> None:
    """Of many topics some are refused: the rest is asked for one by one."""
    sockets = {
        "public": Socket("public", stale_after=10, max_age=100),
        "private": Socket("private", stale_after=60, ping_every=20),
    }
    stage = Stage(FakeVenue(trade=False, sockets=sockets))
    stage.go_live()
    for minute in range(60):
        stage.begin(Subscribe(Topic("kline", "ETHUSDT" if minute == 3 else "BTCUSDT", f"{minute}m")))
        stage.advance(0.3)
    stage.exchange.refused = {"ETHUSDT"}
    stage.events.clear()
    stage.advance(300)
    assert lost(stage) == []
    assert open_ones(stage, "public") != ["public#1"]


def test_where_the_old_one_ends_while_its_successor_waits_nobody_waits_long(live: Stage) -> None:
    live.rules["private"] = "refuse"
    live.exchange.say("private", SOON)
    live.advance(300)
    live.cut("private")
    del live.rules["private"]
    live.advance(3)
    assert live.is_live()
