"""Private topics."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Balance, Position
from sansio_exchange.bybit import NETWORKS, Bybit
from sansio_exchange.bybit.private_stream import HEDGED, NO_FILL, NOT_TRIGGERED, NOT_UNIFIED
from sansio_exchange.bybit.public_stream import ANOTHER
from sansio_exchange.machine import Unreadable
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import AccountChange, LoneFill, OrderState
from tests.sansio_exchange.bybit.payloads import (
    TIME_MS,
    UUID,
    coin,
    execution,
    order,
    position_push,
    private_push,
    wallet,
)

ORDER_ID = OrderIds().number(UUID)


@pytest.fixture
def venue() -> Bybit:
    return Bybit(NETWORKS["mainnet"])


def told(venue: Bybit, **changes: Any) -> Order:
    (said,) = venue.decode("private", private_push("order", order(**changes)))
    assert isinstance(said, OrderState)
    return said.order


def test_an_order(venue: Bybit) -> None:
    assert told(venue, reduceOnly=True) == Order(
        order_id=ORDER_ID,
        client_order_id="mine-1",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal(2),
        status=OrderStatus.NEW,
        price=Decimal("51858.1"),
        time_in_force=TimeInForce.GTC,
        reduce_only=True,
        created_ms=1_700_000_000_100,
        update_ms=1_700_000_000_102,
    )


def test_an_order_without_a_client_order_id_has_its_own_id_for_one(venue: Bybit) -> None:
    assert told(venue, orderLinkId="").client_order_id == str(ORDER_ID)


@pytest.mark.parametrize(
    ("changes", "kind", "time_in_force", "price"),
    [
        ({"timeInForce": "PostOnly"}, OrderType.LIMIT, TimeInForce.GTX, "51858.1"),
        ({"timeInForce": "RPI"}, OrderType.LIMIT, TimeInForce.GTX, "51858.1"),
        ({"timeInForce": "IOC"}, OrderType.LIMIT, TimeInForce.IOC, "51858.1"),
        ({"timeInForce": "FOK"}, OrderType.LIMIT, TimeInForce.FOK, "51858.1"),
        ({"timeInForce": "later"}, OrderType.LIMIT, TimeInForce.UNSPECIFIED, "51858.1"),
        ({"orderType": "Market", "timeInForce": "IOC"}, OrderType.MARKET, TimeInForce.UNSPECIFIED, "0"),
        ({"stopOrderType": "StopLoss"}, OrderType.OTHER, TimeInForce.GTC, "51858.1"),
        ({"orderType": "UNKNOWN"}, OrderType.OTHER, TimeInForce.GTC, "51858.1"),
    ],
)
def test_kinds_of_orders(
    venue: Bybit, changes: dict[str, Any], kind: OrderType, time_in_force: TimeInForce, price: str
) -> None:
    said = told(venue, **changes)
    assert (said.type, said.time_in_force, said.price) == (kind, time_in_force, Decimal(price))


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"orderStatus": "PartiallyFilled", "cumExecQty": "1"}, "PARTIALLY_FILLED", ""),
        ({"orderStatus": "Filled", "cumExecQty": "2"}, "FILLED", ""),
        ({"orderStatus": "Triggered"}, "NEW", ""),
        ({"orderStatus": "Cancelled", "cancelType": "CancelByUser"}, "CANCELED", ""),
        ({"orderStatus": "Cancelled", "rejectReason": "EC_PerCancelRequest"}, "CANCELED", ""),
        (
            {"orderStatus": "Filled", "cancelType": "CancelByUser", "rejectReason": "EC_OrigClOrdIDDoesNotExist"},
            "FILLED",
            "",
        ),
        ({"orderStatus": "PartiallyFilledCanceled", "cumExecQty": "1"}, "CANCELED", ""),
        ({"orderStatus": "Rejected", "rejectReason": "EC_InvalidPriceScale"}, "REJECTED", "EC_InvalidPriceScale"),
        ({"orderStatus": "Rejected", "cumExecQty": "1", "rejectReason": "EC_Others"}, "CANCELED", "EC_Others"),
        (
            {"orderStatus": "Cancelled", "rejectReason": "EC_PostOnlyWillTakeLiquidity", "timeInForce": "PostOnly"},
            "EXPIRED",
            "post-only order would have taken liquidity",
        ),
        (
            {"orderStatus": "Cancelled", "rejectReason": "EC_CancelForNoFullFill", "timeInForce": "FOK"},
            "EXPIRED",
            "fill-or-kill order could not be filled at once",
        ),
        ({"orderStatus": "Cancelled", "timeInForce": "IOC", "cumExecQty": "1"}, "EXPIRED", ""),
        ({"orderStatus": "Cancelled", "cancelType": "CancelByReduceOnly"}, "EXPIRED", "nothing left to reduce"),
        ({"orderStatus": "Cancelled", "cancelType": "CancelByPrepareLiq"}, "CANCELED", "liquidation is near"),
        ({"orderStatus": "Filled", "cumExecQty": "2", "createType": "CreateByLiq"}, "FILLED", "liquidation"),
        (
            {"orderStatus": "Filled", "cumExecQty": "2", "createType": "CreateByAdl_PassThrough"},
            "FILLED",
            "auto-deleveraging",
        ),
    ],
)
def test_states(venue: Bybit, changes: dict[str, Any], status: str, reason: str) -> None:
    said = told(venue, **changes)
    assert (said.status.name, said.reason) == (status, reason)


def test_an_execution(venue: Bybit) -> None:
    (said,) = venue.decode("private", private_push("execution", execution()))
    assert said == LoneFill(
        Fill(
            trade_id="7e2ae69c-4edf-5800-a352-893d52b446aa",
            order_id=ORDER_ID,
            symbol="BTCUSDT",
            side=Side.BUY,
            price=Decimal("51858.1"),
            quantity=Decimal("0.5"),
            fee=Decimal("0.5"),
            fee_asset="USDT",
            realized_pnl=Decimal("1.25"),
            time_ms=1_700_000_000_200,
            is_maker=True,
        )
    )


def test_a_rebate_is_a_negative_fee_and_the_fees_coin_is_told(venue: Bybit) -> None:
    rebate = execution(execFee="-0.01", feeCurrency="MNT", execPnl="")
    (said,) = venue.decode("private", private_push("execution", rebate))
    assert isinstance(said, LoneFill)
    assert (said.fill.fee, said.fill.fee_asset, said.fill.realized_pnl) == (Decimal("-0.01"), "MNT", Decimal(0))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (private_push("order", order(category="spot")), ANOTHER),
        (private_push("order", order(symbol="BTCPERP")), ANOTHER),
        (private_push("order", order(positionIdx=1)), HEDGED),
        (private_push("order", order(orderStatus="Untriggered", stopOrderType="Stop")), NOT_TRIGGERED),
        (private_push("order", order(orderStatus="Deactivated", stopOrderType="Stop")), NOT_TRIGGERED),
        (private_push("execution", execution(category="spot")), ANOTHER),
        (private_push("execution", execution(execType="Funding", orderType="UNKNOWN")), NO_FILL),
        (private_push("position", position_push(symbol="BTCPERP")), ANOTHER),
        (private_push("position", position_push(positionIdx=2)), HEDGED),
        (private_push("wallet", wallet(accountType="CONTRACT")), NOT_UNIFIED),
    ],
)
def test_what_is_not_ours_says_why(venue: Bybit, data: bytes, reason: Any) -> None:
    assert venue.decode("private", data) == [reason]


def test_a_short_position_is_negative(venue: Bybit) -> None:
    assert venue.decode("private", private_push("position", position_push())) == [
        AccountChange(
            (),
            (
                Position(
                    symbol="BTCUSDT",
                    size=Decimal("-0.3"),
                    entry_price=Decimal(52000),
                    mark_price=Decimal(51900),
                    unrealized_pnl=Decimal(30),
                    leverage=10,
                    margin_type="cross",
                    update_ms=1_700_000_000_300,
                ),
            ),
            "positions",
            1_700_000_000_300,
        )
    ]


@pytest.mark.parametrize("side", ["", "None"])
def test_a_closed_position_has_size_0(venue: Bybit, side: str) -> None:
    (said,) = venue.decode("private", private_push("position", position_push(side=side, size="0", avgPrice="0")))
    assert isinstance(said, AccountChange)
    assert [position.size for position in said.positions] == [0]


def test_what_a_coin_covers_by_itself_is_available(venue: Bybit) -> None:
    assert venue.decode("private", private_push("wallet", wallet(coin(), coin(coin="BTC", walletBalance="")))) == [
        AccountChange((Balance("USDT", Decimal("1000.5"), Decimal("870.0")),), (), "wallet", TIME_MS)
    ]


@pytest.mark.parametrize(
    "data",
    [
        private_push("order", order(side="Up")),
        private_push("order", order(orderStatus="Gone")),
        private_push("order", order(qty="NaN")),
        private_push("order", order(orderId="")),
        private_push("order", order(createdTime="9" * 30)),
        private_push("execution", execution(execId="")),
        private_push("execution", execution(execQty="0")),
        private_push("execution", execution(execPrice="1e999")),
        private_push("position", position_push(side="Both")),
        private_push("wallet", wallet(coin(walletBalance="much"))),
        private_push("order", order(), time="now"),  # type: ignore[arg-type]  # what a venue might send
    ],
)
def test_nonsense_is_unreadable(venue: Bybit, data: bytes) -> None:
    (said,) = venue.decode("private", data)
    assert isinstance(said, Unreadable)
