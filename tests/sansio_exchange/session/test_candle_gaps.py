"""Each closed candle is told once, also those that closed while the market socket was away."""

from decimal import Decimal

import msgspec
import pytest

from sansio_exchange.commands import Subscribe, Topic, Unsubscribe
from sansio_exchange.machine import HttpReply, SendHttp, Unreadable
from sansio_exchange.market import Candle
from tests.sansio_exchange.session.fake_venue import START_MS
from tests.sansio_exchange.session.stage import Stage

MINUTES = Topic("kline", "BTCUSDT", "1m")
FIRST = START_MS - START_MS % 60_000 - 600_000


def candle(number: int, *, closed: bool, price: str = "1") -> Candle:
    value = Decimal(price)
    return Candle("BTCUSDT", "1m", FIRST + number * 60_000, value, value, value, value, Decimal(1), closed)


class Market(Stage):
    """A live stage on which somebody watches minute candles; `history` is what the venue lists."""

    def __init__(self) -> None:
        super().__init__()
        self.go_live()
        self.begin(Subscribe(MINUTES))
        self.history = tuple(candle(number, closed=number < 9, price="2") for number in range(10))
        self.rules["/klines"] = self._list

    def _list(self, request: SendHttp) -> HttpReply:
        return HttpReply(request.request_id, 200, {}, msgspec.json.encode({"ok": self.history}))

    def hear(self, *candles: Candle) -> None:
        for each in candles:
            self.exchange.say("public", each)
            self.settle()

    def told(self) -> list[tuple[int, bool, str]]:
        """(number, closed, price) of each candle told."""
        return [
            ((each.open_ms - FIRST) // 60_000, each.is_closed, str(each.close))
            for each in self.events
            if isinstance(each, Candle)
        ]

    @property
    def asked(self) -> int:
        return self.sent.count("/klines")


@pytest.fixture
def market() -> Market:
    return Market()


def test_neighbours_are_no_gap(market: Market) -> None:
    market.hear(candle(1, closed=False), candle(1, closed=True), candle(2, closed=False), candle(2, closed=True))
    market.hear(candle(3, closed=True), candle(4, closed=False))
    assert market.asked == 0


def test_a_candle_that_never_closed_is_asked_for(market: Market) -> None:
    market.hear(candle(1, closed=False), candle(2, closed=False))
    assert market.told() == [(1, False, "1"), (2, False, "1"), (1, True, "2")]
    market.hear(candle(2, closed=True), candle(3, closed=False))
    assert market.asked == 1


def test_candles_that_were_missed_whole_are_asked_for(market: Market) -> None:
    market.hear(candle(1, closed=True), candle(4, closed=False))
    assert market.told()[2:] == [(2, True, "2"), (3, True, "2")]


def test_what_is_not_closed_in_the_list_is_not_told(market: Market) -> None:
    market.history = (candle(1, closed=False), candle(2, closed=False))
    market.hear(candle(1, closed=False), candle(2, closed=False))
    assert market.told() == [(1, False, "1"), (2, False, "1")]


def test_a_late_candle_is_no_gap(market: Market) -> None:
    market.hear(candle(4, closed=True), candle(2, closed=False), candle(5, closed=False))
    assert market.asked == 0


def test_the_venue_is_asked_again_where_it_does_not_answer(market: Market) -> None:
    market.rules["/klines"] = "lose"
    market.hear(candle(1, closed=False), candle(2, closed=False))
    market.rules["/klines"] = market._list
    market.advance(10)
    assert market.told()[2:] == [(1, True, "2")]


def test_what_cannot_be_asked_for_is_said(market: Market) -> None:
    market.rules["/klines"] = "lose"
    market.hear(candle(1, closed=False), candle(2, closed=False))
    market.advance(200)
    (told,) = [each for each in market.events if isinstance(each, Unreadable)]
    assert "BTCUSDT 1m were missed" in told.reason


def test_who_comes_again_is_not_told_what_happened_in_between(market: Market) -> None:
    market.hear(candle(1, closed=False))
    market.ask(Unsubscribe(MINUTES))
    market.begin(Subscribe(MINUTES))
    market.hear(candle(4, closed=False))
    assert market.asked == 0
