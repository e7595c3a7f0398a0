"""The life of a socket: every pair of state and trigger is in the table or an error."""

from itertools import product

import pytest

from sansio_exchange.session.connection import (
    HEALTHY_AFTER,
    RENEW_AGAIN_AFTER,
    STEP_TIMEOUT,
    TRANSITIONS,
    Connection,
    State,
    Trigger,
)
from sansio_exchange.venue import Socket

SOCKET = Socket("private", stale_after=10, ping_every=4, ping_text="ping", max_age=100, renew_every=50)
ALIVE = (Trigger.WANTED, Trigger.ADDRESS_KNOWN, Trigger.OPENED, Trigger.SUBSCRIBED)


def bring(state: State, mono: float = 0.0) -> Connection:
    """A connection in that state, by the shortest way."""
    ways: dict[State, tuple[Trigger, ...]] = {State.IDLE: ()}
    while state not in ways:
        for (before, trigger), after in TRANSITIONS.items():
            if before in ways:
                ways.setdefault(after, (*ways[before], trigger))
    connection = Connection(SOCKET, 1)
    for trigger in ways[state]:
        connection.fire(trigger, mono)
    return connection


@pytest.mark.parametrize(("state", "trigger"), list(product(State, Trigger)))
def test_every_pair_goes_by_the_table(state: State, trigger: Trigger) -> None:
    connection = bring(state)
    after = TRANSITIONS.get((state, trigger))
    if after is None:
        with pytest.raises(KeyError):
            connection.fire(trigger, 1.0)
        assert connection.state is state
    else:
        assert connection.fire(trigger, 1.0) is after
        assert connection.state is after


def test_every_state_can_be_reached_and_left() -> None:
    assert set(TRANSITIONS.values()) == set(State)
    assert {before for before, _ in TRANSITIONS} == set(State)


def test_whatever_has_begun_can_be_lost() -> None:
    assert {state for state, trigger in TRANSITIONS if trigger is Trigger.LOST} == set(State) - {
        State.IDLE,
        State.WAITING,
    }


def test_every_attempt_has_a_name_of_its_own() -> None:
    connection = bring(State.PREPARING)
    names = [connection.name]
    for _ in range(3):
        connection.fire(Trigger.LOST, 0.0)
        connection.fire(Trigger.WAIT_OVER, 100.0)
        names.append(connection.name)
    assert names == ["private#1", "private#2", "private#3", "private#4"]


@pytest.mark.parametrize("state", [State.PREPARING, State.OPENING, State.LOGGING_IN, State.SUBSCRIBING])
def test_each_step_has_its_time(state: State) -> None:
    connection = bring(state, 5.0)
    assert connection.deadline() == 5.0 + STEP_TIMEOUT
    assert connection.overdue(5.0 + STEP_TIMEOUT - 0.1) == ""
    assert state.value in connection.overdue(5.0 + STEP_TIMEOUT)


def test_a_live_socket_pings_renews_goes_stale_and_ages() -> None:
    connection = bring(State.LIVE)
    assert connection.deadline() == 4
    assert not connection.ping_is_due(3.9)
    assert connection.ping_is_due(4)
    assert not connection.ping_is_due(4)
    connection.heard_at = 45
    assert connection.ping_is_due(48)
    assert connection.renewal_is_due(50)
    assert not connection.renewal_is_due(50)
    connection.renew_again(50)
    assert connection.renewal_is_due(50 + RENEW_AGAIN_AFTER)
    assert connection.overdue(54) == ""
    assert "10 s" in connection.overdue(55)
    connection.heard_at = 100
    assert connection.needs_successor(100)
    successor = connection.successor()
    assert not connection.needs_successor(100), "one is enough"
    successor.fire(Trigger.WANTED, 100)
    assert successor.name != connection.name


def test_an_idle_socket_wants_nothing() -> None:
    connection = bring(State.IDLE)
    assert connection.deadline() is None
    assert connection.overdue(1e9) == ""
    assert not connection.ping_is_due(1e9)
    assert Connection(Socket("trade"), 1).deadline() is None
    bare = Connection(Socket("trade"), 1)
    for trigger in ALIVE:
        bare.fire(trigger, 0.0)
    assert bare.is_live
    assert bare.deadline() is None


def test_the_wait_grows_and_is_short_again_after_a_healthy_life() -> None:
    connection = bring(State.WAITING)
    waits = []
    mono = 0.0
    for _ in range(6):
        deadline = connection.deadline()
        assert deadline is not None
        waits.append(deadline - mono)
        assert not connection.wait_is_over(deadline - 1e-6)
        assert connection.wait_is_over(deadline)
        mono = deadline
        connection.fire(Trigger.WAIT_OVER, mono)
        connection.fire(Trigger.LOST, mono)
    assert waits[-1] > 8 * waits[0]
    for trigger in (Trigger.WAIT_OVER, *ALIVE[1:]):
        connection.fire(trigger, mono)
    connection.fire(Trigger.LOST, mono + HEALTHY_AFTER)
    deadline = connection.deadline()
    assert deadline is not None
    assert deadline - mono - HEALTHY_AFTER <= 0.25


def test_only_an_open_attempt_has_a_socket() -> None:
    having = {state for state in State if bring(state).has_socket}
    assert having == {State.OPENING, State.LOGGING_IN, State.SUBSCRIBING, State.LIVE}
