"""A new key takes the old one's place; none shows."""

import pytest

from sansio_exchange.commands import Credentials, PlaceOrder, ReplaceCredentials
from sansio_exchange.errors import AuthenticationFailed, PermissionDenied
from sansio_exchange.machine import HttpReply
from sansio_exchange.orders import OrderStatus
from tests.sansio_exchange.session.stage import Stage, limit, lost


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


def test_credentials_never_show_in_an_error(live: Stage) -> None:
    secret = Credentials("key-key-key", "secret-secret")
    assert "secret" not in repr(secret)
