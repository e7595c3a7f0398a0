"""The fast encoders say, byte for byte, what betterproto2 says."""

from decimal import Decimal
from typing import TypeVar

import betterproto2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.account import Account, MarginMode, Position
from sansio_exchange.market import Candle, FundingRate, PriceChange
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side
from service import convert, encode
from service.stubs.opensqt.market_maker import v1

T = TypeVar("T")
M = TypeVar("M", bound=betterproto2.Message)

texts = st.text(max_size=30)
int32s = st.integers(-(2**31), 2**31 - 1)
int64s = st.integers(-(2**63), 2**63 - 1)
times = st.integers(0, 253_402_300_799_999)
decimals = st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [Decimal(0), Decimal("-0.0"), Decimal("1E-7"), Decimal("1E+60"), Decimal("1E-120"), Decimal("9" * 99)]
)
fills = st.builds(
    Fill,
    trade_id=texts,
    order_id=int64s,
    symbol=texts,
    side=st.sampled_from(Side),
    price=decimals,
    quantity=decimals,
    fee=decimals,
    fee_asset=texts,
    realized_pnl=decimals,
    time_ms=times,
)
order_states = st.builds(
    Order,
    order_id=int64s,
    client_order_id=texts,
    symbol=texts,
    side=st.sampled_from(Side),
    type=st.sampled_from(OrderType),
    quantity=decimals,
    status=st.sampled_from(OrderStatus),
    price=decimals,
    executed_qty=decimals,
    avg_price=decimals,
    update_ms=int64s,
)
positions = st.builds(
    Position,
    symbol=texts,
    size=decimals,
    entry_price=decimals,
    mark_price=decimals,
    unrealized_pnl=decimals,
    leverage=int32s,
    margin_type=texts,
    isolated_margin=decimals,
    liquidation_price=decimals,
)
amounts = st.decimals(-(10**12), 10**12, places=8)

quick = settings(max_examples=60, deadline=None)


@quick
@given(st.builds(PriceChange, symbol=texts, price=decimals, time_ms=times), texts)
def test_price_change(value: PriceChange, exchange: str) -> None:
    assert encode.price_change(value, exchange) == bytes(convert.price_change(value, exchange))


@quick
@given(
    st.builds(
        Candle,
        symbol=texts,
        interval=st.just("1m"),
        open_ms=int64s,
        open=decimals,
        high=decimals,
        low=decimals,
        close=decimals,
        volume=decimals,
        is_closed=st.booleans(),
    )
)
def test_candle(value: Candle) -> None:
    assert encode.candle(value) == bytes(convert.candle(value))


@quick
@given(
    st.builds(
        FundingRate,
        symbol=texts,
        rate=decimals,
        time_ms=int64s,
        predicted_rate=st.none() | decimals,
        next_funding_ms=int64s,
    ),
    texts,
)
def test_funding_update(value: FundingRate, exchange: str) -> None:
    assert encode.funding_update(value, exchange) == bytes(convert.funding_update(value, exchange))


@quick
@given(st.builds(OrderUpdate, order=order_states, fill=st.none() | fills), texts)
def test_order_update(value: OrderUpdate, exchange: str) -> None:
    assert encode.order_update(value, exchange) == bytes(convert.order_update(value, exchange))


def test_what_is_not_known_of_a_position_is_absent_not_zero() -> None:
    message = v1.Position.parse(encode.position(Position(symbol="BTCUSDT", size=Decimal(1), entry_price=Decimal(2))))
    assert message.mark_price is None
    assert message.liquidation_price is None
    assert message == convert.position(Position(symbol="BTCUSDT", size=Decimal(1), entry_price=Decimal(2)))


@quick
@given(positions)
def test_position(value: Position) -> None:
    assert encode.position(value) == bytes(convert.position(value))


@quick
@given(
    st.builds(
        Account,
        wallet_balance=amounts,
        margin_balance=amounts,
        available_balance=amounts,
        maintenance_margin=amounts,
        adjusted_equity=amounts,
        positions=st.lists(positions, max_size=4).map(tuple),
        leverage=int32s,
        is_unified=st.booleans(),
        margin_mode=st.sampled_from(MarginMode),
    )
)
def test_account(value: Account) -> None:
    assert encode.whole_account(value) == bytes(convert.whole_account(value))


def test_a_message_is_framed_with_its_length() -> None:
    assert encode.framed(b"abc") == b"\x00\x00\x00\x00\x03abc"


def test_decimals_are_never_in_exponent_notation() -> None:
    change = PriceChange(symbol="PEPEUSDT", price=Decimal("1E-7"), time_ms=1)
    sent = v1.PriceChange.parse(encode.price_change(change, "sim"))
    assert sent.price is not None
    assert sent.price.value == "0.0000001"


def test_a_value_too_few_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="PriceChange has 4 fields"):
        encode._price_change("sim", "BTCUSDT", Decimal(1))
