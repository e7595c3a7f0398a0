"""A new key takes the old one's place; none shows."""

from decimal import Decimal

import pytest
from msgspec import structs

from sansio_exchange.account import Position
from sansio_exchange.commands import CancelOrder, Credentials, PlaceOrder, ReplaceCredentials
from sansio_exchange.errors import AuthenticationFailed, NotConnected, PermissionDenied
from sansio_exchange.machine import HttpReply
from sansio_exchange.orders import OrderStatus, OrderUpdate
from sansio_exchange.session.memory import Began, Owner, from_bytes
from sansio_exchange.venue import Socket
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, lost
from tests.sansio_exchange.session.test_placing import STANDS
from tests.sansio_exchange.session.test_silence import SOCKETS


def test_a_new_key_is_used_from_now_on(live: Stage) -> None:
    live.exchange.keys = {"demo", "new"}
    assert live.ask(ReplaceCredentials(Credentials("new", "x"))) is None
    live.exchange.keys = {"new"}
    live.advance(3)
    assert live.is_live()
    assert live.opened.count("private#2") == live.opened.count("trade#2") == 1
    assert live.ask(PlaceOrder(limit("a"))).order_id == 1


def test_a_key_that_the_venue_refuses_is_not_taken(live: Stage) -> None:
    with pytest.raises(AuthenticationFailed):
        live.ask(ReplaceCredentials(Credentials("wrong", "x")))
    assert live.is_live()
    assert lost(live) == []
    assert live.ask(PlaceOrder(limit("a"))).order_id == 1


def test_a_key_of_another_account_is_not_taken_while_orders_work(live: Stage) -> None:
    """They would be taken for ended."""
    live.exchange.keys = {"demo", "new"}
    live.ask(PlaceOrder(limit("a")))
    live.rules["/order"] = lambda request: HttpReply(
        request.request_id, 200, {}, b'{"error": "OrderNotFound", "message": "no such order"}'
    )
    with pytest.raises(PermissionDenied, match="another account"):
        live.ask(ReplaceCredentials(Credentials("new", "x")))
    live.rules.clear()
    live.ask(ReplaceCredentials(Credentials("new", "x")))
    live.advance(60)
    assert [update.order.status for update in live.updates] == [OrderStatus.NEW]


def filled_on_another_account(live: Stage) -> None:
    """Its only order was filled; then the key becomes that of an account on which another program trades."""
    live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(1, "1")
    live.advance(1)
    live.exchange.keys = {"new"}
    live.exchange.orders.clear()
    live.exchange.fills.clear()
    live.exchange.position = Decimal(0)
    live.exchange.accept(limit("another program's"))
    live.exchange.fill(1, "0.1")
    live.exchange.drain()
    live.exchange.position = Decimal(0)
    live.events.clear()


def test_an_order_of_the_account_before_is_not_taken_for_the_one_asked_for(live: Stage) -> None:
    filled_on_another_account(live)
    live.ask(ReplaceCredentials(Credentials("new", "x")))
    with pytest.raises(NotConnected):
        live.ask(PlaceOrder(limit("a")))
    live.advance(3)
    assert live.is_live()
    assert live.updates == [], "what happened there before is no news"
    answer = live.begin(PlaceOrder(limit("a")), timeout=60)
    live.advance(1)
    assert answer not in live.answers, "it is looked for as after a restart"
    live.advance(30)
    assert live.result(answer).order_id == 2
    live.exchange.fill(1, "0.2")
    live.exchange.fill(2, "1")
    live.settle()
    assert [(each.order.client_order_id, each.order.executed_qty) for each in live.updates] == [
        ("a", Decimal(0)),
        ("another program's", Decimal("0.3")),
        ("a", Decimal(1)),
    ]
    placed_again = live.ask(PlaceOrder(limit("a")))
    assert placed_again.order_id == 2


def test_nobody_keeps_a_position_of_the_account_before(live: Stage) -> None:
    live.exchange.position = Decimal(5)
    live.cut("private")
    live.advance(3)
    assert [each.size for each in live.events if isinstance(each, Position)] == [Decimal(5)]
    filled_on_another_account(live)
    live.ask(ReplaceCredentials(Credentials("new", "x")))
    live.advance(3)
    assert [each.size for each in live.events if isinstance(each, Position)] == [Decimal(0)]


