"""What happened while nobody listened is told exactly once and in order, whatever overtakes what."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.account import Account, Balance, Position
from sansio_exchange.commands import (
    Action,
    CancelOrder,
    GetOpenOrders,
    PlaceOrder,
)
from sansio_exchange.errors import NotConnected
from sansio_exchange.machine import ConnectionLost, Unreadable
from sansio_exchange.orders import OrderStatus, OrderUpdate
from sansio_exchange.session.placing import SEEN_ON_STREAM_WITHIN
from sansio_exchange.session.recovery import HELD_AT_MOST
from sansio_exchange.venue import AccountChange, Recipe
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, lost


def fills(stage: Stage) -> list[str]:
    return [update.fill.trade_id for update in stage.updates if update.fill]


def told(stage: Stage, order_id: int = 1) -> list[OrderStatus]:
    return [update.order.status for update in stage.updates if update.order.order_id == order_id]


def away(stage: Stage) -> None:
    """The private socket is gone and does not come back yet."""
    stage.rules["private"] = "refuse"
    stage.cut("private")
    assert not stage.is_live()


def back(stage: Stage) -> None:
    del stage.rules["private"]
    back_again(stage)


def asking(stage: Stage, path: str, seconds: float = 30) -> None:
    """The private socket is back, and what the venue is asked for there has not been answered."""
    stage.rules[path] = "hold"
    del stage.rules["private"]
    stage.advance(seconds)


def misses_a_part(stage: Stage) -> None:
    """Of an order that was placed while the venue was asked, a fill is missed; it is being asked again."""
    away(stage)
    asking(stage, "/open_orders")
    stage.ask(PlaceOrder(limit("a")))
    stage.exchange.goes_silent("private")
    stage.exchange.fill(1, "0.4")
    stage.cut("private")
    stage.advance(20)


def back_again(stage: Stage) -> None:
    stage.advance(60)
    assert stage.is_live()


def check_story(stage: Stage) -> None:
    """The contract of the order stream, against what the venue knows."""
    ids = fills(stage)
    assert sorted(ids) == sorted({fill.trade_id for fill in stage.exchange.fills}), "each fill once"
    for order_id, order in stage.exchange.orders.items():
        updates = [update.order for update in stage.updates if update.order.order_id == order_id]
        executed = [update.executed_qty for update in updates]
        assert executed == sorted(executed)
        statuses = [update.status for update in updates]
        assert statuses == sorted(statuses)
        assert (updates[-1].status, updates[-1].executed_qty) == (order.status, order.executed_qty)


NEW, PART, FILLED, CANCELED, EXPIRED = (
    OrderStatus.NEW,
    OrderStatus.PARTIALLY_FILLED,
    OrderStatus.FILLED,
    OrderStatus.CANCELED,
    OrderStatus.EXPIRED,
)


def test_fills_while_the_private_socket_was_away_are_told_once_and_in_order(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    live.exchange.fill(1, "0.3")
    live.exchange.fill(1, "0.7")
    back(live)
    assert told(live) == [NEW, PART, FILLED]
    assert fills(live) == ["1", "2"]
    check_story(live)


def test_an_order_that_came_and_went_while_nobody_listened_is_told_whole(live: Stage) -> None:
    away(live)
    live.exchange.accept(limit("other program"))
    live.exchange.fill(1, "0.4")
    live.exchange.end(1)
    back(live)
    assert told(live) == [NEW, PART, CANCELED]
    check_story(live)


def test_orders_placed_while_the_private_socket_is_away_are_told_when_it_is_back(live: Stage) -> None:
    away(live)
    live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(1, "1")
    live.exchange.position = Decimal(0)  # and something else brought the position back
    live.ask(PlaceOrder(limit("b")))
    back(live)
    assert told(live, 1) == [NEW, FILLED]
    assert told(live, 2) == [NEW]
    check_story(live)


def test_updates_during_reconciliation_are_told_after_what_was_missed(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    live.exchange.fill(1, "0.1")
    asking(live, "/open_orders")
    live.exchange.fill(1, "0.2")
    live.settle()
    assert fills(live) == []
    live.release()
    live.advance(1)
    assert fills(live) == ["1", "2"]
    check_story(live)


def test_updates_after_the_snapshot_are_not_lost(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    live.exchange.fill(1, "0.1")
    asking(live, "/fills")
    live.exchange.fill(1, "0.2")
    live.exchange.accept(limit("b"))
    live.exchange.fill(1, "0.7")
    live.settle()
    live.release()
    live.advance(1)
    assert told(live, 2) == [NEW], "in no snapshot, and not declared gone"
    check_story(live)


def test_what_began_and_ended_while_the_venue_was_asked_is_asked_for_by_nobody(live: Stage) -> None:
    """Else an account that places orders faster than they may be asked for is never reconciled again."""
    away(live)
    asking(live, "/open_orders")
    for number in range(20):
        order = live.ask(PlaceOrder(limit(f"m{number}")))
        live.exchange.fill(order.order_id, "1")
        live.settle()
    live.rules.clear()
    live.rules["private"] = "refuse"
    live.cut("private")
    live.advance(1)
    live.sent.clear()
    back(live)
    assert live.sent.count("/order") == 0
    check_story(live)


def test_a_fill_that_was_missed_of_one_that_ended_while_the_venue_was_asked_is_told(live: Stage) -> None:
    misses_a_part(live)
    live.exchange.fill(1, "0.6")
    live.settle()
    live.cut("private")
    live.rules.clear()
    live.advance(60)
    check_story(live)


def test_a_fill_that_was_missed_is_told_before_the_end_that_the_stream_told_meanwhile(live: Stage) -> None:
    misses_a_part(live)
    live.ask(CancelOrder("BTCUSDT", 1))
    live.settle()
    live.cut("private")
    live.rules.clear()
    live.advance(60)
    assert told(live) == [NEW, PART, CANCELED]
    check_story(live)


def test_an_order_placed_during_reconciliation_is_neither_lost_nor_gone(live: Stage) -> None:
    away(live)
    asking(live, "/account")
    live.ask(PlaceOrder(limit("a")))
    live.release()
    live.advance(30)
    assert told(live) == [NEW]
    assert live.is_live()


def test_what_was_there_before_our_time_is_no_news() -> None:
    stage = Stage()
    stage.exchange.accept(limit("a"))
    stage.exchange.fill(1, "0.5")
    stage.go_live()
    assert stage.updates == []
    stage.exchange.fill(1, "0.5")
    stage.settle()
    assert fills(stage) == ["2"]


def test_a_start_with_half_filled_orders_does_not_wait_for_their_fills() -> None:
    stage = Stage()
    stage.exchange.accept(limit("a"))
    stage.exchange.fill(1, "0.5")
    stage.exchange.listed_fills = False
    stage.go_live()


@pytest.mark.parametrize("age", [0, 5_000, 86_400_000])
def test_fills_from_before_our_time_are_never_told_whatever_follows(age: int) -> None:
    stage = Stage()
    stage.exchange.now_ms -= age
    stage.exchange.accept(limit("half", quantity="1"))
    stage.exchange.fill(1, "0.5")
    stage.exchange.accept(limit("whole"))
    stage.exchange.fill(2, "1")
    stage.exchange.drain()
    stage.advance(0.01)
    stage.go_live()
    stage.advance(3600)
    away(stage)
    stage.exchange.fill(1, "0.2")
    stage.exchange.listed_fills = False
    del stage.rules["private"]
    stage.advance(1.2)
    stage.exchange.listed_fills = True
    back_again(stage)
    (update,) = stage.updates
    assert update.fill is not None
    assert (update.fill.quantity, update.order.executed_qty) == (Decimal("0.2"), Decimal("0.7"))
    assert update.order.status is OrderStatus.PARTIALLY_FILLED


def test_fills_that_the_venue_lists_late_are_waited_for(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    live.exchange.fill(1, "1")
    live.exchange.listed_fills = False
    del live.rules["private"]
    live.advance(3)
    assert fills(live) == []
    live.exchange.listed_fills = True
    live.advance(30)
    check_story(live)


def test_fills_that_the_venue_lists_very_late_are_told_after_the_order(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    live.exchange.fill(1, "1")
    live.exchange.listed_fills = False
    del live.rules["private"]
    live.advance(15)
    assert told(live) == [NEW, FILLED], "that it was filled is known before by what"
    live.exchange.listed_fills = True
    live.advance(30)
    check_story(live)
    assert live.is_live()


def test_fills_that_the_venue_never_lists_are_written_off_and_said_so(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    live.exchange.fill(1, "1")
    live.exchange.listed_fills = False
    del live.rules["private"]
    live.advance(300)
    assert live.is_live()
    assert live.connector._ledger.short() == []
    notes = [event.reason for event in live.events if isinstance(event, Unreadable)]
    assert any("does not list" in note for note in notes)


def test_an_update_that_counts_more_than_was_named_is_followed_up(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(1, "0.4")
    live.exchange.drain()  # this one is lost
    live.advance(120)
    live.exchange.fill(1, "0.6")
    live.settle()
    live.advance(10)
    check_story(live)
    assert live.is_live()


def test_an_unreadable_private_message_is_followed_up(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(1, "1")
    live.exchange.drain()
    live.exchange.say("private", b'{"type":"OrderUp')
    live.settle()
    live.advance(10)
    check_story(live)


def test_a_flood_of_unreadable_messages_does_not_keep_us_from_being_live(live: Stage) -> None:
    live.sent.clear()
    for _ in range(100):
        live.exchange.say("private", b"{")
        live.settle()
        live.advance(0.1)
    assert live.sent.count("/open_orders") <= 3
    assert live.is_live()


def test_an_accepted_order_of_which_the_stream_is_silent_replaces_the_private_socket(live: Stage) -> None:
    live.exchange.say = lambda role, what: None  # type: ignore[method-assign]
    live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(1, "1")
    live.exchange.position = Decimal(0)
    live.advance(SEEN_ON_STREAM_WITHIN + 0.1)
    assert any("do not show up" in event.reason for event in live.events if isinstance(event, ConnectionLost))
    live.advance(5)
    check_story(live)
    assert told(live) == [NEW, FILLED]


def test_an_accepted_order_is_expected_again_after_an_interruption(live: Stage) -> None:
    away(live)
    live.ask(PlaceOrder(limit("a")))
    live.advance(3600)
    back(live)
    assert told(live) == [NEW]
    live.advance(60)
    assert sum("show up" in event.reason for event in live.events if isinstance(event, ConnectionLost)) == 0


def test_an_order_that_the_venue_does_not_know_any_more_is_ended(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    del live.exchange.orders[1]
    back(live)
    assert told(live) == [NEW, EXPIRED]


def test_an_order_that_is_missing_for_a_moment_is_not_ended(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    order = live.exchange.orders.pop(1)
    del live.rules["private"]
    live.advance(0.6)
    live.exchange.orders[1] = order
    live.advance(30)
    assert live.is_live()
    assert told(live) == [NEW]


@pytest.mark.parametrize(("lag", "within"), [(1.0, 2.0), (8.0, 20.0)])
def test_an_accepted_order_that_the_venue_does_not_know_yet_is_not_forgotten(
    live: Stage, lag: float, within: float
) -> None:
    away(live)
    live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(1, "1")
    order, live.exchange.listed_fills = live.exchange.orders.pop(1), False
    del live.rules["private"]
    live.advance(lag)
    assert live.ask(PlaceOrder(limit("a"))).order_id == 1
    live.exchange.orders[1], live.exchange.listed_fills = order, True
    live.advance(within)
    check_story(live)
    assert told(live) == [NEW, FILLED]


def test_an_order_that_cannot_be_asked_for_is_not_ended(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    del live.exchange.orders[1]
    live.rules["/order"] = "lose"
    del live.rules["private"]
    live.advance(60)
    assert told(live) == [NEW]
    assert not live.is_live()


def test_a_reconciliation_that_fails_is_tried_again(live: Stage) -> None:
    live.rules["/account"] = "lose"
    live.cut("private")
    live.advance(5)
    assert not live.is_live()
    live.rules.clear()
    live.advance(30)
    assert live.is_live()


def test_a_reconciliation_that_fails_at_once_is_tried_again(live: Stage) -> None:
    recipe, failures = live.venue.recipe, [NotConnected("at once")] * 2

    def fails(action: Action) -> Recipe[Any]:
        if isinstance(action, GetOpenOrders) and failures:
            raise failures.pop()
        return recipe(action)

    live.venue.recipe = fails  # type: ignore[method-assign]
    live.cut("private")
    live.advance(10)
    assert live.is_live()


def test_an_order_accepted_while_the_venue_is_asked_has_its_time_to_show_up(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    live.exchange.fill(1, "0.1")
    asking(live, "/fills", seconds=2)
    say, live.exchange.say = live.exchange.say, lambda role, what: None  # type: ignore[method-assign]
    live.ask(PlaceOrder(limit("b")))
    live.exchange.say = say  # type: ignore[method-assign]
    live.advance(SEEN_ON_STREAM_WITHIN + 2)
    live.events.clear()
    live.release()
    live.advance(1)
    assert live.is_live()
    live.exchange.say("private", OrderUpdate(live.exchange.orders[2]))
    live.settle()
    live.advance(30)
    assert [event for event in live.events if isinstance(event, ConnectionLost)] == []


def test_positions_during_reconciliation_do_not_go_back(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.rules["/open_orders"] = "hold"
    live.cut("private")
    live.advance(1)
    live.exchange.fill(1, "1")
    change = AccountChange((Balance("USDT", Decimal(999), Decimal(0)),), (Position("BTCUSDT", Decimal(1)),), "ORDER", 1)
    live.exchange.say("private", change)
    live.settle()
    live.release()
    live.advance(10)
    sizes = [event.size for event in live.events if isinstance(event, Position)]
    assert sizes == [1]


def test_the_account_is_stated_whole_a_while_after_a_change(live: Stage) -> None:
    change = AccountChange((Balance("USDT", Decimal(900), Decimal(0)),), (), "ORDER", 1)
    for _ in range(5):
        live.exchange.say("private", change)
    live.settle()
    live.advance(60)
    wallets = [event.wallet_balance for event in live.events if isinstance(event, Account)]
    assert wallets[0] == 900
    assert wallets[-1] == 1000, "the venue's own statement has the last word"
    assert live.sent.count("/account") <= 2, "one that may be late, and one that cannot be"


STEPS = st.lists(
    st.sampled_from(
        ["fill", "place", "cancel", "cut", "hang", "hold", "wait", "say again", "garbage", "lose", "release"]
    ),
    max_size=25,
)


@given(STEPS)
def test_whatever_happens_the_story_is_whole(steps: list[str]) -> None:
    """Each fill once, nothing goes back, and in the end all is as the venue says."""
    stage = Stage()
    stage.go_live()
    history: list[OrderUpdate] = []
    for number, step in enumerate(steps):
        working = [order.order_id for order in stage.exchange.orders.values() if not order.status.is_final]
        match step:
            case "fill" if working:
                history.append(stage.exchange.fill(working[number % len(working)], "0.25"))
            case "place":
                stage.begin(PlaceOrder(limit(f"{number}")))
            case "cancel" if working:
                history.append(stage.exchange.end(working[0]))
            case "cut" | "hang" if any(name.startswith("private") for name in stage._conns):
                stage.cut("private") if step == "cut" else stage.exchange.hang_up("private")
            case "hold":
                stage.rules["/open_orders" if number % 2 else "/fills"] = "hold"
            case "release":
                stage.release()
            case "lose":
                stage.exchange.drain()
            case "say again" if history:
                stage.exchange.say("private", history[number % len(history)])
            case "garbage":
                stage.exchange.say("private", b"{")
            case "wait":
                stage.advance(1.0)
        stage.settle()
    stage.rules.clear()
    stage.release()
    # What was lost in silence shows at the latest when the socket begins anew.
    stage.advance(30)
    if any(name.startswith("private") for name in stage._conns):
        stage.cut("private")
    stage.advance(60)
    assert stage.is_live()
    check_story(stage)


def test_too_many_held_updates_begin_the_private_socket_anew(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a", quantity="500")))
    live.rules["/open_orders"] = "hold"
    live.cut("private")
    live.advance(1)
    update = live.exchange.fill(1, "0.001")
    live.settle()
    live.rules["/open_orders"] = ""
    for _ in range(HELD_AT_MOST + 1):
        live.exchange.say("private", update)
    live.settle()
    live.advance(5)
    assert live.is_live()
    assert [each.fill.trade_id for each in live.updates if each.fill] == ["1"]
    assert any("too many" in each.reason for each in lost(live))


@pytest.mark.parametrize("executed", ["0.4", "1"])
def test_an_order_that_the_venue_forgot_is_told_with_the_fills_that_it_lists(live: Stage, executed: str) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    live.exchange.fill(1, executed)
    del live.exchange.orders[1]
    back(live)
    live.advance(60)
    assert fills(live) == ["1"]
    ended = live.updates[-1].order
    assert ended.status is (OrderStatus.FILLED if executed == "1" else OrderStatus.EXPIRED)
    assert ended.executed_qty == Decimal(executed)


@pytest.mark.parametrize("executed", ["0.4", "1"])
def test_where_the_list_of_open_orders_is_late_the_fill_is_told_by_the_next_look(live: Stage, executed: str) -> None:
    live.ask(PlaceOrder(limit("a")))
    away(live)
    lists = [[live.exchange.orders[1]]]
    live.exchange.fill(1, executed)
    truly = live.exchange.working
    live.exchange.working = lambda: lists.pop() if lists else truly()  # type: ignore[method-assign]  # once it is late
    back(live)
    live.advance(60)
    assert fills(live) == ["1"]
    check_story(live)
    assert live.is_live()


def test_what_was_filled_before_and_accepted_while_the_venue_was_asked_is_told_at_once() -> None:
    """Its acceptance came too late for the order to be asked for, and the stream will say nothing of it."""
    live = Stage(FakeVenue(trade=False))
    live.go_live()
    away(live)
    live.rules["/place"] = "hold reply"
    live.begin(PlaceOrder(limit("a")), timeout=30)
    live.exchange.fill(1, "1")
    accepted, live._held = live._held, []
    live.rules = {"/fills": "hold reply"}
    while "/fills" not in live.sent:
        live.advance(0.1)
    live._held = [*accepted, *live._held]
    live.release()
    assert told(live) == [NEW, FILLED]
    check_story(live)
    assert live.is_live()
