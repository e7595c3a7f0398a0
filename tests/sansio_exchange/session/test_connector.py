"""What the machine answers by itself, that it forgets what is done, and that its inputs decide everything."""

import subprocess
import sys
from decimal import Decimal

import msgspec
import pytest
from msgspec import structs

from sansio_exchange.commands import (
    FetchExchangeInfo,
    GetAccount,
    GetLatestPrice,
    GetOrder,
    GetSymbolInfo,
    GetSymbols,
    PlaceOrder,
    Subscribe,
    Topic,
    Unsubscribe,
)
from sansio_exchange.errors import UnknownSymbol
from sansio_exchange.machine import Command, HttpReply, Tick
from sansio_exchange.market import FundingRate
from sansio_exchange.orders import OrderStatus, OrderType
from sansio_exchange.venue import Budget
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit
from tests.sansio_exchange.session.test_recovery import away

ETH = Topic("price", "ETHUSDT")


def test_symbols_are_answered_from_the_table(live: Stage) -> None:
    assert live.ask(GetSymbols()) == ("BTCUSDT", "ETHUSDT")
    assert live.ask(GetSymbolInfo("ETH-USDT")).symbol == "ETHUSDT"
    assert live.sent == []
    assert live.ask(FetchExchangeInfo("BTCUSDT")) is None
    with pytest.raises(UnknownSymbol):
        live.ask(FetchExchangeInfo("GONEUSDT"))


def test_an_order_looked_up_names_its_fills(live: Stage) -> None:
    order = live.ask(PlaceOrder(structs.replace(limit("a"), type=OrderType.MARKET, price=None)))
    found = live.ask(GetOrder("BTCUSDT", order_id=order.order_id))
    assert found.executed_qty == Decimal(1)
    assert [fill.quantity for fill in found.fills] == [Decimal(1)]


def test_fills_that_are_listed_late_are_waited_for(live: Stage) -> None:
    order = live.ask(PlaceOrder(structs.replace(limit("a"), type=OrderType.MARKET, price=None)))
    live.exchange.listed_fills = False
    command = live.begin(GetOrder("BTCUSDT", order_id=order.order_id))
    live.advance(2)
    live.exchange.listed_fills = True
    live.advance(2)
    assert [fill.quantity for fill in live.result(command).fills] == [Decimal(1)]


def test_they_are_not_waited_for_beyond_what_the_caller_has_time_for(live: Stage) -> None:
    order = live.ask(PlaceOrder(structs.replace(limit("a"), type=OrderType.MARKET, price=None)))
    live.exchange.listed_fills = False
    command = live.begin(GetOrder("BTCUSDT", order_id=order.order_id), timeout=3)
    live.advance(3)
    assert live.result(command).executed_qty == Decimal(1)


def test_nor_behind_questions_that_wait_for_room() -> None:
    busy = Stage(FakeVenue(budgets=(Budget("weight", 40, 5),), trade=False))
    busy.go_live()
    busy.advance(30)
    order = busy.ask(PlaceOrder(structs.replace(limit("a"), type=OrderType.MARKET, price=None)))
    busy.exchange.listed_fills = False
    busy.advance(1)
    command = busy.begin(GetOrder("BTCUSDT", order_id=order.order_id))
    for _ in range(400):
        busy.begin(GetLatestPrice("BTCUSDT"))
    busy.advance(9)
    assert busy.result(command).executed_qty == Decimal(1)


@pytest.mark.parametrize("then", ["lists less", "fails"])
def test_what_was_found_once_is_part_of_the_answer(live: Stage, then: str) -> None:
    order = live.ask(PlaceOrder(limit("a", quantity="3")))
    for _ in range(3):
        live.exchange.fill(order.order_id, "1")
    live.settle()
    found = msgspec.json.encode({"ok": live.exchange.fills[:2]})
    later = {"lists less": (200, b'{"ok": []}'), "fails": (502, b"<html>")}[then]
    replies = [(200, found), *[later] * 10]
    live.rules["/fills"] = lambda request: HttpReply(request.request_id, (reply := replies.pop(0))[0], {}, reply[1])
    command = live.begin(GetOrder("BTCUSDT", order_id=order.order_id))
    live.advance(10)
    assert [fill.trade_id for fill in live.result(command).fills] == ["1", "2"]


def test_an_order_that_was_told_to_have_ended_is_answered_though_the_venue_forgot_it_and_nobody_listens(
    live: Stage,
) -> None:
    order = live.ask(PlaceOrder(limit("a")))
    live.exchange.end(order.order_id)
    live.settle()
    away(live)
    live.exchange.orders.clear()
    assert live.ask(GetOrder("BTCUSDT", order.order_id)).status is OrderStatus.CANCELED


def test_those_of_an_order_of_long_ago_are_as_they_are_listed(live: Stage) -> None:
    order = live.ask(PlaceOrder(structs.replace(limit("a"), type=OrderType.MARKET, price=None)))
    live.advance(60)
    live.exchange.listed_fills = False
    assert live.ask(GetOrder("BTCUSDT", order_id=order.order_id)).fills == ()


def test_a_heartbeat_is_published_too(live: Stage) -> None:
    live.advance(2)
    assert any(isinstance(event, FundingRate) for event in live.events)


def test_a_command_id_in_use_is_our_own_mistake(live: Stage) -> None:
    live.rules["/account"] = "hold"
    live.feed(Command(99, GetAccount()))
    with pytest.raises(ValueError, match="99"):
        live.feed(Command(99, GetAccount()))


def test_a_tick_out_of_turn_changes_nothing(live: Stage) -> None:
    before = live.connector.deadline()
    for _ in range(3):
        assert live.feed(Tick()) == []
        assert live.connector.deadline() == before


def test_nothing_is_left_of_what_is_done(live: Stage) -> None:
    for n in range(50):
        live.ask(PlaceOrder(limit(f"{n}")))
        live.exchange.end(n + 1)
        live.begin(Subscribe(ETH))
        live.advance(0.3)
        live.ask(Unsubscribe(ETH))
        live.ask(GetAccount(), timeout=1e9)
    live.advance(10)
    calls = live.connector._calls
    assert calls.pending() == 0
    assert sum(timer.action is not None for _, _, timer in calls._timers) == 1, "the next look after a silence"
    assert len(calls._timers) <= 2
    assert not live.connector._asked
    assert not live.connector._ledger.awaited()
    assert len(live.connector._sockets._by_name) == 3


DETERMINISM = """
from tests.sansio_exchange.session.test_connector import play
print(play())
"""


def play() -> str:
    """Everything a session says in a rough hour."""
    stage = Stage(seed=7)
    stage.go_live()
    for n in range(6):
        stage.begin(PlaceOrder(limit(f"{n}")))
        stage.begin(Subscribe(Topic("price", ("BTCUSDT", "ETHUSDT")[n % 2])))
        stage.exchange.fill(n + 1, "0.5")
    for role in ("private", "public", "trade"):
        stage.cut(role)
        for n in range(6):
            stage.exchange.fill(n + 1, "0.1")
        stage.rules["/place_many"] = "lose reply"
        stage.advance(5)
    stage.advance(3600)
    return repr(stage.effects)


def test_the_same_inputs_give_the_same_effects_whatever_the_hash_seed() -> None:
    runs = {
        subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", DETERMINISM],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
