"""An account's trades are read once for all who look for an order, and again before a name can be forgotten."""

from collections.abc import Iterator

import pytest

from sansio_exchange.errors import NotConnected
from sansio_exchange.gate.traded_orders import (
    LISTED_WITHIN,
    LOOKS,
    READ_AGAIN_AFTER,
    TRADED_WITHIN,
    Traded,
    TradedOrders,
)
from sansio_exchange.venue import Recipe, Request, Sleep

NOW = 1_700_000_000
BTC = "BTC_USDT"


def listed(*trades: tuple[str, str, int]) -> Recipe[Traded]:
    yield from ()
    return trades


def one_page() -> Recipe[Traded]:
    yield Request("GET", "/page")
    return [("mine", "7", NOW)]


def read(orders: TradedOrders, now: int, *trades: tuple[str, str, int]) -> None:
    for _ in orders.reading(BTC, now, listed(*trades)):
        raise AssertionError("nothing was to be asked")


def steps(recipe: Recipe[None]) -> Iterator[object]:
    yield from recipe


def test_an_order_is_found_by_the_name_of_its_trades() -> None:
    orders = TradedOrders()
    assert orders.unread_since(BTC, NOW) == NOW - TRADED_WITHIN
    read(orders, NOW, ("mine", "7", NOW - 100), ("other", "8", NOW - 90))
    assert orders.find(BTC, "mine") == "7"
    assert orders.find(BTC, "nobody's") == ""
    assert orders.find("ETH_USDT", "mine") == ""


def test_a_name_that_was_given_anew_is_the_newer_orders() -> None:
    orders = TradedOrders()
    read(orders, NOW, ("mine", "9", NOW - 10), ("mine", "7", NOW - 100))
    assert orders.find(BTC, "mine") == "9"


def test_the_trades_are_read_again_before_a_name_that_ended_meanwhile_can_be_forgotten() -> None:
    orders = TradedOrders()
    read(orders, NOW)
    assert orders.unread_since(BTC, NOW + READ_AGAIN_AFTER - 1) is None
    assert orders.unread_since(BTC, NOW + READ_AGAIN_AFTER) == NOW - LISTED_WITHIN
    assert READ_AGAIN_AFTER + LISTED_WITHIN < 60, "so long a name is found by itself"
    read(orders, NOW + READ_AGAIN_AFTER, ("late", "7", NOW - 1))
    assert orders.find(BTC, "late") == "7"


def test_what_is_too_old_to_be_looked_for_is_dropped() -> None:
    orders = TradedOrders()
    read(orders, NOW, ("old", "7", NOW - 100), ("new", "8", NOW))
    read(orders, NOW + TRADED_WITHIN - 50)
    assert (orders.find(BTC, "old"), orders.find(BTC, "new")) == ("", "8")


def test_whoever_comes_while_they_are_read_waits_and_asks_for_nothing() -> None:
    orders = TradedOrders()
    reader = orders.reading(BTC, NOW, one_page())
    assert isinstance(next(reader), Request)
    waiting = steps(orders.wait(BTC))
    assert isinstance(next(waiting), Sleep)
    assert list(orders.wait("ETH_USDT")) == []
    with pytest.raises(StopIteration):
        reader.send(b"")
    assert list(waiting) == []
    assert orders.unread_since(BTC, NOW) is None


def test_nobody_waits_for_ever_for_a_reader_that_is_gone() -> None:
    orders = TradedOrders()
    reader = orders.reading(BTC, NOW, one_page())
    next(reader)
    assert len(list(orders.wait(BTC))) == LOOKS


def test_a_reading_that_failed_is_none() -> None:
    orders = TradedOrders()
    reader = orders.reading(BTC, NOW, one_page())
    next(reader)
    with pytest.raises(NotConnected):
        reader.throw(NotConnected("reset"))
    assert orders.unread_since(BTC, NOW) == NOW - TRADED_WITHIN
    assert list(orders.wait(BTC)) == []


def test_another_accounts_trades_are_its_own() -> None:
    orders = TradedOrders()
    read(orders, NOW, ("mine", "7", NOW))
    orders.forget()
    assert orders.find(BTC, "mine") == ""
    assert orders.unread_since(BTC, NOW) == NOW - TRADED_WITHIN
