"""Every command has its recipe on every venue, and none has one that is the session's own."""

import msgspec
import pytest

from sansio_exchange.commands import (
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    FetchExchangeInfo,
    GetAccount,
    GetBalance,
    GetFills,
    GetFundingRate,
    GetFundingRates,
    GetHistoricalFundingRates,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenInterest,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    GetSymbols,
    GetTickers,
    PlaceOrder,
    PlaceOrders,
    Start,
)
from sansio_exchange.venues import NETWORKS
from tests.sansio_exchange.both_sides import BothSides


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_asked_reaches_the_recipe_that_answers_it(name: str) -> None:
    """The local venue answers what was meant: an argument in another's place would be something else's name."""
    sides = BothSides(name)
    sides.do(FetchExchangeInfo("BTCUSDT"))
    first = sides.do(PlaceOrder(sides.limit("mine1")))
    second, third = sides.do(PlaceOrders((sides.limit("mine2"), sides.limit("mine3"))))
    assert {order.client_order_id for order in sides.do(GetOpenOrders("BTCUSDT"))} == {"mine1", "mine2", "mine3"}
    assert sides.do(GetOrder("BTCUSDT", first.order_id)).client_order_id == "mine1"
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine2")).order_id == second.order_id
    assert sides.do(CancelOrder("BTCUSDT", client_order_id="mine1")) is None
    assert sides.do(CancelOrders("BTCUSDT", (second.order_id,))) == (None,)
    assert [order.order_id for order in sides.do(GetOpenOrders(""))] == [third.order_id]
    assert sides.do(CancelAllOrders("BTCUSDT")) is None
    assert sides.do(GetFills("BTCUSDT", 0, first.order_id)) == ()
    assert sides.do(GetAccount()).positions == sides.do(GetPositions("BTCUSDT")) == ()
    assert sides.do(GetBalance("USDT")) > 0
    price = sides.do(GetLatestPrice("BTCUSDT"))
    assert {ticker.symbol: ticker.last_price for ticker in sides.do(GetTickers())}["BTCUSDT"] == price
    assert sides.do(GetOpenInterest("BTCUSDT")) >= 0
    assert [candle.interval for candle in sides.do(GetHistoricalKlines("BTCUSDT", "5m", 2))] == ["5m"] * 2
    assert sides.do(GetFundingRate("BTCUSDT")) in sides.do(GetFundingRates())
    assert all(rate.symbol == "BTCUSDT" for rate in sides.do(GetHistoricalFundingRates("BTCUSDT", 3)))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("action", [Start(), GetSymbols()])
def test_the_sessions_own_commands_have_none(name: str, action: msgspec.Struct) -> None:
    with pytest.raises(TypeError, match="answered by the session"):
        BothSides(name).do(action)
