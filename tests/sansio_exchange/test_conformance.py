"""Every machine keeps the contract; and the kit notices one that does not."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from sansio_exchange.clock import Now
from sansio_exchange.commands import Credentials
from sansio_exchange.conformance import ContractBroken, Pair, check_journal, check_machine
from sansio_exchange.machine import (
    Command,
    Complete,
    Effect,
    Input,
    OpenWs,
    SendHttp,
    SendText,
    Stop,
    Tick,
    WsMessage,
)
from sansio_exchange.session import Connector
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.world import START_MS
from sansio_exchange.venues import NETWORKS, make_venue
from tests.sansio_exchange.session.fake_exchange import FakeExchange
from tests.sansio_exchange.session.fake_venue import CREDENTIALS, FakeVenue


def fake(*, login: bool = False) -> Pair:
    return Pair(Connector(FakeVenue(login=login), CREDENTIALS, session="s", seed=1), FakeExchange())


def session_with(venue: str, **endpoints: str) -> Pair:
    connector = Connector(
        make_venue(venue, endpoints=endpoints), Credentials("demo", "demo", "demo"), session="s", seed=1
    )
    return Pair(connector, make_local_venue(venue, seed=1, start_ms=START_MS))


@pytest.mark.parametrize("login", [False, True])
def test_the_session_keeps_the_contract_with_a_venue_of_the_tests_own(login: bool) -> None:
    check_machine(lambda: fake(login=login))


@pytest.mark.parametrize("venue", NETWORKS)
def test_the_session_keeps_the_contract_with_every_venue(venue: str) -> None:
    check_machine(lambda: session_with(venue), seeds=range(1))


@pytest.mark.parametrize("venue", [name for name, networks in NETWORKS.items() if not networks["mainnet"].trade])
def test_nor_does_it_matter_where_orders_go_that_go_over_rest_by_default(venue: str) -> None:
    def make() -> Pair:
        network = NETWORKS[venue]["mainnet"]
        return session_with(venue, trade=network.private)

    check_machine(make, seeds=range(1))


class Spoiler:
    """A machine that keeps the contract but for one thing."""

    def __init__(self, spoil: Callable[["Spoiler", Input, list[Effect]], list[Effect]]) -> None:
        self.inner = fake().machine
        self.late = False
        self.seen = 0
        self._spoil = spoil

    def handle(self, item: Input, now: Now) -> list[Effect]:
        self.seen += 1
        return self._spoil(self, item, self.inner.handle(item, now))

    def deadline(self) -> float | None:
        deadline = self.inner.deadline()
        return deadline if deadline is None or not self.late else 0.0


def twice(kind: type) -> Callable[[Spoiler, Input, list[Effect]], list[Effect]]:
    def spoil(_machine: Spoiler, _item: Input, effects: list[Effect]) -> list[Effect]:
        return [each for effect in effects for each in ((effect, effect) if isinstance(effect, kind) else (effect,))]

    return spoil


def speaks_to_nobody(_machine: Spoiler, item: Input, effects: list[Effect]) -> list[Effect]:
    return [SendText("nobody#1", "hello"), *effects] if isinstance(item, Command) else effects


def swallows_answers(_machine: Spoiler, _item: Input, effects: list[Effect]) -> list[Effect]:
    return [effect for effect in effects if not isinstance(effect, Complete)]


def leaves_without_a_word(_machine: Spoiler, item: Input, effects: list[Effect]) -> list[Effect]:
    return [] if isinstance(item, Stop) else effects


def stands_still(machine: Spoiler, item: Input, effects: list[Effect]) -> list[Effect]:
    machine.late = isinstance(item, Tick)
    return effects


def chokes(machine: Spoiler, item: Input, effects: list[Effect]) -> list[Effect]:
    if isinstance(item, WsMessage) and item.data[:1] not in (b"{", b"p"):
        raise ValueError("what is this?")
    return effects


def never_the_same(machine: Spoiler, _item: Input, effects: list[Effect]) -> list[Effect]:
    salt = {"x": str(id(machine))}
    return [structs.replace(effect, headers=salt) if isinstance(effect, SendHttp) else effect for effect in effects]


def answers_late_input(_machine: Spoiler, item: Input, effects: list[Effect]) -> list[Effect]:
    return [*effects, SendHttp(10**9, "GET", "http://fake/time", {})] if item == WsMessage("", b"") else effects


def says_anything(_machine: Spoiler, item: Input, effects: list[Effect]) -> list[Effect]:
    anything: Any = "hello"
    return [*effects, anything] if isinstance(item, Command) else effects


@pytest.mark.parametrize(
    ("spoil", "offence"),
    [
        (twice(SendHttp), "used twice"),
        (twice(OpenWs), "opened twice"),
        (twice(Complete), "completed twice"),
        (speaks_to_nobody, "unheard of"),
        (swallows_answers, "never completed"),
        (leaves_without_a_word, "not completed by Stop"),
        (stands_still, "deadline"),
        (chokes, "raised"),
        (never_the_same, "replays to"),
        (answers_late_input, "late"),
        (says_anything, "no effect"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_offence_is_noticed(spoil: Callable[[Spoiler, Input, list[Effect]], list[Effect]], offence: str) -> None:
    with pytest.raises(ContractBroken, match=offence):
        check_machine(lambda: Pair(Spoiler(spoil), FakeExchange()), seeds=range(1))


def test_a_recorded_journal_serves_where_there_is_no_venue() -> None:
    check_journal(lambda: fake().machine, [(Tick(), Now(1.0, 1)), (WsMessage("private#1", b"{"), Now(2.0, 2))])
