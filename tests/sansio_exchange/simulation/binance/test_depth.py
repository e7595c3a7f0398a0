"""A client that follows the documented procedure always holds the venue's book."""

from decimal import Decimal
from typing import Any

import pytest

from tests.sansio_exchange.simulation.binance.desk import Desk, market_order

Side = dict[Decimal, Decimal]


class Follower:
    """Keeps a book as "How to manage a local order book correctly" says."""

    def __init__(self, snapshot: Any) -> None:
        self.update_id = snapshot["lastUpdateId"]
        self.bids = self._side(snapshot["bids"])
        self.asks = self._side(snapshot["asks"])
        self._last_id: int | None = None

    def take(self, event: Any) -> None:
        if event["u"] < self.update_id:
            return
        if self._last_id is None:
            assert event["U"] <= self.update_id <= event["u"] or event["pu"] == self.update_id
        else:
            assert event["pu"] == self._last_id
        assert event["U"] == event["pu"] + 1
        self._last_id = event["u"]
        for side, changes in ((self.bids, event["b"]), (self.asks, event["a"])):
            for price, quantity in changes:
                if Decimal(quantity):
                    side[Decimal(price)] = Decimal(quantity)
                else:
                    side.pop(Decimal(price), None)

    @staticmethod
    def _side(levels: list[list[str]]) -> Side:
        return {Decimal(price): Decimal(quantity) for price, quantity in levels}


@pytest.mark.parametrize("speed", ["", "@100ms", "@500ms"])
@pytest.mark.parametrize("delay_ms", [0, 30, 470, 1000])
def test_snapshot_and_changes_make_the_book(desk: Desk, speed: str, delay_ms: int) -> None:
    stream = f"btcusdt@depth{speed}"
    conn = desk.open(f"/public/ws/{stream}")
    desk.wait(delay_ms)
    follower = Follower(desk.get("v1/depth", symbol="BTCUSDT", limit=1000))
    desk.place(price="94900")
    desk.call("POST", "v1/order", **market_order(quantity="1"))
    desk.wait(3000 - desk.now_ms % 1000)
    for event in desk.take(conn):
        follower.take(event)
    now = desk.get("v1/depth", symbol="BTCUSDT", limit=1000)
    assert follower.bids == Follower(now).bids
    assert follower.asks == Follower(now).asks


def test_streams_of_two_speeds_do_not_disturb_each_other(desk: Desk) -> None:
    fast = desk.open("/ws/btcusdt@depth@100ms")
    slow = desk.open("/ws/btcusdt@depth@500ms")
    desk.wait(2000)
    for conn in (fast, slow):
        events = desk.take(conn)
        assert [each["pu"] for each in events[1:]] == [each["u"] for each in events[:-1]]
    assert len(events) <= 4


def test_numbers_never_go_back(desk: Desk) -> None:
    conn = desk.open("/ws/btcusdt@bookTicker/btcusdt@depth5@100ms")
    desk.wait(2000)
    events = desk.take(conn)
    for kind in ("bookTicker", "depthUpdate"):
        numbers = [each["u"] for each in events if each["e"] == kind]
        assert numbers == sorted(numbers)
        assert len(numbers) > 3


def test_whole_levels_come_best_first_at_their_pace(desk: Desk) -> None:
    conn = desk.open("/public/ws/btcusdt@depth5@100ms")
    desk.wait(1000)
    events = desk.take(conn)
    assert len(events) == 10
    for each in events:
        bids = [Decimal(price) for price, _ in each["b"]]
        asks = [Decimal(price) for price, _ in each["a"]]
        assert len(bids) == len(asks) == 5
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
    assert [each["pu"] for each in events[1:]] == [each["u"] for each in events[:-1]]
