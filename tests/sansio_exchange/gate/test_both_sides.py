"""Gate's language against the local venue's, where it is unlike the others'."""

from decimal import Decimal

import pytest

from sansio_exchange.commands import (
    CancelOrder,
    Credentials,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenOrders,
    GetOrder,
    PlaceOrder,
    PlaceOrders,
    Topic,
)
from sansio_exchange.errors import AuthenticationFailed, ClockSkew, OrderNotFound, OrderRejected
from sansio_exchange.market import INTERVALS_MS, BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side
from sansio_exchange.venue import Acknowledged, Ignored
from tests.sansio_exchange.both_sides import PRIVATE, BothSides


@pytest.fixture(params=["rest", "trade"])
def sides(request: pytest.FixtureRequest) -> BothSides:
    return BothSides("gate", request.param)


# --- orders ---------------------------------------------------------------------------------------------------------


def test_a_cancelled_order_is_found_by_its_client_order_id_for_a_minute(sides: BothSides) -> None:
    """The session must not take what it is told later for an answer about what it placed before."""
    sides.do(PlaceOrder(sides.limit("mine1")))
    sides.do(CancelOrder("BTCUSDT", client_order_id="mine1"))
    sides.wait(59_000)
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine1")).status is OrderStatus.CANCELED
    sides.wait(2_000)
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", client_order_id="mine1"))


def test_a_client_order_id_used_twice_is_not_refused(sides: BothSides) -> None:
    """So nothing but the session itself keeps an order from being placed twice."""
    first, second = (sides.do(PlaceOrder(sides.limit("mine1"))) for _ in range(2))
    assert first.order_id != second.order_id
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine1")).order_id == second.order_id
    assert len(sides.do(GetOpenOrders())) == 2


def test_a_row_beyond_the_price_band_is_refused_and_costs_no_other(sides: BothSides) -> None:
    orders = tuple(sides.limit(f"mine{number}") for number in range(27))
    placed = sides.do(PlaceOrders((*orders, sides.limit("mine27", price=sides.price * 2))))
    assert [type(each) for each in placed] == [Order] * 27 + [OrderRejected]


def test_more_open_orders_than_a_page(sides: BothSides) -> None:
    """Of two contracts: no more than a hundred of one may be open."""
    eth = sides.do(GetLatestPrice("ETHUSDT")) * Decimal("0.97") // 1
    for start in range(0, 90, 30):
        numbers = range(start, start + 30)
        orders = [sides.limit(f"mine{number}") for number in numbers]
        orders += [
            NewOrder("ETHUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.01"), price=eth, client_order_id=f"other{number}")
            for number in numbers
        ]
        assert {type(each) for each in sides.do(PlaceOrders(tuple(orders)))} == {Order}
        sides.wait(1_000)
    listed = sides.do(GetOpenOrders())
    assert len({order.client_order_id for order in listed}) == len(listed) == 180


def test_an_order_whose_deadline_has_passed_is_refused(sides: BothSides) -> None:
    sides.skew_ms = -6_000
    with pytest.raises(ClockSkew):
        sides.do(PlaceOrder(sides.limit("mine1")))
    sides.skew_ms = 0
    assert sides.do(GetOpenOrders()) == ()


# --- private channels -------------------------------------------------------------------------------------------------


def test_private_channels_are_signed_one_by_one() -> None:
    sides = BothSides("gate")
    sides.open(PRIVATE, "private")
    assert sides.venue.login_frame("private", sides.credentials, sides.now.wall_ms) == ""
    frames = sides.venue.private_frames("private-1")
    sides.send(PRIVATE, frames)
    assert sides.heard(PRIVATE, "private") == [Acknowledged("private-1")] * len(frames)


@pytest.mark.parametrize(
    "credentials",
    [Credentials("demo", "wrong"), Credentials("nobody", "demo")],
    ids=lambda credentials: f"{credentials.key} {credentials.secret}",
)
def test_wrong_credentials_are_refused_channel_by_channel(credentials: Credentials) -> None:
    sides = BothSides("gate")
    sides.open(PRIVATE, "private")
    sides.venue.login_frame("private", credentials, sides.now.wall_ms)
    sides.send(PRIVATE, sides.venue.private_frames("private-1"))
    answers = sides.heard(PRIVATE, "private")
    assert {type(each.error) for each in answers if isinstance(each, Acknowledged)} == {AuthenticationFailed}


# --- the market -----------------------------------------------------------------------------------------------------


def test_the_rules_are_those_of_the_venue() -> None:
    rules = BothSides("gate").venue.symbols.find("BTC_USDT")
    assert (rules.symbol, rules.contract_size, rules.tick_size) == ("BTCUSDT", Decimal("0.0001"), Decimal("0.1"))
    assert (rules.min_quantity, rules.step_size, rules.max_quantity) == (
        Decimal("0.0001"),
        Decimal("0.0001"),
        Decimal(100),
    )
    assert (rules.price_floor_ratio, rules.price_cap_ratio) == (Decimal("0.5"), Decimal("1.5"))


def test_weeks_begin_with_the_epoch() -> None:
    """Which was a Thursday."""
    weeks = BothSides("gate").do(GetHistoricalKlines("BTCUSDT", "1w", 5))
    assert len(weeks) == 5
    assert {week.open_ms % INTERVALS_MS["1w"] for week in weeks} == {0}


def test_each_candle_of_a_stream_ends_once() -> None:
    sides = BothSides("gate")
    asked = [Topic(kind, "BTCUSDT") for kind in ("price", "book", "funding")]
    asked += [Topic("kline", "BTCUSDT", interval) for interval in ("1m", "1w")]
    sides.open(3, "public")
    sides.send(3, sides.venue.subscribe_frame("public-4", asked))
    assert sides.heard(3, "public") == [Acknowledged("public-4")] * sides.venue.acknowledgements(asked)
    sides.wait(62_000)
    heard = sides.heard(3, "public")
    assert {type(said) for said in heard} - {Ignored} == {PriceChange, BookTicker, FundingRate, Candle}
    candles = [said for said in heard if isinstance(said, Candle)]
    assert {candle.interval for candle in candles} == {"1m", "1w"}
    ends = [candle for candle in candles if candle.is_closed]
    assert len({(candle.interval, candle.open_ms) for candle in ends}) == len(ends) >= 1
    sides.send(3, sides.venue.unsubscribe_frame("public-5", asked))
    assert sides.heard(3, "public") == [Acknowledged("public-5")] * sides.venue.acknowledgements(asked)
    sides.wait(3_000)
    assert sides.heard(3, "public") == []
