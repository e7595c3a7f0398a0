"""Binance's language against the local venue's, where it is unlike the others'."""

from decimal import Decimal

import pytest

from sansio_exchange.commands import Credentials, GetBalance, PlaceOrder
from sansio_exchange.errors import AuthenticationFailed, RequestRejected
from sansio_exchange.orders import OrderStatus, Side
from sansio_exchange.venue import AccountChange
from tests.sansio_exchange.both_sides import PRIVATE, BothSides, market


@pytest.fixture(params=["rest", "trade"])
def sides(request: pytest.FixtureRequest) -> BothSides:
    return BothSides("binance", request.param)


def test_a_price_with_too_many_digits_is_malformed(sides: BothSides) -> None:
    with pytest.raises(RequestRejected):
        sides.do(PlaceOrder(sides.limit("mine-1", price=Decimal("40000.123456789"))))


def test_every_request_is_signed_on_the_socket_too(sides: BothSides) -> None:
    sides.credentials = Credentials("demo", "wrong")
    with pytest.raises(AuthenticationFailed):
        sides.do(PlaceOrder(sides.limit("mine-1")))


def test_the_reply_to_a_market_order_tells_that_it_is_filled(sides: BothSides) -> None:
    bought = sides.do(PlaceOrder(market(Side.BUY, "0.01", "buy")))
    assert (bought.status, bought.executed_qty) == (OrderStatus.FILLED, Decimal("0.01"))


def test_one_message_tells_position_and_balance(sides: BothSides) -> None:
    sides.open_private()
    sides.do(PlaceOrder(market(Side.BUY, "0.01", "buy")))
    changes = [each for each in sides.heard(PRIVATE, "private") if isinstance(each, AccountChange)]
    assert changes[-1].positions[0].size == Decimal("0.01")
    assert changes[-1].balances[0].wallet == sides.do(GetBalance("USDT"))
