"""Orders and fills that are looked up, listed and searched for."""

from decimal import Decimal

import pytest

from sansio_exchange.commands import GetFills, GetOpenOrders, GetOrder
from sansio_exchange.errors import OrderNotFound, OutcomeUnknown, PermissionDenied, UnexpectedReply, VenueUnavailable
from sansio_exchange.okx.requests import FILLS_KEPT_MS, PAGE
from sansio_exchange.orders import Fill, Side
from sansio_exchange.venue import Access, Request
from tests.sansio_exchange.okx.asking import NOW, TIME, do
from tests.sansio_exchange.okx.payloads import fill, order, reply


def test_an_order_is_looked_up() -> None:
    found, (asked,) = do(GetOrder("BTCUSDT", client_order_id="mine1"), reply(order()))
    assert asked == Request(
        "GET",
        "/api/v5/trade/order",
        {"instId": "BTC-USDT-SWAP", "clOrdId": "mine1"},
        Access.SIGNED,
        {"order BTC-USDT-SWAP": 1},
    )
    assert (found.order_id, found.quantity) == (680800019749904384, Decimal("0.20"))
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", order_id=1), OrderNotFound("51603"))


def test_an_order_with_too_long_an_id_is_said_to_be_unreadable() -> None:
    for ord_id in ("92233720368547758080", "b0f3"):
        with pytest.raises(UnexpectedReply, match="order"):
            do(GetOrder("BTCUSDT", order_id=1), reply(order(ordId=ord_id)))


def test_a_question_without_an_answer_may_be_asked_again() -> None:
    with pytest.raises(VenueUnavailable):
        do(GetOrder("BTCUSDT", order_id=1), OutcomeUnknown("50001"))


def test_open_orders_come_page_by_page() -> None:
    first = reply(*(order(ordId=str(1000 - n)) for n in range(PAGE)))
    second = reply(order(ordId="901"), order(ordId="5"))
    orders, asked = do(GetOpenOrders("BTCUSDT"), first, second)
    assert [request.params.get("after") for request in asked] == [None, "901"]
    assert len(orders) == PAGE + 1, "the order that is on both pages is told once"
    assert asked[0].costs == {"orders_pending": 1}


def test_pages_that_go_in_circles_end() -> None:
    rounds = [reply(*(order(ordId=str(start - n)) for n in range(PAGE))) for start in (1000, 900, 1000)]
    orders, asked = do(GetOpenOrders(), *rounds)
    assert (len(orders), len(asked)) == (2 * PAGE, 3)
    bills = [reply(*(fill(billId=str(start - n), tradeId=str(start - n)) for n in range(PAGE))) for start in (9, 5, 9)]
    _, asked = do(GetFills("BTCUSDT"), *bills)
    assert len(asked) == 3


def test_an_order_of_hedge_mode_is_refused() -> None:
    for action in (GetOpenOrders(), GetOrder("BTCUSDT", order_id=1)):
        with pytest.raises(PermissionDenied, match="net mode"):
            do(action, reply(order(posSide="long")))


# --- fills ------------------------------------------------------------------------------------------------------


def test_recent_fills_come_page_by_page_oldest_first_and_once() -> None:
    since = NOW - 1_000_000
    rows = [fill(tradeId=str(500 - n), billId=str(500 - n), fillTime=str(NOW - n)) for n in range(PAGE + 2)]
    fills, asked = do(
        GetFills("BTCUSDT", since_ms=since), TIME, reply(*rows[:PAGE]), reply(rows[PAGE - 1], *rows[PAGE:])
    )
    assert [request.path for request in asked] == ["/api/v5/public/time", *["/api/v5/trade/fills"] * 2]
    assert asked[1].params == {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "begin": since, "limit": PAGE}
    assert asked[2].params["after"] == "401"
    assert asked[1].costs == {"fills": 1}
    assert [each.trade_id for each in fills] == [str(n) for n in range(399, 501)]


def test_old_fills_are_in_another_list() -> None:
    _, asked = do(GetFills("BTCUSDT", since_ms=NOW - FILLS_KEPT_MS), TIME, reply())
    assert asked[1].path == "/api/v5/trade/fills-history"
    assert asked[1].costs == {"fills_history": 1}


def test_a_fill_from_before_is_not_told_and_another_instruments_neither() -> None:
    rows = [fill(fillTime=str(NOW)), fill(tradeId="9", fillTime=str(NOW - 9)), fill(tradeId="8", instId="BTC-USDT")]
    fills, _ = do(GetFills("BTCUSDT", since_ms=NOW - 5), TIME, reply(*rows))
    assert [each.trade_id for each in fills] == ["744876980"]


def test_a_block_trade_has_no_order_and_is_none_of_ours() -> None:
    fills, _ = do(GetFills("BTCUSDT"), reply(fill(), fill(ordId="", tradeId="9")))
    assert [each.trade_id for each in fills] == ["744876980"]


def test_a_fill_of_the_time_in_hedge_mode_is_past_and_hides_no_other() -> None:
    for side in ("long", "short"):
        fills, _ = do(GetFills("BTCUSDT"), reply(fill(posSide=side, tradeId="9"), fill()))
        assert [each.trade_id for each in fills] == ["744876980"]


def test_the_fills_of_an_order_are_looked_for_in_both_lists() -> None:
    fills, asked = do(GetFills("BTCUSDT", order_id=7), reply(), reply(fill(ordId="7")))
    assert [request.path for request in asked] == ["/api/v5/trade/fills", "/api/v5/trade/fills-history"]
    assert asked[0].params["ordId"] == "7"
    assert fills == (
        Fill(
            trade_id="744876980",
            order_id=7,
            symbol="BTCUSDT",
            side=Side.SELL,
            price=Decimal(51858),
            quantity=Decimal("0.03"),
            fee=Decimal("0.0777870"),
            fee_asset="USDT",
            realized_pnl=Decimal("1.5"),
            time_ms=1708587373361,
        ),
    )


def test_a_rebate_is_a_negative_fee() -> None:
    (rebated,), _ = do(GetFills("BTCUSDT"), reply(fill(fee="0.02", execType="M")))
    assert (rebated.fee, rebated.is_maker) == (Decimal("-0.02"), True)
