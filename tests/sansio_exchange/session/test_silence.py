"""Sockets that answer pings and carry nothing are found out."""

from collections.abc import Callable
from decimal import Decimal
from itertools import count

import pytest

from sansio_exchange.account import Balance, Position
from sansio_exchange.commands import CancelOrder, Credentials, PlaceOrder, ReplaceCredentials, Start
from sansio_exchange.errors import OutcomeUnknown
from sansio_exchange.machine import HttpReply, SendHttp, Unreadable
from sansio_exchange.orders import NewOrder, OrderStatus, OrderType, Side
from sansio_exchange.session.account_refresh import LATE
from sansio_exchange.session.silence import LOOK_AFTER, TELLS_WITHIN
from sansio_exchange.venue import AccountChange, Socket
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, lost
from tests.sansio_exchange.session.test_recovery import check_story, fills

FOUND_WITHIN = LOOK_AFTER + TELLS_WITHIN
SOCKETS = {
    "public": Socket("public", stale_after=10, ping_every=4, ping_text="ping"),
    "private": Socket("private", stale_after=60, ping_every=20),
    "trade": Socket("trade", stale_after=60, ping_every=20),
}


@pytest.fixture
def live() -> Stage:
    stage = Stage(FakeVenue(sockets=SOCKETS))
    stage.go_live()
    return stage


@pytest.mark.parametrize("executed", ["0.4", "1"])
def test_a_private_socket_that_does_not_tell_of_a_fill_is_replaced(live: Stage, executed: str) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.advance(5)
    live.exchange.goes_silent("private")
    live.exchange.fill(1, executed)
    live.advance(LOOK_AFTER)
    assert fills(live) == []
    live.advance(TELLS_WITHIN + 10)
    assert fills(live) == ["1"]
    check_story(live)
    assert [each.reason for each in lost(live)] == ["changes of orders do not show up on it"]
    assert live.is_live()


def reconciled(live: Stage) -> int:
    """How often: each asks for the account, and once more when that is sure to be new. Once after the start, too."""
    return live.sent.count("/account") // 2


def busy(live: Stage, seconds: float) -> None:
    """Another order is placed and cancelled every five seconds."""
    for _ in range(int(seconds / 5)):
        live.ask(CancelOrder("BTCUSDT", live.ask(PlaceOrder(limit(f"b{len(live.exchange.orders)}"))).order_id))
        live.advance(5)


def lose_a_fill_of_another_program(live: Stage) -> None:
    """The stream does not tell of it, and says that the account has changed, so it is stated as a whole."""
    hears = dict(live.exchange._roles)
    live.exchange.goes_silent("private")
    order = live.exchange.accept(limit("another program's"))
    live.exchange.fill(order.order_id, "1")
    live.exchange._roles = hears
    live.exchange.say("private", AccountChange((Balance("USDT", Decimal(1), Decimal(1)),), (), "ORDER", 1))


def positions_of(live: Stage, ahead: dict[int, Decimal]) -> Callable[[SendHttp], HttpReply]:
    """The venue lists the position; at each look of that number it is so much ahead of the stream."""
    looks = count(1)

    def answer(request: SendHttp) -> HttpReply:
        size = live.exchange.position + ahead.get(next(looks), Decimal(0))
        body = b'{"ok": [{"symbol": "BTCUSDT", "size": "%b"}]}' % str(size).encode()
        return HttpReply(request.request_id, 200, {}, body)

    return answer


