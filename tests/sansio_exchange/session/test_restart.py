"""A process that is killed at any instant comes back knowing its orders: none is placed twice, each fill told once."""

from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from math import inf

import pytest
from msgspec import structs

from sansio_exchange.commands import CancelOrder, Credentials, GetAccount, PlaceOrder, PlaceOrders, Start
from sansio_exchange.errors import ExchangeError, PermissionDenied
from sansio_exchange.machine import HttpReply, Remember, SendHttp
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, OrderUpdate, Side
from sansio_exchange.session.memory import Accepted, Asked, Banned, Began, Owner, from_bytes, to_bytes
from tests.sansio_exchange.session.fake_exchange import FakeExchange
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Killed, Stage, limit

IDS = ("a", "b", "c", "d", "m")
MARKET = NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal(1), client_order_id="m")


def begun(lives_for: float = inf, *, trade: bool = True) -> Stage:
    stage = Stage(FakeVenue(trade=trade), memory=b"")
    stage.go_live()
    stage.lives_for = lives_for
    return stage


def restarted(before: Stage, *, memory: bytes | None = None, lives_for: float = inf) -> Stage:
    """Another process on the same account, which has what the one before was told to remember. It may be killed before
    it is live."""
    stage = before.another("t", after=3, memory=memory)
    stage.lives_for = lives_for
    with suppress(Killed):
        stage.begin(Start())
        stage.advance(2.0)
    assert stage.is_live() or lives_for < inf
    stage.sent.clear()
    return stage


def trade(stage: Stage) -> None:
    """A little of everything."""
    exchange = stage.exchange
    stage.begin(PlaceOrder(limit("a")))
    exchange.fill(1, "0.3")
    stage.settle()
    stage.begin(PlaceOrders((limit("b"), limit("c"), limit("d"))))
    stage.begin(CancelOrder("BTCUSDT", client_order_id="b"))
    exchange.fill(1, "0.2")
    stage.settle()
    stage.begin(PlaceOrder(MARKET))


def placed(stage: Stage, client_order_id: str) -> list[Order]:
    return [order for order in stage.exchange.orders.values() if order.client_order_id == client_order_id]


def fills_told(updates: Iterable[OrderUpdate]) -> list[str]:
    return [update.fill.trade_id for update in updates if update.fill]


def count_effects(trade_socket: bool) -> int:
    stage = begun(trade=trade_socket)
    before = len(stage.effects)
    trade(stage)
    return len(stage.effects) - before


@pytest.mark.parametrize("trade_socket", [True, False], ids=["socket", "rest"])
@pytest.mark.parametrize("arrives", [True, False], ids=["arrives", "is lost"])
def test_killed_at_any_instant_nothing_is_doubled_and_nothing_lost(trade_socket: bool, arrives: bool) -> None:
    for instant in range(count_effects(trade_socket) + 1):
        first = begun(instant, trade=trade_socket)
        with suppress(Killed, KeyError):  # a fill of an order that was never placed
            trade(first)
        first.killed(arrives=arrives)
        for order in list(first.exchange.orders.values()):
            if not order.status.is_final:
                first.exchange.fill(order.order_id, "0.1")
        known = {order.client_order_id: order.order_id for order in first.exchange.orders.values()}
        second = restarted(first)
        for client_id in IDS:  # every caller retries
            with suppress(ExchangeError):
                again = MARKET if client_id == "m" else limit(client_id)
                answer = second.begin(PlaceOrder(again), timeout=60)
                second.advance(60)
                found = second.result(answer)
                assert found.order_id == known.get(client_id, found.order_id), "the same order"
            assert len(placed(second, client_id)) <= 1, f"{client_id} was placed twice, killed after {instant} effects"
        told = fills_told(first.updates) + fills_told(second.updates)
        assert len(told) == len(set(told)), f"a fill was told twice, killed after {instant} effects"
        missing = {fill.trade_id for fill in second.exchange.fills} - set(told)
        assert missing <= remembered_but_not_told(first), f"a fill was lost, killed after {instant} effects"
        for order_id, order in second.exchange.orders.items():
            known_order = second.connector._ledger.find(order.symbol, order_id)
            assert known_order is not None
            assert (known_order.status, known_order.executed_qty) == (order.status, order.executed_qty)


