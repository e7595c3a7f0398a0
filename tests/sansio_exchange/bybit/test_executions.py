"""Orders and executions as one: each fill once, with what has been executed by then, whichever topic comes first."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.bybit.executions import NO_STATE_YET, PATIENCE_MS, REPEATED, WAITING, Executions
from sansio_exchange.machine import Unreadable
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side
from sansio_exchange.session.order_ledger import OrderLedger

LOGIN_MS = 1_000_000
BORN_MS = LOGIN_MS + 5_000
ID = 7


def executions() -> Executions:
    made = Executions()
    made.begin(LOGIN_MS)
    return made


def state(executed: Any = 0, status: str = "NEW", **changes: Any) -> Order:
    """An order of 10 at 100, made after the login."""
    done = Decimal(executed)
    figures: dict[str, Any] = {
        "executed_qty": done,
        "avg_price": Decimal(100) if done else Decimal(0),
        "price": Decimal(100),
        "created_ms": BORN_MS,
        "update_ms": BORN_MS + int(done),
        **changes,
    }
    return Order(ID, "mine", "BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(10), OrderStatus[status], **figures)


def fill(number: int, quantity: Any, price: int = 100) -> Fill:
    amount = Decimal(quantity)
    return Fill(
        f"t{number}", ID, "BTCUSDT", Side.BUY, Decimal(price), amount, Decimal(0), "USDT", Decimal(0), BORN_MS + number
    )


def brief(said: Any) -> Any:
    if isinstance(said, OrderUpdate):
        name = said.fill.trade_id if said.fill else None
        return (said.order.status.name, said.order.executed_qty, name)
    return said


class Stream:
    """One private socket; says what the session hears."""

    def __init__(self) -> None:
        self.executions = executions()
        self.now = BORN_MS

    def order(self, *args: Any, **changes: Any) -> list[Any]:
        return [brief(each) for each in self.executions.on_order(state(*args, **changes), self.now)]

    def fill(self, number: int, quantity: Any, leaves: Any = 0, price: int = 100) -> list[Any]:
        made = fill(number, quantity, price)
        return [brief(each) for each in self.executions.on_fill(made, 10 - Decimal(leaves), self.now)]

    def later(self, milliseconds: int) -> list[Any]:
        self.now += milliseconds
        return [brief(each) for each in self.executions.release(self.now)]


# --- an order made after the login ------------------------------------------------------------------------------


def test_the_execution_first() -> None:
    stream = Stream()
    assert stream.order() == [("NEW", 0, None)]
    assert stream.fill(1, 4, leaves=6) == [("PARTIALLY_FILLED", 4, "t1")]
    assert stream.order(4, "PARTIALLY_FILLED") == [("PARTIALLY_FILLED", 4, None)]
    assert stream.fill(2, 6) == [("FILLED", 10, "t2")]
    assert stream.order(10, "FILLED") == [("FILLED", 10, None)]


def test_the_state_first() -> None:
    stream = Stream()
    assert stream.order() == [("NEW", 0, None)]
    assert stream.order(4, "PARTIALLY_FILLED") == [WAITING]
    assert stream.fill(1, 4, leaves=6) == [("PARTIALLY_FILLED", 4, "t1")]
    assert stream.order(10, "FILLED") == [WAITING]
    assert stream.fill(2, 6) == [("FILLED", 10, "t2")]
    assert stream.later(60_000) == [], "nothing is left"


def test_one_state_for_several_executions_is_told_with_the_last() -> None:
    stream = Stream()
    assert stream.order(10, "FILLED") == [WAITING]
    assert stream.fill(1, 4, leaves=6) == [("PARTIALLY_FILLED", 4, "t1")]
    assert stream.fill(2, 5, leaves=1) == [("PARTIALLY_FILLED", 9, "t2")]
    assert stream.fill(3, 1) == [("FILLED", 10, "t3")]


def test_executions_of_an_order_of_which_no_state_is_known_are_told_with_its_first() -> None:
    stream = Stream()
    assert stream.fill(1, 4, leaves=6) == [NO_STATE_YET]
    assert stream.fill(2, 6) == [NO_STATE_YET]
    assert stream.order(10, "FILLED") == [("PARTIALLY_FILLED", 4, "t1"), ("FILLED", 10, "t2")]


def test_the_rest_of_an_order_that_was_to_be_filled_at_once_is_not_taken_for_filled() -> None:
    """Whatever leavesQty says of an order whose rest is cancelled: what counts is what was named."""
    stream = Stream()
    assert stream.fill(1, 3, leaves=0) == [NO_STATE_YET]
    assert stream.order(3, "EXPIRED") == [("EXPIRED", 3, "t1")]


def test_an_execution_that_is_repeated_is_counted_once() -> None:
    stream = Stream()
    stream.order()
    assert stream.fill(1, 4, leaves=6) == [("PARTIALLY_FILLED", 4, "t1")]
    assert stream.fill(1, 4, leaves=6) == [REPEATED]
    assert stream.fill(2, 1, leaves=5) == [("PARTIALLY_FILLED", 5, "t2")]


def test_a_rejected_order_with_fills_ends_as_a_cancelled_one_with_fills() -> None:
    stream = Stream()
    stream.order()
    assert stream.fill(1, 4, leaves=6) == [("PARTIALLY_FILLED", 4, "t1")]
    assert stream.order(0, "REJECTED") == [("CANCELED", 4, None)]


def test_an_old_state_takes_nothing_back() -> None:
    stream = Stream()
    stream.order()
    stream.fill(1, 4, leaves=6)
    assert stream.order() == [("PARTIALLY_FILLED", 4, None)]
    stream.order(10, "FILLED")
    stream.fill(2, 6)
    assert stream.order(4, "PARTIALLY_FILLED") == [("FILLED", 10, None)]


def test_the_average_price_is_of_what_was_named() -> None:
    made = executions()
    made.on_order(state(), BORN_MS)
    (first,) = made.on_fill(fill(1, 1, price=100), Decimal(1), BORN_MS)
    (second,) = made.on_fill(fill(2, 3, price=104), Decimal(4), BORN_MS)
    assert isinstance(first, OrderUpdate)
    assert isinstance(second, OrderUpdate)
    assert (first.order.avg_price, second.order.avg_price) == (Decimal(100), Decimal(103))


# --- an order from before the login -----------------------------------------------------------------------------

OLD = {"created_ms": LOGIN_MS - 1}


def test_what_an_older_order_has_executed_is_what_it_does_not_leave() -> None:
    stream = Stream()
    stream.executions.adopt(state(4, "PARTIALLY_FILLED", **OLD))
    assert stream.fill(2, 1, leaves=5) == [("PARTIALLY_FILLED", 5, "t2")]
    assert stream.order(5, "PARTIALLY_FILLED", **OLD) == [("PARTIALLY_FILLED", 5, None)]
    assert stream.order(10, "FILLED", **OLD) == [WAITING]
    assert stream.fill(3, 5) == [("FILLED", 10, "t3")]


def test_an_execution_that_the_list_counted_already_counts_once() -> None:
    stream = Stream()
    stream.executions.adopt(state(5, "PARTIALLY_FILLED", **OLD))
    assert stream.fill(2, 1, leaves=5) == [("PARTIALLY_FILLED", 5, "t2")]


def test_an_older_order_that_was_not_listed_is_believed_as_it_stands() -> None:
    stream = Stream()
    assert stream.order(5, "CANCELED", **OLD) == [("CANCELED", 5, None)]


def test_an_older_order_whose_execution_comes_first() -> None:
    stream = Stream()
    assert stream.fill(2, 1, leaves=5) == [NO_STATE_YET]
    assert stream.fill(3, 2, leaves=3) == [NO_STATE_YET]
    assert stream.order(7, "PARTIALLY_FILLED", **OLD) == [("PARTIALLY_FILLED", 5, "t2"), ("PARTIALLY_FILLED", 7, "t3")]


def test_what_the_socket_has_spoken_of_is_not_replaced_by_the_list() -> None:
    stream = Stream()
    stream.order()
    stream.fill(1, 4, leaves=6)
    stream.executions.adopt(state(0, "NEW"))
    assert stream.order(4, "PARTIALLY_FILLED") == [("PARTIALLY_FILLED", 4, None)]


# --- what never comes -------------------------------------------------------------------------------------------


def test_a_state_whose_executions_do_not_come_is_let_go_and_the_ledger_sees_the_gap() -> None:
    stream = Stream()
    stream.order()
    assert stream.order(10, "FILLED") == [WAITING]
    assert stream.later(PATIENCE_MS - 1) == []
    assert stream.later(1) == [("FILLED", 10, None)]
    assert stream.later(60_000) == []


@pytest.mark.parametrize(("executed", "status", "leaves"), [(10, "FILLED", 0), (3, "EXPIRED", 0), (4, "NEW", 6)])
def test_an_execution_that_comes_after_all_is_not_counted_twice(executed: int, status: str, leaves: int) -> None:
    stream = Stream()
    assert stream.order(executed, status) == [WAITING]
    assert stream.later(PATIENCE_MS) == [(status, executed, None)]
    assert stream.fill(1, executed, leaves=leaves) == [(status, executed, "t1")]


def test_an_execution_that_could_not_be_read_is_not_missing_in_what_follows() -> None:
    stream = Stream()
    stream.order()
    stream.executions.distrust()
    assert stream.fill(2, 3, leaves=5) == [("PARTIALLY_FILLED", 5, "t2")]


def test_executions_of_which_no_state_comes_are_complained_of() -> None:
    stream = Stream()
    stream.fill(1, 4)
    (said,) = stream.later(PATIENCE_MS)
    assert isinstance(said, Unreadable)
    assert "order 7" in said.reason
    assert stream.order(4, "CANCELED") == [WAITING], "what it counts the session has asked for"
    assert stream.later(PATIENCE_MS) == [("CANCELED", 4, None)]


def test_a_time_that_makes_no_sense_holds_nothing_forever() -> None:
    made = executions()
    made.on_order(state(4, "CANCELED"), 10**18)
    assert [brief(each) for each in made.release(BORN_MS)] == [("CANCELED", 4, None)]


def test_another_login_begins_anew() -> None:
    stream = Stream()
    stream.order()
    stream.order(10, "FILLED")
    stream.executions.begin(BORN_MS + 60_000)
    assert stream.later(120_000) == []
    assert stream.order(10, "FILLED") == [("FILLED", 10, None)], "it is an older order now"


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sansio_exchange.bybit.executions.REMEMBERED", 2)
    made = executions()
    for number in range(5):
        order = Order(number, "m", "BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(10), OrderStatus.FILLED, ZERO, TEN)
        made.on_order(order, BORN_MS)
    assert len(made.release(BORN_MS + PATIENCE_MS)) <= 2


ZERO, TEN = Decimal(0), Decimal(10)


# --- against the session's ledger ---------------------------------------------------------------------------------


def tell(ledger: OrderLedger, said: list[Any]) -> list[OrderUpdate]:
    return [news for each in said if isinstance(each, OrderUpdate) and (news := ledger.apply(each)) is not None]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_any_order_of_the_messages_each_fill_is_told_once_and_nothing_is_missed(order: tuple[int, ...]) -> None:
    """Two executions, and the states after each; a state may come late, but not before an earlier one."""
    made, ledger = executions(), OrderLedger()
    told = tell(ledger, made.on_order(state(), BORN_MS))
    states = iter([state(4, "PARTIALLY_FILLED"), state(10, "FILLED")])
    fills = iter([(fill(1, 4), Decimal(4)), (fill(2, 6), Decimal(10))])
    for which in order:
        if which < 2:
            told += tell(ledger, made.on_order(next(states), BORN_MS))
        else:
            told += tell(ledger, made.on_fill(*next(fills), BORN_MS))
        assert not ledger.has_gap
    assert [update.fill.trade_id for update in told if update.fill] == ["t1", "t2"]
    assert told[-1].order.status is OrderStatus.FILLED
    assert [update.order.executed_qty for update in told] == sorted(update.order.executed_qty for update in told)
    assert ledger.short() == []


@settings(max_examples=150, deadline=None)
@given(data=st.data(), quantities=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_any_interleaving_with_repetitions_loses_no_fill(data: st.DataObject, quantities: list[int]) -> None:
    made, ledger = executions(), OrderLedger()
    sums = [sum(quantities[: number + 1]) for number in range(len(quantities))]
    states = [state()] + [state(done, "PARTIALLY_FILLED" if done < 10 else "FILLED") for done in sums if done <= 10]
    fills = [(fill(number, quantity), Decimal(sums[number])) for number, quantity in enumerate(quantities)]
    fills = fills[: len(states) - 1]
    told: list[OrderUpdate] = []
    at_state = at_fill = 0
    while at_state < len(states) or at_fill < len(fills):
        if at_state < len(states) and (at_fill == len(fills) or data.draw(st.booleans())):
            told += tell(ledger, made.on_order(states[at_state], BORN_MS))
            at_state += 1
        else:
            told += tell(ledger, made.on_fill(*fills[at_fill], BORN_MS))
            at_fill += 1
        if at_fill and data.draw(st.booleans()):
            told += tell(ledger, made.on_fill(*fills[data.draw(st.integers(0, at_fill - 1))], BORN_MS))
    assert not ledger.has_gap
    assert [update.fill.trade_id for update in told if update.fill] == [each.trade_id for each, _ in fills]
    known = ledger.find("BTCUSDT", ID)
    assert known is not None
    assert known.executed_qty == sum(each.quantity for each, _ in fills)
