"""Each fill once, with the order as it stands right after it, whichever channel speaks first."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from sansio_exchange.gate.executions import LONELY, PATIENCE_MS, Executions, Told
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side
from sansio_exchange.session.order_ledger import OrderLedger

BEGAN = 1_000_000
NEW = Order(7, "mine", "BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(10), OrderStatus.NEW, Decimal(100))
NEW = structs.replace(NEW, created_ms=BEGAN + 1, update_ms=BEGAN + 1)
OLD: dict[str, Any] = {"created_ms": BEGAN - 5_000}


def state(executed: int, status: OrderStatus | None = None, **changes: Any) -> Order:
    if status is None:
        status = OrderStatus.FILLED if executed == 10 else OrderStatus.PARTIALLY_FILLED
    average = Decimal(100) if executed else Decimal(0)
    return structs.replace(NEW, executed_qty=Decimal(executed), avg_price=average, status=status, **changes)


def fill(trade_id: str, quantity: int, order_id: int = 7, price: int = 100) -> Fill:
    return Fill(
        trade_id, order_id, "BTCUSDT", Side.BUY, Decimal(price), Decimal(quantity), Decimal(1), "USDT", Decimal(0), 5
    )


def heard() -> Executions:
    made = Executions()
    made.at(BEGAN)
    return made


def tell(executions: Executions, *said: Order | Fill, at: int = BEGAN + 10) -> list[Told]:
    told: list[Told] = []
    for each in said:
        told += executions.at(at)
        told += executions.on_order(each, at) if isinstance(each, Order) else executions.on_fill(each, at)
    return told


def brief(told: list[Told]) -> list[Any]:
    return [
        (each.order.status.name, int(each.order.executed_qty), each.fill and each.fill.trade_id)
        if isinstance(each, OrderUpdate)
        else each
        for each in told
    ]


def test_a_state_without_executions_is_told_at_once() -> None:
    assert brief(tell(heard(), NEW)) == [("NEW", 0, None)]
    assert brief(tell(heard(), NEW, state(0, OrderStatus.CANCELED))) == [("NEW", 0, None), ("CANCELED", 0, None)]


def test_a_state_waits_for_its_fill() -> None:
    executions = heard()
    assert brief(tell(executions, NEW, state(4))) == [("NEW", 0, None)]
    assert tell(executions, fill("a", 4)) == [OrderUpdate(state(4), fill("a", 4))]


def test_a_fill_of_an_order_that_was_told_needs_not_wait_for_its_state() -> None:
    executions = heard()
    assert brief(tell(executions, NEW, fill("a", 4))) == [("NEW", 0, None), ("PARTIALLY_FILLED", 4, "a")]
    assert brief(tell(executions, state(4))) == [("PARTIALLY_FILLED", 4, None)]


def test_the_fill_that_fills_the_order_says_so() -> None:
    told = tell(heard(), NEW, fill("a", 4), fill("b", 6, price=110))
    assert brief(told)[1:] == [("PARTIALLY_FILLED", 4, "a"), ("FILLED", 10, "b")]
    assert isinstance(told[-1], OrderUpdate)
    assert told[-1].order.avg_price == Decimal(106)


def test_fills_of_an_order_that_was_not_told_wait_for_it() -> None:
    executions = heard()
    assert tell(executions, fill("a", 4), fill("b", 6)) == []
    told = tell(executions, state(10))
    assert brief(told) == [("PARTIALLY_FILLED", 4, "a"), ("FILLED", 10, "b")]


def test_several_fills_of_one_state_are_told_one_after_the_other() -> None:
    told = tell(heard(), NEW, state(10), fill("a", 1), fill("b", 2), fill("c", 7))
    assert brief(told)[1:] == [("PARTIALLY_FILLED", 1, "a"), ("PARTIALLY_FILLED", 3, "b"), ("FILLED", 10, "c")]


def test_a_cancellation_after_fills_waits_for_them() -> None:
    executions = heard()
    assert brief(tell(executions, NEW, state(4, OrderStatus.CANCELED))) == [("NEW", 0, None)]
    assert brief(tell(executions, fill("a", 3))) == [("PARTIALLY_FILLED", 3, "a")]
    assert brief(tell(executions, fill("b", 1))) == [("CANCELED", 4, "b")]


def test_what_comes_twice_counts_once() -> None:
    told = tell(heard(), NEW, fill("a", 4), fill("a", 4), state(4), state(4), fill("a", 4))
    assert {(each.order.executed_qty) for each in told if isinstance(each, OrderUpdate)} == {Decimal(0), Decimal(4)}
    assert sum(isinstance(each, OrderUpdate) and each.fill is not None for each in told) == 1


def test_a_state_whose_fill_does_not_come_is_told_as_it_is() -> None:
    executions = heard()
    tell(executions, NEW, state(4))
    assert executions.at(BEGAN + 10 + PATIENCE_MS) == []
    assert executions.at(BEGAN + 11 + PATIENCE_MS) == [OrderUpdate(state(4))]
    assert executions.at(BEGAN + 99_999) == []


def test_a_fill_that_comes_after_all_is_one_of_those_that_were_counted() -> None:
    executions = heard()
    tell(executions, NEW, state(4))
    executions.at(BEGAN + 11 + PATIENCE_MS)
    assert brief(tell(executions, fill("late", 4))) == [("PARTIALLY_FILLED", 4, "late")]
    assert brief(tell(executions, fill("next", 6))) == [("PARTIALLY_FILLED", 4, "next")]
    assert brief(tell(executions, state(10))) == [("FILLED", 10, None)]
    ended = heard()
    tell(ended, state(6, OrderStatus.CANCELED, **OLD))
    assert brief(tell(ended, fill("late", 2))) == [("CANCELED", 6, "late")]


def test_a_fill_whose_order_does_not_come_is_a_reason_to_ask() -> None:
    executions = heard()
    tell(executions, fill("a", 4))
    assert executions.at(BEGAN + 11 + PATIENCE_MS) == [LONELY]
    assert executions.at(BEGAN + 99_999) == []


def test_of_an_order_older_than_the_socket_nothing_is_worked_out() -> None:
    """Which of the fills that its first state counts are still to come, only the session can know."""
    executions = heard()
    assert tell(executions, state(6, **OLD)) == [OrderUpdate(state(6, **OLD))]
    assert tell(executions, fill("a", 2)) == [OrderUpdate(state(6, **OLD), fill("a", 2))]
    assert brief(tell(executions, fill("b", 4), state(10, **OLD))) == [
        ("PARTIALLY_FILLED", 6, "b"),
        ("FILLED", 10, None),
    ]


def test_an_order_older_than_the_socket_never_counts_more_than_its_channel_said() -> None:
    """Five of twelve were filled before; a state that counts ten, then the two trades that it counts."""
    executions, ledger = heard(), OrderLedger()
    old = dict(OLD, quantity=Decimal(12))
    ledger.adopt(state(5, **old))
    working = state(10, OrderStatus.PARTIALLY_FILLED, **old)
    for told in tell(executions, working, fill("x", 3), fill("y", 2), state(10, OrderStatus.CANCELED, **old)):
        assert isinstance(told, OrderUpdate)
        ledger.apply(told)
    known = ledger.find("BTCUSDT", 7)
    assert known is not None
    assert (known.status, known.executed_qty) == (OrderStatus.CANCELED, Decimal(10))
    assert ledger.short() == []


def test_a_fill_whose_state_was_told_late_does_not_make_the_next_one_wait() -> None:
    executions = heard()
    tell(executions, NEW, state(2))
    executions.at(BEGAN + 11 + PATIENCE_MS)  # its fill is lost
    tell(executions, fill("b", 3), at=BEGAN + 9_000)
    assert brief(tell(executions, state(5), at=BEGAN + 9_001)) == [("PARTIALLY_FILLED", 5, None)]


def test_the_fill_of_an_old_order_may_come_first() -> None:
    assert brief(tell(heard(), fill("a", 2), state(6, **OLD))) == [("PARTIALLY_FILLED", 6, "a")]


def test_an_old_order_that_is_cancelled_has_no_fill_to_wait_for() -> None:
    assert brief(tell(heard(), state(6, OrderStatus.CANCELED, **OLD))) == [("CANCELED", 6, None)]


def test_another_socket_begins_anew() -> None:
    executions = heard()
    tell(executions, NEW, state(4))
    executions.begin_anew()
    assert executions.at(BEGAN + 60_000) == []
    assert brief(tell(executions, fill("b", 2), state(6), at=BEGAN + 60_001)) == [("PARTIALLY_FILLED", 6, "b")]


STORY: list[Order | Fill] = [NEW, state(4), state(10)]
FILLS: list[Order | Fill] = [fill("a", 1), fill("b", 3), fill("c", 6)]


@settings(max_examples=200, deadline=None)
@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4))
def test_in_any_order_and_repeated_the_ledger_learns_the_same_without_a_gap(order: list[int], again: list[int]) -> None:
    story = [*STORY, *FILLS]
    executions, ledger = heard(), OrderLedger()
    news = []
    for at in (*order, *again):
        for told in tell(executions, story[at]):
            assert isinstance(told, OrderUpdate)
            update = ledger.apply(told)
            if update is not None:
                news.append(update)
            assert not ledger.has_gap
    named = [each.fill for each in news if each.fill is not None]
    assert sorted(each.trade_id for each in named) == ["a", "b", "c"]
    assert sum(each.quantity for each in named) == 10
    known = ledger.find("BTCUSDT", 7)
    assert known is not None
    assert (known.status, known.executed_qty) == (OrderStatus.FILLED, Decimal(10))
    executed = [each.order.executed_qty for each in news]
    assert executed == sorted(executed)


@pytest.mark.parametrize("story", list(itertools.permutations([NEW, state(0, OrderStatus.EXPIRED)])))
def test_states_overtake_each_other_harmlessly(story: tuple[Order, ...]) -> None:
    ledger = OrderLedger()
    for told in tell(heard(), *story):
        assert isinstance(told, OrderUpdate)
        ledger.apply(told)
    known = ledger.find("BTCUSDT", 7)
    assert known is not None
    assert known.status is OrderStatus.EXPIRED