def remembered_but_not_told(stage: Stage) -> set[str]:
    """Killed between the two: whoever subscribed then is gone, too."""
    kept = stage.kept.rsplit(b"\n", 2)[-2:]
    return {fill.trade_id for fill in stage.exchange.fills if f'"trade_id":"{fill.trade_id}"'.encode() in kept[0]}


def filled(quantity: str = "1") -> Stage:
    """A process that is gone; so much of its only order was filled."""
    stage = begun()
    stage.ask(PlaceOrder(limit("a")))
    stage.exchange.fill(1, quantity)
    stage.settle()
    stage.killed(arrives=True)
    return stage


def test_what_happened_while_nobody_ran_is_told_by_the_next() -> None:
    first = filled("0.3")
    first.exchange.fill(1, "0.7")
    second = restarted(first)
    assert [(each.order.status, each.fill and each.fill.trade_id) for each in second.updates] == [
        (OrderStatus.FILLED, "2")
    ]


def told_late(lives_for: float = inf) -> tuple[Stage, int]:
    """A session whose private socket is away for half a minute, and how many effects it had when that was back. Another
    program's order fills early in it, ours, of which is told first, late."""
    stage = begun()
    stage.ask(PlaceOrder(limit("a")))
    stage.rules["private"] = "refuse"
    stage.cut("private")
    stage.advance(5)
    stage.exchange.accept(structs.replace(MARKET, client_order_id="another program's"))
    stage.advance(25)
    stage.exchange.fill(1, "0.3")
    del stage.rules["private"]
    stage.lives_for, before = lives_for, len(stage.effects)
    with suppress(Killed):
        stage.advance(60)
    return stage, len(stage.effects) - before


def test_killed_while_it_tells_what_it_had_missed_the_next_tells_the_rest() -> None:
    """What it told first may have happened last."""
    for instant in range(told_late()[1] + 1):
        first, _ = told_late(instant)
        first.killed(arrives=True)
        second = restarted(first)
        told = fills_told(first.updates + second.updates)
        assert len(told) == len(set(told)), f"a fill was told twice, killed after {instant} effects"
        remembered = fills_told(line for line in from_bytes(first.kept)[0] if isinstance(line, OrderUpdate))
        missing = {fill.trade_id for fill in second.exchange.fills} - set(told)
        assert missing <= set(remembered), f"a fill was lost, killed after {instant} effects"


def test_so_does_the_one_after_that_if_the_next_was_killed_before_it_did() -> None:
    instant = next(each for each in range(100) if b'"trade_id":"2"' in told_late(each)[0].kept)
    for lives_for in range(40):
        first, _ = told_late(instant)
        first.killed(arrives=True)
        assert b'"trade_id":"1"' not in first.kept
        second = restarted(first, lives_for=lives_for)
        second.killed(arrives=True)
        third = restarted(second)
        assert "1" in fills_told(second.updates + third.updates) or b'"trade_id":"1"' in second.kept


def test_without_memory_what_was_before_is_no_news() -> None:
    first = begun()
    first.ask(PlaceOrder(limit("a")))
    first.killed(arrives=True)
    first.exchange.fill(1, "0.3")
    assert restarted(first, memory=b"").updates == []


def test_an_order_of_which_the_answer_was_lost_with_the_process_is_found_out() -> None:
    first = begun(trade=False)
    first.rules["/place"] = "lose reply"
    first.begin(PlaceOrder(limit("a")))
    first.killed(arrives=True)
    second = restarted(first)
    second.advance(30)
    assert second.ask(PlaceOrder(limit("a"))).order_id == 1
    assert second.sent.count("/place") == 0


@pytest.mark.parametrize("knew", ["asked", "accepted"])
def test_an_order_that_ended_while_nobody_ran_is_told_though_nobody_retries_it(knew: str) -> None:
    first = begun(trade=False)
    accepted = first.exchange.accept(limit("a"))
    first.killed(arrives=True)
    first.exchange.end(1)
    line = Asked(limit("a"), first.exchange.now_ms) if knew == "asked" else Accepted(accepted)
    known = [each for each in from_bytes(first.kept)[0] if isinstance(each, Owner)]
    second = restarted(first, memory=to_bytes((*known, Began(first.exchange.now_ms - 1000), line)))
    assert [each.order.status for each in second.updates] == [OrderStatus.NEW, OrderStatus.CANCELED]


