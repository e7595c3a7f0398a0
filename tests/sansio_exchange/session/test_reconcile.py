"""Merging what the venue says of the past with what the stream says meanwhile: nothing lost, nothing doubled."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from sansio_exchange.account import Account
from sansio_exchange.orders import Order, OrderStatus, OrderUpdate
from sansio_exchange.session.order_ledger import OrderLedger
from sansio_exchange.session.reconcile import Truth, missed
from tests.sansio_exchange.session.stage import limit
from tests.sansio_exchange.session.test_order_ledger import HISTORIES, NEW, history

ACCOUNT = Account(Decimal(0), Decimal(0), Decimal(0))


@st.composite
def interruptions(draw: st.DrawFn) -> tuple[list[OrderUpdate], int, int, int, int, list[OrderUpdate]]:
    """A true history; told up to `lost`, heard again from `back` on, order looked up at `seen`, fills at `listed`."""
    true = draw(HISTORIES)
    lost = draw(st.integers(0, len(true)))
    back = draw(st.integers(lost, len(true)))
    seen = draw(st.integers(back, len(true)))
    listed = draw(st.integers(seen, len(true)))
    held = true[back:]
    held = draw(st.permutations(held + draw(st.lists(st.sampled_from(true), max_size=3))))
    return true, lost, back, seen, listed, held


@given(interruptions())
def test_whenever_the_venue_is_looked_at_the_story_is_whole(
    story: tuple[list[OrderUpdate], int, int, int, int, list[OrderUpdate]],
) -> None:
    true, lost, _, seen, listed, held = story
    ledger = OrderLedger()
    told = [news for update in true[:lost] if (news := ledger.apply(update)) is not None]
    orders = (structs.replace(true[seen - 1].order, created_ms=1),) if seen else ()
    fills = tuple(update.fill for update in true[:listed] if update.fill)
    told += missed(ledger, Truth(ACCOUNT, orders, fills))
    told += [news for update in held if (news := ledger.apply(update)) is not None]
    assert sorted(u.fill.trade_id for u in told if u.fill) == [u.fill.trade_id for u in true if u.fill]
    executed = [update.order.executed_qty for update in told]
    assert executed == sorted(executed)
    statuses = [update.order.status for update in told]
    assert statuses == sorted(statuses)
    last, truth = told[-1].order, true[-1].order
    assert (last.status, last.executed_qty, last.avg_price) == (truth.status, truth.executed_qty, truth.avg_price)
    assert ledger.short() == []


def test_an_order_nobody_heard_of_is_told_from_its_beginning() -> None:
    true = history((4, 6), None)
    order = structs.replace(true[-1].order, created_ms=1)
    told = list(missed(OrderLedger(), Truth(ACCOUNT, (order,), tuple(u.fill for u in true if u.fill))))
    assert [(update.order.status, update.order.executed_qty, update.order.update_ms) for update in told] == [
        (OrderStatus.NEW, Decimal(0), 1),
        (OrderStatus.PARTIALLY_FILLED, Decimal(4), 2),
        (OrderStatus.FILLED, Decimal(10), 3),
    ]


def test_a_late_fill_of_an_ended_order_is_told() -> None:
    ledger = OrderLedger()
    true = history((4,), OrderStatus.CANCELED)
    ledger.apply(OrderUpdate(structs.replace(NEW, status=OrderStatus.CANCELED)))
    fill = true[1].fill
    assert fill is not None
    told = list(missed(ledger, Truth(ACCOUNT, (), (fill,))))
    assert [(update.order.status, update.order.executed_qty) for update in told] == [(OrderStatus.CANCELED, Decimal(4))]


def test_the_average_that_the_end_left_out_is_told_with_the_fill_that_was_missed() -> None:
    true = history((4,), OrderStatus.CANCELED)
    order = true[-1].order
    ledger = OrderLedger()
    ledger.apply(OrderUpdate(structs.replace(order, avg_price=Decimal(0))))
    told = list(missed(ledger, Truth(ACCOUNT, (order,), tuple(u.fill for u in true if u.fill))))
    assert [(update.order.avg_price, update.order.executed_qty, update.order.status) for update in told] == [
        (order.avg_price, Decimal(4), OrderStatus.CANCELED)
    ]
    assert order.avg_price


def test_what_vanished_is_ended_and_says_why() -> None:
    ledger = OrderLedger()
    ledger.apply(OrderUpdate(NEW))
    (update,) = missed(ledger, Truth(ACCOUNT, (), vanished=(NEW,)))
    assert update.order.status is OrderStatus.EXPIRED
    assert "does not know" in update.order.reason


def test_what_the_venue_never_accepted_is_no_question_any_more() -> None:
    ledger = OrderLedger()
    ledger.unresolved(limit("a"), 0.0)
    accepted: Order = structs.replace(NEW, order_id=2, client_order_id="b")
    ledger.expect(accepted, 0.0)
    for _ in range(2):
        assert list(missed(ledger, Truth(ACCOUNT, (), never_accepted=("a",), disowned=(("BTCUSDT", 2),)))) == []
    assert ledger.open_questions() == []
    assert ledger.awaited() == []
