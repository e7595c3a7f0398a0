"""Orders of symbols that the venue does not list any more: ended where that is sure, and never made up."""

from typing import Any

import msgspec
import pytest

from sansio_exchange.commands import (
    Action,
    Credentials,
    FetchExchangeInfo,
    GetFills,
    GetOrder,
    PlaceOrder,
    ReplaceCredentials,
)
from sansio_exchange.machine import HttpReply
from sansio_exchange.orders import OrderStatus
from sansio_exchange.venue import Recipe
from tests.sansio_exchange.session.fake_venue import RULES, FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit
from tests.sansio_exchange.session.test_recovery import away, back, told


class AsksOfListedAlone(FakeVenue):
    """A venue that cannot be asked about a symbol that it does not list."""

    def recipe(self, action: Action) -> Recipe[Any]:
        if isinstance(action, GetOrder | GetFills):
            self.symbols.find(action.symbol)
        return super().recipe(action)


def without_ethereum(stage: Stage) -> None:
    """From now on ETHUSDT is not listed."""
    body = msgspec.json.encode({"ok": RULES[:1]})
    stage.rules["/symbols"] = lambda effect: HttpReply(effect.request_id, 200, {}, body)


def refuses_questions(stage: Stage, error: str) -> None:
    """It says so of orders and fills, in its own words."""
    body = msgspec.json.encode({"error": error, "message": "no such instrument"})
    for path in ("/order", "/fills"):
        stage.rules[path] = lambda effect: HttpReply(effect.request_id, 400, {}, body)


def works_while_away(client_order_id: str) -> Stage:
    """An order of ETHUSDT works; the private socket is gone."""
    stage = Stage(AsksOfListedAlone(trade=False))
    stage.go_live()
    stage.ask(PlaceOrder(limit(client_order_id, symbol="ETHUSDT")))
    away(stage)
    return stage


def test_an_order_of_a_symbol_that_was_delisted_meanwhile_ends() -> None:
    stage = works_while_away("a")
    stage.exchange.end(1)
    without_ethereum(stage)
    stage.ask(FetchExchangeInfo())
    back(stage)
    assert told(stage) == [OrderStatus.NEW, OrderStatus.EXPIRED]
    assert "does not know" in stage.updates[-1].order.reason


@pytest.mark.parametrize("error", ["RequestRejected", "OrderRejected"])
def test_so_it_does_where_the_venue_alone_knows_that_and_refuses_to_speak_of_it(error: str) -> None:
    stage = works_while_away("a")
    stage.exchange.end(1)
    without_ethereum(stage)
    refuses_questions(stage, error)
    back(stage)
    assert told(stage) == [OrderStatus.NEW, OrderStatus.EXPIRED]


def test_an_order_of_a_symbol_that_is_listed_is_asked_for_until_there_is_an_answer() -> None:
    stage = works_while_away("a")
    stage.exchange.fill(1, "1")
    refuses_questions(stage, "RequestRejected")
    del stage.rules["private"]
    stage.advance(60)
    assert not stage.is_live()
    del stage.rules["/order"], stage.rules["/fills"]
    stage.advance(60)
    assert stage.is_live()
    assert told(stage) == [OrderStatus.NEW, OrderStatus.FILLED]


def test_a_new_key_is_taken_though_nobody_can_be_asked_whose_the_old_orders_are() -> None:
    stage = Stage(FakeVenue(trade=False))
    stage.go_live()
    stage.ask(PlaceOrder(limit("a", symbol="ETHUSDT")))
    stage.exchange.end(1)
    stage.settle()
    without_ethereum(stage)
    refuses_questions(stage, "RequestRejected")
    stage.exchange.keys = {"demo", "new"}
    stage.ask(ReplaceCredentials(Credentials("new", "x")))
    stage.advance(60)
    assert stage.is_live()


def test_an_order_of_a_symbol_that_the_list_left_out_for_a_moment_goes_on_working() -> None:
    stage = works_while_away("a")
    without_ethereum(stage)
    stage.ask(FetchExchangeInfo())
    del stage.rules["/symbols"]
    stage.rules["/open_orders"] = lambda effect: HttpReply(effect.request_id, 200, {}, b'{"ok":[]}')
    back(stage)
    assert told(stage) == [OrderStatus.NEW]


def test_whether_a_lost_order_of_a_symbol_that_was_delisted_was_placed_is_not_made_up() -> None:
    stage = Stage(AsksOfListedAlone(trade=False))
    stage.go_live()
    away(stage)
    stage.rules["/place"] = stage.rules["/order"] = "lose reply"
    stage.begin(PlaceOrder(limit("a", symbol="ETHUSDT")))
    stage.advance(60)
    stage.exchange.end(1)
    without_ethereum(stage)
    stage.ask(FetchExchangeInfo())
    back(stage)
    assert [each.order.client_order_id for each in stage.connector._ledger.open_questions()] == ["a"]