def test_what_was_asked_for_is_remembered_before_it_leaves() -> None:
    stage = begun(trade=False)
    before = len(stage.effects)
    stage.ask(PlaceOrder(limit("a")))
    kept, *_ = (at for at, each in enumerate(stage.effects) if at >= before and isinstance(each, Remember))
    sent, *_ = (at for at, each in enumerate(stage.effects) if at >= before and isinstance(each, SendHttp))
    assert kept < sent


def test_one_that_never_arrived_is_placed_when_it_can_not_arrive_any_more() -> None:
    first = begun(trade=False)
    first.rules["/place"] = "lose"
    first.begin(PlaceOrder(limit("a")))
    first.killed(arrives=False)
    second = restarted(first)
    answer = second.begin(PlaceOrder(limit("a")), timeout=60)
    assert second.sent.count("/place") == 0, "it may still arrive"
    second.advance(30)
    assert second.result(answer).client_order_id == "a"
    assert len(placed(second, "a")) == 1


def test_a_restart_forgets_what_ended_long_ago_and_nothing_else() -> None:
    first = begun()
    first.ask(PlaceOrder(limit("a")))
    first.ask(PlaceOrder(limit("b")))
    first.exchange.end(1)
    first.settle()
    first.advance(3600)
    first.ask(PlaceOrder(limit("c")))
    first.killed(arrives=True)
    second = restarted(first)
    second.begin(PlaceOrder(limit("d")), timeout=60)
    second.advance(60)
    assert b'"a"' not in second.kept
    assert all(f'"{name}"'.encode() in second.kept for name in "bcd")


def test_nothing_is_remembered_unless_it_was_asked_for() -> None:
    stage = Stage()
    stage.go_live()
    stage.ask(PlaceOrder(limit("a")))
    assert stage.kept == b""


def with_another_key(before: Stage, exchange: FakeExchange | None = None) -> Stage:
    """The next process, with a key of another account, or of the same if its `exchange` is given."""
    stage = Stage(
        credentials=Credentials("new", "x"),
        exchange=exchange or FakeExchange(),
        memory=before.kept,
        past_is_known=False,
        session="t",
    )
    stage.exchange.keys = {"new"}
    stage.mono, stage.wall_ms = before.mono + 3, before.wall_ms + 3000
    return stage


def test_an_order_of_another_account_is_not_taken_for_the_one_asked_for() -> None:
    first = filled()
    other = with_another_key(first)
    other.exchange.now_ms = first.exchange.now_ms
    other.exchange.accept(limit("another program's"))
    other.go_live_again()
    assert other.updates == [], "what happened there before is no news"
    answer = other.begin(PlaceOrder(limit("a")), timeout=60)
    other.advance(1)
    assert answer not in other.answers, "it is looked for as after any restart"
    other.advance(30)
    assert other.result(answer).order_id == 2
    assert [each.client_order_id for each in other.exchange.orders.values()] == ["another program's", "a"]
    lines = from_bytes(other.kept)[0]
    assert not any(isinstance(each, OrderUpdate) and each.order.executed_qty for each in lines), "of the first nothing"
    other.killed(arrives=True)
    third = with_another_key(other, other.exchange)
    third.go_live()
    assert third.ask(PlaceOrder(limit("a"))).order_id == 2, "and what is remembered is of the other from now on"


def test_killed_while_it_forgets_the_next_forgets_as_well() -> None:
    first = filled()
    for instant in range(30):
        other = with_another_key(first)
        other.lives_for = instant
        with suppress(Killed, AssertionError):  # a killed one keeps no deadline
            other.begin(Start())
            other.advance(2)
        other.killed(arrives=True)
        third = with_another_key(other, other.exchange)
        third.go_live_again()
        assert third.updates == []
        assert third.connector._ledger.find_client("a") is None, f"killed after {instant} effects"


def test_ended_orders_show_that_another_key_is_of_the_same_account() -> None:
    first = filled()
    again = with_another_key(first, first.exchange)
    again.go_live()
    assert again.ask(PlaceOrder(limit("a"))).status is OrderStatus.FILLED
    assert again.sent.count("/order") == 0, "it is known"


