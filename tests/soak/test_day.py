"""A short stretch of virtual time: it trades, the venue restarts, nothing is lost; and what the core loses is found."""

from collections.abc import Callable
from typing import Any

import pytest

from sansio_exchange.machine import Event
from sansio_exchange.orders import OrderUpdate
from sansio_exchange.session import order_ledger, recovery
from tests.soak import day as soaked
from tests.soak.day import Day
from tests.soak.held import held_bytes

HOURS = 0.2


@pytest.mark.parametrize("restarts", [True, False])
def test_nothing_is_lost_in_a_short_stretch(restarts: bool) -> None:
    day = Day("binance", HOURS, restarts=restarts)
    (row,) = day.run()
    assert day.problems == []
    assert day.notes  # too short to speak of memory
    assert row.fills > 100
    assert bool(row.restarts) is restarts


def test_one_update_that_nobody_was_told_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    day = Day("binance", HOURS, restarts=False)
    day._world._on_event = without_one(day._hear)
    list(day.run())
    assert any("never told" in each for each in day.problems)


def test_a_core_that_asks_for_nothing_it_missed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "missed", lambda ledger, truth: [])
    day = Day("binance", HOURS, restarts=True)
    list(day.run())
    assert any("never told" in each or "told as" in each for each in day.problems)


def test_a_ledger_that_forgets_no_order_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_ledger, "FINAL_KEPT", 1_000_000)
    monkeypatch.setattr(soaked, "FINAL_KEPT", 50)
    monkeypatch.setattr(soaked, "HOUR", 60.0)  # twelve short hours
    day = Day("binance", 12, restarts=False)
    list(day.run())
    assert [each.partition(":")[0] for each in day.problems] == ["memory grew"]


def without_one(hear: Callable[[Event], None]) -> Callable[[Event], None]:
    lost: list[Any] = []

    def deaf_once(event: Event) -> None:
        if isinstance(event, OrderUpdate) and event.fill is not None and not lost:
            lost.append(event)
        else:
            hear(event)

    return deaf_once


def test_what_an_object_holds_is_counted_once_and_without_its_class() -> None:
    class Holder:
        def __init__(self) -> None:
            self.one = [bytes(1_000)]
            self.same = self.one

    held = held_bytes(Holder())
    assert 1_000 < held < 2_000
