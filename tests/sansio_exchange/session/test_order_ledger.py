"""Each fill once, nothing goes back, and what is owed is remembered."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side
from sansio_exchange.session import order_ledger
from sansio_exchange.session.memory import Accepted, Asked
from sansio_exchange.session.order_ledger import CLOCKS_DIFFER_MS, OrderLedger
from tests.sansio_exchange.session.stage import limit

NEW = Order(1, "a", "BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(10), OrderStatus.NEW, Decimal(100), update_ms=1)


def history(quantities: Sequence[int], end: OrderStatus | None) -> list[OrderUpdate]:
    """What a venue truly says of one order: accepted, filled in parts, perhaps ended."""
    updates = [OrderUpdate(NEW)]
    executed = spent = Decimal(0)
    for number, quantity in enumerate(quantities):
        price = Decimal(100 - number)
        executed += quantity
        spent += price * quantity
        status = OrderStatus.FILLED if executed == NEW.quantity else OrderStatus.PARTIALLY_FILLED
        fill = Fill(
            f"t{number}", 1, "BTCUSDT", Side.BUY, price, Decimal(quantity), Decimal(0), "USDT", Decimal(0), number + 2
        )
        order = structs.replace(
            NEW, status=status, executed_qty=executed, avg_price=spent / executed, update_ms=number + 2
        )
        updates.append(OrderUpdate(order, fill))
    if end is not None and executed < NEW.quantity:
        updates.append(OrderUpdate(structs.replace(updates[-1].order, status=end, update_ms=99)))
    return updates


HISTORIES = st.builds(
    history,
    st.lists(st.integers(1, 3), max_size=3).map(tuple),
    st.sampled_from([None, OrderStatus.CANCELED, OrderStatus.EXPIRED]),
) | st.builds(history, st.just((4, 3, 3)), st.none())


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[OrderUpdate], list[OrderUpdate]]:
    """A true history, and how it arrives: everything at least once, in any order, states without their fills too."""
    true = draw(HISTORIES)
    bare = [OrderUpdate(update.order) for update in true]
    extra = draw(st.lists(st.sampled_from(true + bare), max_size=6))
    return true, draw(st.permutations(true + extra))


@given(deliveries())
def test_however_a_history_arrives_it_is_told_once_and_never_goes_back(
    story: tuple[list[OrderUpdate], list[OrderUpdate]],
) -> None:
    true, arriving = story
    ledger = OrderLedger()
    told = [news for update in arriving if (news := ledger.apply(update)) is not None]
    fills = [update.fill.trade_id for update in told if update.fill]
    assert sorted(fills) == [update.fill.trade_id for update in true if update.fill]
    executed = [update.order.executed_qty for update in told]
    assert executed == sorted(executed)
    statuses = [update.order.status for update in told]
    assert statuses == sorted(statuses)
    final = [status for status in statuses if status.is_final]
    assert not final or all(status is final[0] for status in final)
    last, truth = told[-1].order, true[-1].order
    assert (last.status, last.executed_qty, last.avg_price) == (truth.status, truth.executed_qty, truth.avg_price)
    assert ledger.find("BTCUSDT", 1) == last
    assert ledger.short() == []
    assert all(ledger.apply(update) is None for update in arriving), "all of it is known now"


@given(deliveries())
def test_executions_without_their_fill_are_owed(story: tuple[list[OrderUpdate], list[OrderUpdate]]) -> None:
    true, _ = story
    ledger = OrderLedger()
    for update in true:
        ledger.apply(OrderUpdate(update.order))
    owes = bool(true[-1].order.executed_qty)
    assert ledger.has_gap is owes
    assert ledger.short() == ([("BTCUSDT", 1)] if owes else [])
    for update in true:
        ledger.apply(update)
    assert ledger.short() == []


def test_an_ordinary_history_has_no_gap() -> None:
    ledger = OrderLedger()
    for update in history((4, 3, 3), None):
        ledger.apply(update)
    assert not ledger.has_gap
    assert list(ledger.working()) == []


def test_orders_of_other_symbols_may_have_the_same_number() -> None:
    ledger = OrderLedger()
    ledger.apply(OrderUpdate(NEW))
    other = structs.replace(NEW, symbol="ETHUSDT", client_order_id="b")
    assert ledger.apply(OrderUpdate(other)) == OrderUpdate(other)
    assert len(ledger) == 2
    assert ledger.find_client("b") == other


def test_an_amended_price_is_news_and_the_old_one_does_not_come_back() -> None:
    ledger = OrderLedger()
    ledger.apply(OrderUpdate(NEW))
    amended = OrderUpdate(structs.replace(NEW, price=Decimal(101), update_ms=2))
    assert ledger.apply(amended) == amended
    assert ledger.apply(OrderUpdate(NEW)) is None
    assert ledger.find("BTCUSDT", 1) == amended.order


def test_new_after_filled_is_no_news() -> None:
    ledger = OrderLedger()
    updates = history((4, 3, 3), None)
    ledger.apply(updates[-1])
    assert ledger.apply(updates[0]) is None
    assert ledger.find("BTCUSDT", 1) == updates[-1].order


def test_an_average_that_the_last_word_leaves_out_stays() -> None:
    ledger = OrderLedger()
    updates = history((4, 3, 3), None)
    ledger.apply(updates[1])
    executed = updates[1].order
    ended = structs.replace(executed, status=OrderStatus.CANCELED, avg_price=Decimal(0))
    news = ledger.apply(OrderUpdate(ended))
    assert news is not None
    assert (news.order.status, news.order.avg_price) == (OrderStatus.CANCELED, executed.avg_price)
    assert executed.avg_price > 0


def test_what_was_adopted_is_no_news_and_owes_nothing() -> None:
    ledger = OrderLedger()
    updates = history((4, 3, 3), None)
    ledger.adopt(updates[1].order)
    ledger.adopt(updates[0].order)
    assert ledger.short() == []
    news = ledger.apply(updates[2])
    assert news == updates[2]
    assert not ledger.has_gap


def test_an_accepted_order_is_known_by_its_client_id_before_the_stream_speaks() -> None:
    ledger = OrderLedger()
    ledger.expect(NEW, by=10.0)
    assert ledger.find_client("a") == NEW
    assert ledger.find("BTCUSDT", 1) is None, "nothing of it was told"
    assert ledger.overdue(9.9) == []
    assert ledger.overdue(10.0) == ledger.awaited() == [("BTCUSDT", 1)]
    ledger.await_anew(20.0)
    assert ledger.next_overdue() == 20.0
    ledger.apply(OrderUpdate(NEW))
    assert ledger.next_overdue() is None
    ledger.expect(NEW, by=30.0)
    assert ledger.awaited() == [], "the stream has spoken already"


def test_an_accepted_order_that_the_venue_disowns_twice_is_forgotten() -> None:
    ledger = OrderLedger()
    ledger.expect(NEW, by=10.0)
    ledger.disown(("BTCUSDT", 1))
    assert ledger.find_client("a") == NEW, "a list may be late"
    ledger.disown(("BTCUSDT", 1))
    assert ledger.find_client("a") is None
    assert ledger.awaited() == []


@pytest.mark.parametrize(
    "answer",
    [
        lambda ledger: ledger.apply(OrderUpdate(NEW)),
        lambda ledger: ledger.not_placed("a"),
        lambda ledger: ledger.expect(NEW, 1.0),
    ],
)
def test_a_question_is_open_until_anybody_answers(answer: Callable[[OrderLedger], None]) -> None:
    ledger = OrderLedger()
    question = ledger.unresolved(limit("a"), believe_after=7.0)
    assert ledger.question("a") == question
    assert ledger.open_questions() == [question]
    answer(ledger)
    assert ledger.open_questions() == []


def test_only_so_many_ended_orders_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_ledger, "FINAL_KEPT", 10)
    ledger = OrderLedger()
    for number in range(50):
        order = structs.replace(
            NEW, order_id=number, client_order_id=str(number), status=OrderStatus.FILLED, executed_qty=Decimal(10)
        )
        ledger.apply(OrderUpdate(order))
    assert len(ledger) == len(ledger._by_client_id) == len(ledger.short()) == 10


def test_fills_that_will_never_come_are_written_off() -> None:
    ledger = OrderLedger()
    ledger.apply(OrderUpdate(structs.replace(NEW, executed_qty=Decimal(2), status=OrderStatus.PARTIALLY_FILLED)))
    assert ledger.write_off() == [("BTCUSDT", 1)]
    assert ledger.short() == []


def test_what_is_owed_outlives_the_process_that_wrote_all_anew() -> None:
    """A file that has grown is written anew: an order that was accepted, and one on its way, must stand in it."""
    ledger = OrderLedger()
    ledger.ask(limit("b"), 5)
    ledger.expect(NEW, by=10.0)
    assert list(ledger.lines(0)) == [Accepted(NEW), Asked(limit("b"), 5)]


def test_an_end_is_expected_of_what_works_or_is_not_known_and_asked_for_once() -> None:
    ledger = OrderLedger()
    ledger.apply(OrderUpdate(NEW))
    ledger.apply(OrderUpdate(structs.replace(NEW, order_id=2, status=OrderStatus.CANCELED)))
    for order_id, by in ((1, 10.0), (2, 11.0), (3, 12.0), (1, 99.0)):
        ledger.expect_end(("BTCUSDT", order_id), by)
    assert ledger.next_overdue() == 10.0
    assert not ledger.look_for_ended(9.9)
    assert ledger.look_for_ended(12.0)
    assert ledger.looked_for() == [("BTCUSDT", 3)], "the other works by what is known, so its end will be missed"
    assert not ledger.look_for_ended(99.0)


def test_an_end_that_was_told_is_expected_no_more() -> None:
    ledger = OrderLedger()
    ledger.apply(OrderUpdate(NEW))
    ledger.expect_end(("BTCUSDT", 1), 10.0)
    ledger.apply(OrderUpdate(structs.replace(NEW, status=OrderStatus.CANCELED)))
    assert ledger.next_overdue() is None


def test_an_end_is_awaited_anew_with_another_stream_and_of_another_account_no_more() -> None:
    ledger = OrderLedger()
    ledger.expect_end(("BTCUSDT", 1), 10.0)
    ledger.await_anew(25.0)
    assert ledger.next_overdue() == 25.0
    ledger.forget()
    assert ledger.next_overdue() is None


def test_an_older_order_of_the_same_id_answers_for_none_that_is_on_its_way() -> None:
    ledger = OrderLedger()
    ledger.ask(limit("a"), 500_000)
    question = ledger.unresolved(limit("a"), 1.0)
    ledger.apply(OrderUpdate(structs.replace(NEW, created_ms=500_000 - CLOCKS_DIFFER_MS - 1)))
    assert ledger.open_questions() == [question]
    assert ledger.find_client("a") is None
    ledger.apply(OrderUpdate(structs.replace(NEW, order_id=2, created_ms=500_000)))
    assert ledger.open_questions() == []
