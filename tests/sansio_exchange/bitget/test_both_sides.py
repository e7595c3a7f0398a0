"""Bitget's language against the local venue's, where it is unlike the others'."""

from decimal import Decimal

import pytest
from msgspec import structs

from sansio_exchange.commands import GetHistoricalKlines, GetOrder, PlaceOrder, Topic
from sansio_exchange.errors import OutcomeUnknown
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import OrderStatus, Side
from sansio_exchange.venue import Acknowledged, Ignored
from tests.sansio_exchange.both_sides import BothSides, market


@pytest.mark.parametrize("way", ["rest", "trade"])
def test_a_reduce_only_order_that_replaces_others_is_found_by_its_client_id(way: str) -> None:
    """The venue accepts it without telling its id ("Place Order")."""
    sides = BothSides("bitget", way)
    sides.do(PlaceOrder(market(Side.BUY, "0.03", "open")))
    high = sides.price * Decimal("1.03") // 1
    reducing = {"side": Side.SELL, "price": high, "reduce_only": True, "quantity": Decimal("0.02")}
    first = sides.do(PlaceOrder(structs.replace(sides.limit("first"), **reducing)))
    with pytest.raises(OutcomeUnknown) as unknown:
        sides.do(PlaceOrder(structs.replace(sides.limit("second"), **reducing)))
    assert unknown.value.client_order_id == "second"
    found = sides.do(GetOrder("BTCUSDT", client_order_id="second"))
    assert (found.status, found.reduce_only, found.quantity) == (OrderStatus.NEW, True, Decimal("0.02"))
    assert sides.do(GetOrder("BTCUSDT", order_id=first.order_id)).status is OrderStatus.CANCELED


def test_candles_end_on_the_stream_as_the_venue_lists_them() -> None:
    """No message says that one has ended. A socket that sends no ping within two minutes is cut."""
    sides = BothSides("bitget")
    sides.open(3, "public")
    asked = [Topic(kind, "BTCUSDT") for kind in ("price", "book", "funding")] + [Topic("kline", "BTCUSDT", "1m")]
    sides.send(3, sides.venue.subscribe_frame("public-4", asked))
    sides.wait(60_000)
    sides.send(3, "ping")
    sides.wait(70_000)
    heard = sides.heard(3, "public")
    assert {type(said) for said in heard} - {Ignored, Acknowledged} == {PriceChange, BookTicker, FundingRate, Candle}
    assert heard.count(Ignored("pong")) == 1
    times = [said.time_ms for said in heard if isinstance(said, PriceChange)]
    assert times == sorted(times)
    candles = [said for said in heard if isinstance(said, Candle)]
    closed = [candle for candle in candles if candle.is_closed]
    assert [candle.open_ms for candle in closed] == [candles[0].open_ms + 60_000 * number for number in range(2)]
    listed = {candle.open_ms: candle for candle in sides.do(GetHistoricalKlines("BTCUSDT", "1m", 5))}
    assert closed == [listed[candle.open_ms] for candle in closed]