def test_the_newest_of_the_ended_orders_are_asked_for() -> None:
    """Venues forget the oldest first."""
    first = begun()
    for number in range(1, 9):
        first.advance(1)
        first.ask(PlaceOrder(limit(f"a{number}")))
        first.exchange.end(number)
        first.settle()
    first.killed(arrives=True)
    for number in range(1, 8):
        del first.exchange.orders[number]
    again = with_another_key(first, first.exchange)
    again.begin(Start())
    assert again.sent.count("/order") == 1
    assert again.connector._ledger.find_client("a8") is not None


def test_a_key_of_the_same_account_costs_no_more_than_the_memory_where_the_venue_forgot() -> None:
    first = filled()
    first.exchange.orders.clear()
    again = with_another_key(first, first.exchange)
    again.go_live_again()
    assert again.updates == []


def test_a_lost_order_is_not_forgotten_with_another_account() -> None:
    first = begun(trade=False)
    first.ask(PlaceOrder(limit("a")))
    first.exchange.end(1)
    first.settle()
    first.rules["/place"] = "lose"
    first.begin(PlaceOrder(limit("b")))
    first.killed(arrives=False)
    other = with_another_key(first)
    answer = other.begin(Start())
    assert isinstance(other.error(answer), PermissionDenied)
    assert other.kept == first.kept


def test_what_is_remembered_of_another_account_is_not_believed() -> None:
    """Its orders would be told to have ended."""
    first = begun()
    first.ask(PlaceOrder(limit("a")))
    first.killed(arrives=True)
    other = with_another_key(first)
    answer = other.begin(Start())
    other.advance(20)
    assert isinstance(other.error(answer), PermissionDenied)
    assert "JOURNAL_DIR" in str(other.error(answer))
    assert other.updates == []
    assert [each.order_id for each in restarted(first).connector._ledger.working()] == [1]


def test_another_key_of_the_same_account_goes_on() -> None:
    first = begun()
    first.ask(PlaceOrder(limit("a")))
    first.killed(arrives=True)
    first.exchange.keys.add("new")
    second = Stage(credentials=Credentials("new", "x"), exchange=first.exchange, memory=first.kept)
    second.mono = first.mono
    second.go_live()
    assert second.ask(PlaceOrder(limit("a"))).order_id == 1


def test_killed_before_the_first_session_had_begun_the_next_begins_anew() -> None:
    """The adopted orders stand in the file already: what they became meanwhile must be known all the same."""
    for instant in range(60):
        exchange = FakeExchange()
        exchange.accept(limit("a", "5"))
        exchange.now_ms += 10
        exchange.fill(1, "2")
        exchange.drain()
        first = Stage(exchange=exchange, memory=b"", past_is_known=False)
        first.lives_for = instant
        with suppress(Killed, AssertionError):  # a killed one keeps no deadline
            first.begin(Start())
            first.advance(2)
        first.killed(arrives=False)
        exchange.now_ms += 500
        exchange.fill(1, "3")
        exchange.drain()
        known = restarted(first).connector._ledger.find("BTCUSDT", 1)
        assert known is None or known.status is OrderStatus.FILLED, f"killed after {instant} effects"


def test_what_the_venue_refused_to_one_that_was_killed_the_next_does_not_ask_either() -> None:
    first = begun()
    body = b'{"error": "RateLimited", "message": "banned", "retry_after": 600.0}'
    first.rules["/account"] = lambda request: HttpReply(request.request_id, 418, {}, body)
    first.begin(GetAccount())
    first.advance(1)
    first.rules.clear()
    first.killed(arrives=True)
    second = first.another("t", after=3)
    second.begin(Start(), timeout=30)
    second.advance(30)
    assert second.sent == []
    second.killed(arrives=True)
    third = second.another("u", after=500)
    third.begin(Start(), timeout=300)
    third.advance(60)
    assert third.sent == [], "the second has remembered it, too"
    third.advance(60)
    assert third.is_live()


def test_a_refusal_from_a_clock_that_was_ahead_and_has_been_put_right_holds_nobody_back() -> None:
    first = begun()
    first.killed(arrives=True)
    first.kept += to_bytes([Banned(first.wall_ms + 31_536_000_000, 120.0)])
    second = restarted(first)
    assert second.is_live()