def test_what_was_not_told_yet_of_the_account_before_never_is(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.exchange.end(1)
    live.rules["/open_orders"] = "hold"
    live.cut("private")
    live.advance(3)
    live.exchange.accept(limit("another program's"))
    live.settle()
    live.rules.clear()
    live.events.clear()
    live.exchange.keys = {"new"}
    live.exchange.orders.clear()
    live.ask(ReplaceCredentials(Credentials("new", "x")))
    live.advance(3)
    assert live.is_live()
    assert live.updates == []


def test_what_is_remembered_is_forgotten_with_the_account_before() -> None:
    stage = Stage(memory=b"")
    stage.go_live()
    filled_on_another_account(stage)
    stage.ask(ReplaceCredentials(Credentials("new", "x")))
    assert [type(each) for each in from_bytes(stage.kept)[0]] == [Owner, Owner]
    stage.advance(3)
    assert any(isinstance(each, Began) for each in from_bytes(stage.kept)[0])


def test_an_order_that_ended_shows_that_the_new_key_is_of_the_same_account(live: Stage) -> None:
    live.exchange.keys = {"demo", "new"}
    live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(1, "1")
    live.advance(1)
    live.ask(ReplaceCredentials(Credentials("new", "x")))
    live.advance(3)
    live.sent.clear()
    assert live.ask(PlaceOrder(limit("a"))).status is OrderStatus.FILLED
    assert live.ask(PlaceOrder(limit("b"))).order_id == 2
    assert live.sent.count("/order") == 0


def test_another_secret_of_the_same_key_asks_for_no_order(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.sent.clear()
    live.ask(ReplaceCredentials(Credentials("demo", "x")))
    assert "/order" not in live.sent


def test_an_order_on_its_way_is_not_forgotten_with_the_account_before(rest: Stage) -> None:
    filled_on_another_account(rest)
    rest.exchange.keys = {"demo", "new"}
    rest.rules["/place"] = "hold"
    answer = rest.begin(PlaceOrder(limit("b")))
    with pytest.raises(PermissionDenied, match="another account"):
        rest.ask(ReplaceCredentials(Credentials("new", "x")))
    rest.release()
    assert rest.result(answer).client_order_id == "b"


def test_nor_one_that_is_looked_for_before_it_is_placed() -> None:
    stage = Stage(past_is_known=False)
    stage.exchange.accept(limit("a"))
    stage.exchange.fill(1, "1")
    stage.go_live()
    stage.ask(PlaceOrder(limit("a")))
    filled = stage.exchange.orders.pop(1)
    stage.exchange.keys = {"demo", "new"}
    stage.begin(PlaceOrder(limit("b")))
    with pytest.raises(PermissionDenied, match="another account"):
        stage.ask(ReplaceCredentials(Credentials("new", "x")))
    stage.exchange.orders[1] = filled
    stage.ask(ReplaceCredentials(Credentials("new", "x")))


def test_a_key_is_refused_while_a_cancel_may_be_asked_again(live: Stage) -> None:
    """Asked with the new key, it would end an order of that name on another account."""
    live.exchange.keys.add("other")
    live.rules |= {"trade/cancel": "lose", "/order": "lose"}
    live.begin(CancelOrder("BTCUSDT", client_order_id="stop"), timeout=30)
    live.advance(6)
    with pytest.raises(PermissionDenied):
        live.ask(ReplaceCredentials(Credentials("other", "other", "other")))


def test_credentials_never_show_in_an_error(live: Stage) -> None:
    secret = Credentials("key-key-key", "secret-secret")
    assert "secret" not in repr(secret)


def test_what_a_succeeded_socket_of_the_account_before_still_says_is_nobodys() -> None:
    mortal = Socket("private", stale_after=60, ping_every=20, max_age=100)
    live = Stage(FakeVenue(sockets={**SOCKETS, "private": mortal}))
    live.go_live()
    while len(live.conns("private")) < 2:
        live.advance(0.5)
    (old, _) = (live._conns[each] for each in live.conns("private"))
    live.exchange.keys.add("new")
    live.ask(ReplaceCredentials(Credentials("new", "x")))
    live.advance(1.5)
    assert live.is_live()
    live.exchange.say_on(old, OrderUpdate(structs.replace(STANDS, update_ms=live.wall_ms)))
    live.settle()
    assert live.updates == []
