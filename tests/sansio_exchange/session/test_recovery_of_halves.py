"""A venue that tells fills apart from states: whichever half is lost, the venue is asked, and everything told once."""

from decimal import Decimal

import pytest
from msgspec import structs

from sansio_exchange.commands import PlaceOrder
from sansio_exchange.orders import OrderStatus
from sansio_exchange.session.joining import PATIENCE
from tests.sansio_exchange.session.stage import Stage, limit
from tests.sansio_exchange.session.test_recovery import away, back, check_story, fills, told

NEW, PART, FILLED = OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED
AFTERWARDS = PATIENCE + 10


@pytest.fixture
def live() -> Stage:
    stage = Stage()
    stage.exchange.halves = {"states", "fills"}
    stage.go_live()
    return stage


def questions(stage: Stage) -> int:
    return sum("fills" in path for path in stage.sent)


def test_halves_that_both_come_are_joined_and_nobody_asks(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(1, "0.3")
    live.exchange.fill(1, "0.7")
    live.advance(AFTERWARDS)
    assert told(live) == [NEW, PART, FILLED]
    assert fills(live) == ["1", "2"]
    assert questions(live) == 0
    check_story(live)


def test_a_lost_fill_is_asked_for(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.exchange.halves = {"states"}
    live.exchange.fill(1, "1")
    live.advance(PATIENCE - 0.1)
    assert told(live) == [NEW], "its fill may be on the way"
    live.advance(AFTERWARDS)
    assert told(live) == [NEW, FILLED, FILLED]
    check_story(live)


def test_a_lost_state_is_asked_for(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.exchange.halves = {"fills"}
    live.exchange.fill(1, "1")
    live.advance(AFTERWARDS)
    assert told(live) == [NEW, FILLED]
    check_story(live)


def test_an_order_of_which_only_fills_are_told_is_asked_for(live: Stage) -> None:
    live.exchange.halves = {"fills"}
    live.exchange.accept(limit("other program"))
    live.exchange.fill(1, "0.4")
    live.advance(AFTERWARDS)
    assert told(live) == [NEW, PART]
    check_story(live)


@pytest.mark.parametrize("half", ["states", "fills"])
def test_a_half_that_waits_when_the_socket_goes_is_not_forgotten(live: Stage, half: str) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.exchange.halves = {half}
    live.exchange.fill(1, "1")
    away(live)
    back(live)
    check_story(live)


def test_of_an_order_from_before_the_past_is_known() -> None:
    stage = Stage()
    stage.exchange.halves = {"states", "fills"}
    stage.exchange.accept(limit("before"))
    stage.exchange.fill(1, "0.4")
    stage.go_live()
    stage.exchange.fill(1, "0.6")
    stage.advance(AFTERWARDS)
    assert told(stage) == [FILLED]
    assert fills(stage) == ["2"]
    assert questions(stage) == 0, "the first truth was enough"


def test_an_order_that_is_enlarged_while_the_venue_is_asked_is_not_told_to_be_filled(live: Stage) -> None:
    exchange = live.exchange
    live.ask(PlaceOrder(limit("a", "5")))
    exchange.listed_fills = False
    exchange.halves = {"states"}
    exchange.fill(1, "4")
    live.settle()
    live.advance(PATIENCE + 0.1)  # the venue is asked for the fill, and does not list it yet
    exchange.halves = {"states", "fills"}
    exchange.orders[1] = structs.replace(exchange.orders[1], quantity=Decimal(20))
    exchange.fill(1, "5")
    exchange.listed_fills = True
    live.advance(60)
    assert FILLED not in told(live), "nine of twenty"
    check_story(live)
