"""Start: when a session is live, and what it lacks where it is not."""

import pytest

from sansio_exchange.commands import Credentials, GetAccount, GetSymbols, Start, Subscribe, Topic
from sansio_exchange.errors import AuthenticationFailed, DeadlineExceeded, NotConnected
from sansio_exchange.session.subscriptions import ASK_AGAIN_AFTER
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, upstream

BTC = Topic("price", "BTCUSDT")


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


def test_a_market_refused_at_first_is_asked_for_again() -> None:
    stage = Stage()
    stage.exchange.refused.add("BTCUSDT")
    command = stage.begin(Start(), timeout=5)
    stage.advance(5)
    assert "not live" in stage.error(command).message
    stage.exchange.refused.clear()
    stage.advance(10)
    assert stage.is_live(), "a socket that carries nothing is replaced, long before a topic is asked for again on it"


def test_a_topic_that_the_session_wanted_in_vain_is_a_clients_all_the_same() -> None:
    """At first the session reads trades; the heartbeat alone may take a while."""
    stage = Stage()
    stage.rules["private"] = "refuse"
    stage.exchange.refused.add("BTCUSDT")
    stage.begin(Start(), timeout=3600)
    stage.advance(2)
    stage.exchange.refused.clear()
    stage.ask(Subscribe(BTC))
    del stage.rules["private"]
    stage.advance(2 * ASK_AGAIN_AFTER)
    assert stage.is_live()
    assert BTC in upstream(stage)


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


def test_a_start_that_waits_for_the_rate_limit_says_so() -> None:
    stage = Stage()
    stage.exchange.headers = {"used": "10000"}  # by another program on the same address
    command = stage.begin(Start(), timeout=5)
    stage.advance(5)
    assert "the rate limit leaves no room yet" in stage.error(command).message


def test_only_a_healthy_start_gives_a_deadline() -> None:
    assert Stage().connector.deadline() is None
