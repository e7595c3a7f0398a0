"""Each fill once, with the order as it stands right after it, whichever half is told first."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side
from sansio_exchange.session.joining import PATIENCE, Joining
from sansio_exchange.session.order_ledger import OrderLedger

KEY = "BTCUSDT", 7
BORN_MS = 1_000_000
NEW = Order(7, "mine", "BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(10), OrderStatus.NEW, Decimal(100))
NEW = structs.replace(NEW, created_ms=BORN_MS, update_ms=BORN_MS)


def state(executed: int, status: str = "", **changes: Any) -> Order:
    """An order of 10 at 100."""
    status = status or ("NEW" if not executed else "FILLED" if executed == 10 else "PARTIALLY_FILLED")
    figures = {"executed_qty": Decimal(executed), "avg_price": Decimal(100 if executed else 0)}
    return structs.replace(NEW, status=OrderStatus[status], **{**figures, "update_ms": BORN_MS + executed, **changes})


def fill(trade_id: str, quantity: int, price: int = 100, time_ms: int = BORN_MS + 50) -> Fill:
    amounts = Decimal(price), Decimal(quantity), Decimal(1)
    return Fill(trade_id, 7, "BTCUSDT", Side.BUY, *amounts, "USDT", Decimal(0), time_ms)


class Channels:
    """What two channels say, and what becomes news of it: (status, executed, trade id)."""

    def __init__(self, *adopted: Order, fills: tuple[Fill, ...] = ()) -> None:
        self.ledger = OrderLedger()
        self.joining = Joining(self.ledger)
        self.mono = 100.0
        for order in adopted:
            self.ledger.adopt(order, fills)

    def say(self, *said: Order | Fill) -> list[tuple[str, int, str]]:
        told = []
        for each in said:
            hear: Any = self.joining.hear_state if isinstance(each, Order) else self.joining.hear_fill
            told += hear(each, self.mono)
        return [_brief(each) for each in told]

    def wait(self, seconds: float) -> list[tuple[str, int, str]]:
        self.mono += seconds
        return [_brief(each) for each in self.joining.release(self.mono)]

    def order(self) -> Order:
        known = self.ledger.find(*KEY)
        assert known is not None
        return known


def _brief(update: Any) -> tuple[str, int, str]:
    return update.order.status.name, int(update.order.executed_qty), update.fill.trade_id if update.fill else ""


# --- which comes first ----------------------------------------------------------------------------------------------


def test_a_state_without_executions_is_told_at_once() -> None:
    assert Channels().say(NEW, state(0, "CANCELED")) == [("NEW", 0, ""), ("CANCELED", 0, "")]


def test_a_state_waits_for_its_fill() -> None:
    channels = Channels()
    assert channels.say(NEW, state(4)) == [("NEW", 0, "")]
    assert channels.say(fill("a", 4)) == [("PARTIALLY_FILLED", 4, "a")]
    assert channels.order() == state(4), "as the venue told it"
    assert channels.joining.deadline() is None


def test_a_fill_of_an_order_that_is_known_is_told_at_once() -> None:
    channels = Channels()
    assert channels.say(NEW, fill("a", 4)) == [("NEW", 0, ""), ("PARTIALLY_FILLED", 4, "a")]
    assert channels.say(state(4)) == [], "the state says nothing new"


def test_fills_of_an_order_that_is_not_known_wait_for_it() -> None:
    channels = Channels()
    assert channels.say(fill("a", 4), fill("b", 6)) == []
    assert channels.say(state(10)) == [("PARTIALLY_FILLED", 4, "a"), ("FILLED", 10, "b")]


def test_several_fills_of_one_state_are_told_one_after_the_other() -> None:
    told = Channels().say(NEW, state(10), fill("a", 1), fill("b", 2), fill("c", 7))
    assert told[1:] == [("PARTIALLY_FILLED", 1, "a"), ("PARTIALLY_FILLED", 3, "b"), ("FILLED", 10, "c")]


def test_an_end_after_fills_waits_for_them() -> None:
    channels = Channels()
    assert channels.say(NEW, state(4, "CANCELED")) == [("NEW", 0, "")]
    assert channels.say(fill("a", 3)) == [("PARTIALLY_FILLED", 3, "a")]
    assert channels.say(fill("b", 1)) == [("PARTIALLY_FILLED", 4, "b"), ("CANCELED", 4, "")]


def test_the_reason_of_the_state_is_told_with_its_last_fill() -> None:
    channels = Channels()
    channels.say(NEW, state(10, reason="liquidation"), fill("a", 10))
    assert channels.order().reason == "liquidation"


def test_the_average_price_is_of_what_was_named() -> None:
    channels = Channels()
    channels.say(NEW, fill("a", 1, price=100), fill("b", 3, price=104))
    assert channels.order().avg_price == Decimal(103)


def test_the_venues_own_average_price_counts_more_than_ours() -> None:
    channels = Channels()
    channels.say(NEW, state(2, update_ms=BORN_MS + 1), fill("b", 2, price=110), fill("a", 2, price=100))
    channels.say(state(4, avg_price=Decimal(105), update_ms=BORN_MS + 60))
    assert channels.order().avg_price == 105


def test_what_comes_twice_counts_once() -> None:
    told = Channels().say(NEW, fill("a", 4), fill("a", 4), state(4), state(4), fill("a", 4))
    assert told == [("NEW", 0, ""), ("PARTIALLY_FILLED", 4, "a")]
    assert Channels().say(fill("a", 4), fill("a", 4), state(4)) == [("PARTIALLY_FILLED", 4, "a")]


def test_a_rejected_rest_is_told_after_the_fills() -> None:
    channels = Channels()
    assert channels.say(NEW, fill("a", 4), state(4, "EXPIRED"))[1:] == [
        ("PARTIALLY_FILLED", 4, "a"),
        ("EXPIRED", 4, ""),
    ]


# --- the fill that completes an order --------------------------------------------------------------------------------


def test_an_order_is_filled_when_the_venue_says_so() -> None:
    channels = Channels()
    assert channels.say(NEW, fill("a", 10)) == [("NEW", 0, "")]
    assert channels.say(state(10)) == [("FILLED", 10, "a")]


def test_an_order_that_was_enlarged_meanwhile_goes_on() -> None:
    channels = Channels()
    channels.say(NEW, fill("a", 10))
    larger = structs.replace(state(10, "PARTIALLY_FILLED"), quantity=Decimal(12))
    assert channels.say(larger) == [("PARTIALLY_FILLED", 10, "a")]
    assert channels.order().quantity == 12


def test_a_state_of_before_does_not_complete_it() -> None:
    channels = Channels()
    channels.say(NEW, fill("a", 4))
    assert channels.say(fill("b", 6), state(4)) == []
    assert channels.say(state(10)) == [("FILLED", 10, "b")]


# --- orders from before our time ------------------------------------------------------------------------------------


def test_what_an_older_order_had_executed_is_counted() -> None:
    old = fill("old", 5, time_ms=BORN_MS + 5)
    channels = Channels(state(5), fills=(old,))
    assert channels.say(old) == [], "it is not news"
    assert channels.say(fill("a", 2)) == [("PARTIALLY_FILLED", 7, "a")]
    assert channels.say(state(10)) == []
    assert channels.say(fill("b", 3)) == [("FILLED", 10, "b")]


def test_a_fill_that_is_later_than_the_state_is_not_the_past_of_it() -> None:
    new = fill("new", 2, time_ms=BORN_MS + 60)
    channels = Channels(state(5, update_ms=BORN_MS + 10), fills=(new,))  # the older ones are not listed yet
    assert channels.say(new) == [("PARTIALLY_FILLED", 7, "new")]


def test_a_list_that_tells_whole_seconds_counts_the_fills_of_the_last_one() -> None:
    channels = Channels(state(5, update_ms=BORN_MS))
    assert channels.say(fill("old", 5, time_ms=BORN_MS + 500)) == []
    assert channels.say(fill("new", 1, time_ms=BORN_MS + 1500)) == [("PARTIALLY_FILLED", 6, "new")]


def test_a_fill_that_was_counted_but_not_listed_is_the_past_too() -> None:
    channels = Channels(state(5, update_ms=BORN_MS + 60))
    assert channels.say(fill("old", 5, time_ms=BORN_MS + 55)) == []
    assert channels.say(fill("a", 2, time_ms=BORN_MS + 61)) == [("PARTIALLY_FILLED", 7, "a")]


# --- what never comes -----------------------------------------------------------------------------------------------


def test_a_state_whose_fills_do_not_come_is_told_as_it_is_and_leaves_a_gap() -> None:
    channels = Channels()
    channels.say(NEW, state(4))
    assert channels.joining.deadline() == channels.mono + PATIENCE
    assert channels.wait(PATIENCE - 0.001) == []
    assert channels.wait(0.001) == [("PARTIALLY_FILLED", 4, "")]
    assert channels.ledger.has_gap
    assert channels.ledger.short() == [KEY]


def test_a_fill_that_comes_after_all_is_one_of_those_that_were_counted() -> None:
    channels = Channels()
    channels.say(NEW, state(4))
    channels.wait(PATIENCE)
    assert channels.say(fill("late", 4)) == [("PARTIALLY_FILLED", 4, "late")]
    assert channels.ledger.short() == []
    assert channels.say(fill("next", 2)) == [("PARTIALLY_FILLED", 6, "next")]


def test_one_that_was_written_off_is_told_and_counted_once() -> None:
    channels = Channels()
    channels.say(NEW, state(4, update_ms=BORN_MS + 60))
    channels.wait(PATIENCE)
    assert channels.ledger.write_off() == [KEY]
    assert channels.say(fill("late", 4)) == [("PARTIALLY_FILLED", 4, "late")]
    assert channels.say(fill("next", 2, time_ms=BORN_MS + 70)) == [("PARTIALLY_FILLED", 6, "next")]


def test_what_was_written_off_twice_is_counted_once() -> None:
    channels = Channels()
    wide: dict[str, Any] = {"quantity": Decimal(20), "status": OrderStatus.PARTIALLY_FILLED}
    channels.say(NEW, structs.replace(state(4, update_ms=BORN_MS + 60), **wide))
    channels.wait(PATIENCE)
    channels.ledger.write_off()
    channels.say(structs.replace(state(7, update_ms=BORN_MS + 70), **wide))
    channels.wait(PATIENCE)
    channels.ledger.write_off()
    told = channels.say(fill("a", 4, time_ms=BORN_MS + 55), fill("b", 3, time_ms=BORN_MS + 65))
    assert told == [("PARTIALLY_FILLED", 7, "a"), ("PARTIALLY_FILLED", 7, "b")]


def test_the_past_is_no_news_and_what_was_written_off_since_is() -> None:
    channels = Channels(structs.replace(state(5, update_ms=BORN_MS + 10), quantity=Decimal(20)))
    channels.say(structs.replace(state(7, update_ms=BORN_MS + 60), quantity=Decimal(20)))
    channels.wait(PATIENCE)
    channels.ledger.write_off()
    assert channels.say(fill("old", 5, time_ms=BORN_MS + 5)) == []
    assert channels.say(fill("late", 2, time_ms=BORN_MS + 55)) == [("PARTIALLY_FILLED", 7, "late")]


def test_an_order_of_which_there_are_fills_alone_is_looked_for() -> None:
    channels = Channels()
    channels.say(fill("a", 4))
    assert channels.wait(PATIENCE) == []
    assert channels.ledger.has_gap
    assert channels.ledger.looked_for() == [KEY]
    channels.say(NEW)
    assert channels.ledger.looked_for() == []


def test_a_completing_fill_whose_state_does_not_come_is_asked_for() -> None:
    channels = Channels()
    channels.say(NEW, fill("a", 10))
    assert channels.wait(PATIENCE) == [], "whether the order works on nobody knows"
    assert channels.ledger.has_gap
    assert channels.order().status is OrderStatus.NEW


def test_what_waits_has_its_own_time() -> None:
    channels = Channels()
    channels.say(NEW, state(4))
    channels.wait(2.0)
    channels.say(fill("a", 3))
    assert channels.wait(2.0) == [], "a fill came: its fellow may follow"
    assert channels.wait(1.0) == [("PARTIALLY_FILLED", 4, "")]


def test_at_an_interruption_nothing_waits_any_more() -> None:
    channels = Channels()
    channels.say(NEW, state(4))
    assert [_brief(each) for each in channels.joining.release(float("inf"))] == [("PARTIALLY_FILLED", 4, "")]
    assert channels.joining.deadline() is None


# --- whatever the order -----------------------------------------------------------------------------------------------


STORY: tuple[Order | Fill, ...] = (NEW, state(4), state(10), fill("a", 1), fill("b", 3), fill("c", 6))


@settings(max_examples=300, deadline=None)
@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4))
def test_in_any_order_and_repeated_the_same_is_told_without_a_gap(order: list[int], again: list[int]) -> None:
    channels = Channels()
    told = channels.say(*(STORY[at] for at in (*order, *again)))
    assert sorted(trade_id for _, _, trade_id in told if trade_id) == ["a", "b", "c"]
    assert [executed for _, executed, _ in told] == sorted(executed for _, executed, _ in told)
    assert (channels.order().status, channels.order().executed_qty) == (OrderStatus.FILLED, Decimal(10))
    assert not channels.ledger.has_gap
    assert channels.joining.deadline() is None


@pytest.mark.parametrize("story", list(permutations([NEW, state(0, "EXPIRED")])))
def test_states_overtake_each_other_harmlessly(story: tuple[Order, ...]) -> None:
    channels = Channels()
    channels.say(*story)
    assert channels.order().status is OrderStatus.EXPIRED