def test_what_was_lost_on_the_way_is_told_however_much_else_is_heard(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    hears = dict(live.exchange._roles)
    live.exchange.goes_silent("private")
    live.exchange.fill(1, "1")
    live.exchange._roles = hears
    busy(live, FOUND_WITHIN + 20)
    assert fills(live) == ["1"]
    check_story(live)
    assert lost(live) == [], "the socket lives"


def test_so_is_what_a_mute_socket_kept_back_that_was_succeeded() -> None:
    mortal = Socket("private", stale_after=60, ping_every=20, max_age=100)
    live = Stage(FakeVenue(sockets={**SOCKETS, "private": mortal}))
    live.go_live()
    live.ask(PlaceOrder(limit("a")))
    live.advance(95)
    live.exchange.goes_silent("private")
    live.exchange.fill(1, "1")
    live.advance(6)
    busy(live, FOUND_WITHIN)
    assert [name for name in live.opened if name.startswith("private")] == ["private#1", "private#2"]
    assert fills(live) == ["1"]
    check_story(live)


def test_so_it_is_where_the_order_was_cancelled_by_somebody_else(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.exchange.goes_silent("private")
    live.exchange.end(1)
    live.advance(FOUND_WITHIN + 20)
    assert live.updates[-1].order.status is OrderStatus.CANCELED


def test_a_quiet_market_costs_a_look_a_minute_and_nothing_else(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.sent.clear()
    live.events.clear()
    live.advance(10 * LOOK_AFTER + 1)
    assert live.sent.count("/open_orders") == 10
    assert lost(live) == []
    assert live.is_live()


def test_so_it_is_where_another_program_trades_and_nothing_of_ours_works(live: Stage) -> None:
    live.exchange.goes_silent("private")
    live.exchange.accept(limit("another program's"))
    live.advance(FOUND_WITHIN + 20)
    assert [each.order.client_order_id for each in live.updates] == ["another program's"]


def test_so_it_is_where_a_position_was_taken_meanwhile(live: Stage) -> None:
    live.exchange.goes_silent("private")
    live.exchange.accept(limit("another program's"))
    live.exchange.fill(1, "1")
    live.advance(FOUND_WITHIN + 20)
    assert fills(live) == ["1"]
    assert [each.size for each in live.events if isinstance(each, Position)] == [Decimal(1)]


def test_a_fill_of_another_program_is_told_though_the_account_was_stated_with_it_and_much_came_since(
    live: Stage,
) -> None:
    """A statement of the account, which follows each change, knows the position before the stream has told why."""
    lose_a_fill_of_another_program(live)
    busy(live, FOUND_WITHIN + 20)
    assert fills(live) == ["1"]
    assert lost(live) == []


def test_a_fill_on_its_way_at_the_second_look_hides_none_that_was_lost(live: Stage) -> None:
    live.rules["/positions"] = positions_of(live, {2: Decimal("0.5")})
    lose_a_fill_of_another_program(live)
    busy(live, 3 * LOOK_AFTER + 20)
    assert fills(live) == ["1"]


def test_an_offset_that_nobody_can_explain_costs_one_reconciliation_whatever_is_on_its_way(live: Stage) -> None:
    live.rules["/positions"] = positions_of(live, {})
    busy(live, 2 * LOOK_AFTER)
    live.exchange.position += 1  # without a fill: a settlement
    live.rules["/positions"] = positions_of(live, {4: Decimal("0.5"), 7: Decimal("0.5"), 10: Decimal("0.5")})
    live.sent.clear()
    live.exchange.say("private", AccountChange((Balance("USDT", Decimal(1), Decimal(1)),), (), "ORDER", 1))
    busy(live, 20 * LOOK_AFTER)
    assert live.sent.count("/fills") <= 2
    assert lost(live) == []


def test_where_the_positions_cannot_be_read_the_orders_are_compared_alone_and_somebody_hears_of_it(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    body = b'{"error": "PermissionDenied", "message": "a position is isolated"}'
    live.rules["/positions"] = lambda request: HttpReply(request.request_id, 200, {}, body)
    live.exchange.goes_silent("private")
    live.exchange.fill(1, "0.4")
    live.advance(FOUND_WITHIN + 20)
    assert fills(live) == ["1"]
    assert Unreadable("positions", "a position is isolated", "") in live.events


def test_a_venue_whose_lists_contradict_each_other_costs_one_socket_and_not_one_a_minute(live: Stage) -> None:
    live.rules["/positions"] = lambda request: HttpReply(
        request.request_id, 200, {}, b'{"ok": [{"symbol": "ETHUSDT", "size": "1", "entry_price": "1"}]}'
    )
    live.advance(10 * LOOK_AFTER)
    assert len(lost(live)) == 1
    busy(live, 3 * LOOK_AFTER)
    assert len(lost(live)) == 1, "whatever is heard meanwhile"
    live.ask(PlaceOrder(limit("a")))
    live.exchange.goes_silent("private")
    order_id = max(live.exchange.orders)
    live.exchange.fill(order_id, "1")
    live.advance(FOUND_WITHIN + 20)
    assert fills(live) == ["1"], "and what is new is found all the same"


def test_what_the_stream_tells_a_little_after_the_list_is_no_sign_of_death(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.advance(5)
    conns = [conn for conn, role in live.exchange._roles.items() if role == "private"]
    live.exchange.goes_silent("private")
    update = live.exchange.fill(1, "0.4")
    live.advance(LOOK_AFTER)
    live.exchange.say_on(conns[0], update)
    live.settle()
    live.advance(TELLS_WITHIN)
    assert lost(live) == []
    assert fills(live) == ["1"]


def test_what_became_of_an_order_is_asked_until_it_is_known(live: Stage) -> None:
    """The question was given up after less than a minute, as long as the venue could not be asked."""
    live.rules |= {"trade/place": "hold", "/order": "lose"}
    command = live.begin(PlaceOrder(limit("a")))
    live.advance(300)
    assert isinstance(live.error(command), OutcomeUnknown)
    assert live.is_live()
    asked = live.sent.count("/order")
    live.advance(3 * LOOK_AFTER)
    assert live.sent.count("/order") == asked + 3
    live.rules.clear()
    live.advance(LOOK_AFTER + 1)
    assert live.connector._ledger.open_questions() == []


@pytest.mark.parametrize("timeout", [2.0, 9.99, 10.0])
def test_an_order_entry_socket_that_answers_no_request_is_replaced(live: Stage, timeout: float) -> None:
    live.rules["trade/place"] = "lose"
    for number in range(2):
        command = live.begin(PlaceOrder(limit(f"a{number}")), timeout)
        live.advance(40)
        assert isinstance(live.error(command), OutcomeUnknown)
    assert [name for name in live.opened if name.startswith("trade")] == ["trade#1", "trade#2"]
    assert "requests are not answered" in lost(live)[0].reason


def test_one_request_that_is_not_answered_ends_no_socket(live: Stage) -> None:
    for number in range(3):
        live.rules["trade/place"] = "lose"
        live.begin(PlaceOrder(limit(f"a{number}")))
        live.advance(40)
        live.rules.clear()
        order = live.ask(PlaceOrder(limit(f"b{number}")))
        live.ask(CancelOrder("BTCUSDT", order.order_id))
    assert [name for name in live.opened if name.startswith("trade")] == ["trade#1"]


@pytest.mark.parametrize("stated", ["/account", "/positions"])
def test_a_fill_that_is_told_after_what_was_stated_before_it_is_no_sign_of_death(stated: str) -> None:
    live = Stage(FakeVenue(sockets=SOCKETS))
    live.exchange.accept(limit("another program's", quantity="2"))
    live.exchange.fill(1, "0.5")
    live.rules[stated] = "hold reply"
    live.begin(Start())
    live.advance(1.0)
    live.exchange.fill(1, "1")
    live.settle()
    live.release()
    live.advance(3 * LOOK_AFTER)
    assert fills(live) == ["2"]
    assert lost(live) == []
    assert reconciled(live) == 1


def test_a_position_that_moved_without_a_fill_is_asked_for_once(live: Stage) -> None:
    live.exchange.position += 1
    live.advance(10 * LOOK_AFTER)
    assert reconciled(live) == 1


def test_what_is_being_confirmed_is_not_looked_at_from_the_beginning_again(live: Stage) -> None:
    """A reconciliation in between states the account, and that shows what differs once more."""
    live.advance(LATE)
    live.exchange.position += 1
    live.advance(LOOK_AFTER - LATE)
    live.exchange.say("private", b"?")
    live.settle()
    live.advance(TELLS_WITHIN + 1)
    assert live.sent.count("/open_orders") == 4, "two looks, a reconciliation, and another for what was confirmed"


def test_what_was_lost_is_found_however_often_something_cannot_be_read(live: Stage) -> None:
    lose_a_fill_of_another_program(live)
    for _ in range(30):
        live.exchange.say("private", b"?")
        live.settle()
        live.advance(8)
    assert fills(live) == ["1"]


def test_a_socket_that_began_between_two_looks_is_not_judged_by_them(live: Stage) -> None:
    live.advance(LATE)
    live.exchange.position += 1
    live.advance(LOOK_AFTER + 5 - LATE)
    live.cut("private")
    live.advance(3 * LOOK_AFTER)
    assert len(lost(live)) == 1


@pytest.mark.parametrize("size", [0, 3])
def test_what_a_socket_keeps_back_from_its_first_second_on_is_found(size: int) -> None:
    live = Stage(FakeVenue(sockets=SOCKETS))
    live.exchange.position = Decimal(size)
    live.go_live()
    live.exchange.goes_silent("private")
    live.exchange.accept(limit("another program's"))
    live.exchange.fill(1, "1")
    live.advance(2 * LOOK_AFTER)
    assert fills(live) == ["1"]
    assert len(lost(live)) == 1


def test_a_mute_socket_is_found_though_the_positions_never_rest(live: Stage) -> None:
    """Another program trades all the time: no two looks find the same."""
    live.exchange.goes_silent("private")
    for number in range(20):
        live.exchange.accept(limit(f"m{number}"))
        live.exchange.fill(number + 1, "0.5")
        live.exchange.fill(number + 1, "0.5")
        live.advance(7)
    assert len(lost(live)) == 1
    live.advance(LOOK_AFTER)
    assert len(fills(live)) == 40


@pytest.mark.parametrize("quantity", ["1", "2"])
def test_what_is_lost_after_something_was_found_is_found(live: Stage, quantity: str) -> None:
    live.exchange.accept(limit("another program's", quantity="9"))
    for lost_quantity in ("1", quantity):
        hears = dict(live.exchange._roles)
        live.exchange.goes_silent("private")
        live.exchange.fill(1, lost_quantity)
        live.exchange._roles = hears
        live.advance(1.5 * LOOK_AFTER)
    live.advance(LOOK_AFTER)
    assert fills(live) == ["1", "2"]


@pytest.mark.parametrize(("looks", "asked"), [(2, 0), (3, 1)])
def test_a_busy_position_has_to_differ_in_the_same_way_three_times(live: Stage, looks: int, asked: int) -> None:
    live.exchange.accept(limit("big", quantity="90"))
    live.settle()
    live.rules["/positions"] = positions_of(live, dict.fromkeys(range(1, looks + 1), Decimal(1)))
    live.sent.clear()
    for _ in range(16):
        live.exchange.fill(1, "1")
        live.settle()
        live.advance(LOOK_AFTER / 10)
    assert reconciled(live) == asked


def test_the_positions_of_another_account_are_nothing_that_was_lost(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(1, "1")
    live.advance(1.5 * LOOK_AFTER)
    live.exchange.orders.clear()
    live.exchange.position = Decimal(5)
    live.exchange.keys.add("new")
    live.ask(ReplaceCredentials(Credentials("new", "x")))
    live.sent.clear()
    live.advance(5 * LOOK_AFTER)
    assert reconciled(live) == 1
    assert live.is_live()


def test_what_is_lost_in_the_first_minute_of_a_busy_position_is_found() -> None:
    """What it was before is known ten seconds after the start."""
    live = Stage(FakeVenue(sockets=SOCKETS))
    live.exchange.position = Decimal(3)
    live.go_live()
    live.exchange.accept(limit("big", quantity="90"))
    for number in range(20):
        if number == 5:
            lose_a_fill_of_another_program(live)
        live.exchange.fill(1, "1")
        live.settle()
        live.advance(LOOK_AFTER / 10)
    assert len(fills(live)) == 21


def test_the_venue_is_asked_for_an_order_once_a_minute_however_often_is_looked(live: Stage) -> None:
    differs = positions_of(live, dict.fromkeys((1, 3, 5), Decimal(1)))
    live.rules |= {"trade/place": "hold", "/order": "lose", "/positions": differs}
    live.begin(PlaceOrder(limit("a")))
    live.advance(0.9 * LOOK_AFTER)
    live.sent.clear()
    live.advance(3 * LOOK_AFTER + 2 * TELLS_WITHIN)
    assert live.sent.count("/positions") == 6
    assert live.sent.count("/order") == 3


@pytest.mark.parametrize("size", [0, 3])
def test_a_first_look_that_fails_hides_nothing(size: int) -> None:
    """What positions were is known from the account as it was stated at the start."""
    live = Stage(FakeVenue(sockets=SOCKETS))
    live.exchange.position = Decimal(size)
    live.rules["/positions"] = "lose"
    live.go_live()
    live.advance(1)
    live.rules.clear()
    lose_a_fill_of_another_program(live)
    live.advance(3 * LOOK_AFTER)
    assert fills(live) == ["1"]


def test_a_fill_on_its_way_that_hides_a_lost_one_only_delays_it(live: Stage) -> None:
    """At one look the two cancel out, so nothing seems to be missing."""
    for side, price in ((Side.BUY, 100), (Side.SELL, 101)):
        order = NewOrder("BTCUSDT", side, OrderType.LIMIT, Decimal(400), Decimal(price), client_order_id=side.name)
        live.exchange.accept(order)

    def trade(seconds: float) -> None:
        for number in range(int(seconds / 2)):
            live.exchange.fill(1 + number % 2, "1")
            live.settle()
            live.advance(2)

    lose_a_fill_of_another_program(live)
    trade(20)
    live.advance(live.connector._recovery.silence._next_at - live.mono - 1)
    hears = dict(live.exchange._roles)
    live.exchange.goes_silent("private")
    late = live.exchange.fill(2, "1")
    live.exchange._roles = hears
    live.advance(2)
    live.exchange.say("private", late)
    live.settle()
    trade(3 * LOOK_AFTER)
    assert len(fills(live)) == len(live.exchange.fills)
