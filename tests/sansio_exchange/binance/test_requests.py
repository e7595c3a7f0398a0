"""Every recipe against replies of the documentation's shape: what is asked, at what cost, and what comes of it."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from sansio_exchange.binance import requests
from sansio_exchange.binance.symbols import Product
from sansio_exchange.errors import (
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    OrderNotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    UnexpectedReply,
    VenueUnavailable,
    WouldTake,
)
from sansio_exchange.orders import NewOrder, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import Access, Priority, Recipe, Request
from tests.sansio_exchange.binance.payloads import ACCOUNT, POSITIONS, SYMBOL_CONFIG, order, trade
from tests.sansio_exchange.recipes import body, run

PRODUCT = Product()
DAY_MS = 86_400_000

LIMIT = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.100"), Decimal("42088.10"), client_order_id="mine-1")
MARKET = NewOrder("BTCUSDT", Side.SELL, OrderType.MARKET, Decimal("1E-3"), client_order_id="mine-2")


def numbered(number: int) -> NewOrder:
    return structs.replace(LIMIT, client_order_id=f"mine-{number}")


# --- placing ----------------------------------------------------------------------------------------------------


def test_a_limit_order() -> None:
    placed, asked = run(requests.place_order(LIMIT), body(order()))
    assert asked == [
        Request(
            "POST",
            "/fapi/v1/order",
            {
                "symbol": "BTCUSDT",
                "side": "BUY",
                "type": "LIMIT",
                "quantity": "0.100",
                "price": "42088.10",
                "timeInForce": "GTC",
                "newClientOrderId": "mine-1",
                "newOrderRespType": "RESULT",
            },
            Access.SIGNED,
            {"orders_10s": 1, "orders_1m": 1},
            Priority.PLACE,
            "order.place",
        )
    ]
    assert (placed.order_id, placed.client_order_id, placed.status) == (22542179, "mine-1", OrderStatus.NEW)


def test_a_market_order_has_neither_price_nor_time_in_force_and_no_exponent() -> None:
    assert requests.order_params(MARKET) == {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "MARKET",
        "quantity": "0.001",
        "newClientOrderId": "mine-2",
        "newOrderRespType": "RESULT",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"post_only": True}, {"timeInForce": "GTX"}),
        ({"time_in_force": TimeInForce.GTX}, {"timeInForce": "GTX"}),
        ({"time_in_force": TimeInForce.GTC, "post_only": True}, {"timeInForce": "GTX"}),
        ({"time_in_force": TimeInForce.IOC}, {"timeInForce": "IOC"}),
        ({"time_in_force": TimeInForce.FOK}, {"timeInForce": "FOK"}),
        ({"reduce_only": True}, {"reduceOnly": "true"}),
        ({"client_order_id": "a.B:c/9_-"}, {"newClientOrderId": "a.B:c/9_-"}),
    ],
)
def test_what_an_order_may_ask_for_besides(changes: dict[str, Any], expected: dict[str, str]) -> None:
    plain = requests.order_params(LIMIT)
    assert requests.order_params(structs.replace(LIMIT, **changes)) == plain | expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": "x" * 37}, "client_order_id"),
        ({"client_order_id": "with space"}, "client_order_id"),
        ({"client_order_id": "ü"}, "client_order_id"),
        ({"client_order_id": "a\n"}, "client_order_id"),
        ({"post_only": True, "time_in_force": TimeInForce.IOC}, "post_only"),
        ({"post_only": True, "time_in_force": TimeInForce.FOK}, "post_only"),
        ({"price": None}, "price"),
        ({"type": OrderType.OTHER}, "type"),
        ({"type": OrderType.MARKET, "price": None, "post_only": True}, "post_only"),
        ({"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.GTX}, "post_only"),
    ],
)
def test_what_cannot_be_said_to_the_venue_is_refused_before_anything_is_sent(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        requests.place_order(structs.replace(LIMIT, **changes))
    assert refused.value.field == field


def test_a_refused_order_is_refused() -> None:
    with pytest.raises(WouldTake):
        run(requests.place_order(LIMIT), WouldTake("no", code="-5022"))


@pytest.mark.parametrize("answer", [OutcomeUnknown("timeout"), b"<html>", b"{}", b""])
def test_an_order_of_which_nobody_can_tell_is_told_by_its_client_id(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown) as unknown:
        run(requests.place_order(LIMIT), answer)
    assert unknown.value.client_order_id == "mine-1"


def test_a_reply_about_another_order_says_nothing_of_ours() -> None:
    with pytest.raises(OutcomeUnknown, match="another order") as unknown:
        run(requests.place_order(LIMIT), body(order(clientOrderId="another")))
    assert unknown.value.client_order_id == "mine-1"


# --- placing many -----------------------------------------------------------------------------------------------


def test_seven_orders_go_in_two_batches_side_by_side() -> None:
    orders = [numbered(number) for number in range(7)]
    rows = [order(orderId=100 + number, clientOrderId=f"mine-{number}") for number in range(7)]
    recipe = requests.place_orders(orders)
    step = next(recipe)
    assert isinstance(step, tuple)
    assert [request.costs for request in step] == [{"weight_1m": 5, "orders_10s": 5, "orders_1m": 1}] * 2
    assert {(each.method, each.path, each.access, each.priority, each.ws_method) for each in step} == {
        ("POST", "/fapi/v1/batchOrders", Access.SIGNED, Priority.PLACE, "")
    }
    sent = [json.loads(request.params["batchOrders"]) for request in step]
    assert [len(each) for each in sent] == [5, 2]
    assert sent[1][1] == requests.order_params(orders[6])
    with pytest.raises(StopIteration) as stop:
        recipe.send([body(rows[:5]), body(rows[5:])])
    assert [placed.order_id for placed in stop.value.value] == list(range(100, 107))


def test_one_row_that_fails_fails_alone() -> None:
    rows = [
        order(clientOrderId="mine-1"),
        {"code": -2019, "msg": "Margin is insufficient."},
        order(clientOrderId="mine-3", orderId=3),
    ]
    outcomes, _ = run(requests.place_orders([numbered(1), numbered(2), numbered(3)]), [body(rows)])
    assert [type(each).__name__ for each in outcomes] == ["Order", "InsufficientFunds", "Order"]


def test_a_failed_batch_marks_its_own_rows_only() -> None:
    orders = [numbered(number) for number in range(6)]
    outcomes, _ = run(
        requests.place_orders(orders), [OutcomeUnknown("no reply in time"), body(order(clientOrderId="mine-5"))]
    )
    assert [getattr(each, "client_order_id", "") for each in outcomes] == [f"mine-{number}" for number in range(6)]
    assert [isinstance(each, OutcomeUnknown) for each in outcomes] == [True] * 5 + [False]
    outcomes, _ = run(requests.place_orders(orders), [body([order()] * 5), VenueUnavailable("busy")])
    assert isinstance(outcomes[5], VenueUnavailable)


def test_an_answer_about_another_order_is_none() -> None:
    rows = [order(clientOrderId="mine-1"), order(clientOrderId="mine-1")]
    outcomes, _ = run(requests.place_orders([numbered(1), numbered(2)]), [body(rows)])
    assert [type(each).__name__ for each in outcomes] == ["Order", "OutcomeUnknown"]
    assert outcomes[1].client_order_id == "mine-2"


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"code":200}', b'[{"orderId":"x"}]'])
def test_rows_that_a_reply_does_not_tell_of_may_or_may_not_stand(answer: bytes) -> None:
    outcomes, _ = run(requests.place_orders([numbered(1), numbered(2)]), [answer])
    assert [each.client_order_id for each in outcomes if isinstance(each, OutcomeUnknown)] == ["mine-1", "mine-2"]


def test_a_row_that_breaks_a_rule_is_not_sent() -> None:
    bad = structs.replace(LIMIT, client_order_id="not this")
    outcomes, asked = run(
        requests.place_orders([numbered(1), bad, numbered(2)]),
        [body([order(clientOrderId="mine-1"), order(clientOrderId="mine-2", orderId=2)])],
    )
    assert len(json.loads(asked[0].params["batchOrders"])) == 2
    assert isinstance(outcomes[1], InvalidRequest)
    assert [outcomes[0].order_id, outcomes[2].order_id] == [22542179, 2]
    nothing_sent, asked = run(requests.place_orders([bad]))
    assert asked == []
    assert isinstance(nothing_sent[0], InvalidRequest)


def test_a_single_order_takes_the_faster_way() -> None:
    outcomes, asked = run(requests.place_orders([LIMIT]), [body(order())])
    assert asked[0].ws_method == "order.place"
    assert outcomes[0].order_id == 22542179
    outcomes, _ = run(requests.place_orders([LIMIT]), [InsufficientFunds("no")])
    assert isinstance(outcomes[0], InsufficientFunds)


def test_no_orders_ask_for_nothing() -> None:
    assert run(requests.place_orders([])) == ((), [])


# --- cancelling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order_id", "client_order_id", "which"),
    [
        (7, "", {"orderId": 7}),
        (7, "mine-1", {"orderId": 7}),
        (0, "mine-1", {"origClientOrderId": "mine-1"}),
    ],
)
def test_one_order_by_either_id(order_id: int, client_order_id: str, which: dict[str, Any]) -> None:
    result, asked = run(
        requests.cancel_order("BTCUSDT", order_id, client_order_id), body(order(status="CANCELED", orderId=7))
    )
    assert result is None
    assert asked == [
        Request(
            "DELETE",
            "/fapi/v1/order",
            {"symbol": "BTCUSDT", **which},
            Access.SIGNED,
            {"weight_1m": 1},
            Priority.CANCEL,
            "order.cancel",
        )
    ]
    found, asked = run(requests.get_order("BTCUSDT", order_id, client_order_id), body(order(time=5)))
    assert (found.order_id, found.created_ms) == (22542179, 5)
    assert asked == [
        Request(
            "GET",
            "/fapi/v1/order",
            {"symbol": "BTCUSDT", **which},
            Access.SIGNED,
            {"weight_1m": 1},
            ws_method="order.status",
        )
    ]


def test_an_order_without_any_id_cannot_be_found() -> None:
    for recipe in (requests.cancel_order, requests.get_order):
        with pytest.raises(InvalidRequest, match=r"^order_id: "):
            recipe("BTCUSDT", 0, "")
        with pytest.raises(InvalidRequest, match=r"^client_order_id: "):
            recipe("BTCUSDT", 0, "not this")


def test_an_order_that_does_not_work_any_more_is_not_found() -> None:
    with pytest.raises(OrderNotFound):
        run(requests.cancel_order("BTCUSDT", 7, ""), OrderNotFound("Unknown order sent.", code="-2011"))


def test_many_orders_are_cancelled_by_tens() -> None:
    rows = [order(orderId=number, status="CANCELED") for number in range(1, 13)]
    rows[3] = {"code": -2011, "msg": "Unknown order sent."}
    outcomes, asked = run(
        requests.cancel_orders("BTCUSDT", tuple(range(1, 13))), [body(rows[:10]), RateLimited("later", retry_after=1)]
    )
    assert [request.params for request in asked] == [
        {"symbol": "BTCUSDT", "orderIdList": "[1,2,3,4,5,6,7,8,9,10]"},
        {"symbol": "BTCUSDT", "orderIdList": "[11,12]"},
    ]
    assert {(each.method, each.path, each.priority) for each in asked} == {
        ("DELETE", "/fapi/v1/batchOrders", Priority.CANCEL)
    }
    assert [type(each) for each in outcomes] == [
        *[type(None)] * 3,
        OrderNotFound,
        *[type(None)] * 6,
        RateLimited,
        RateLimited,
    ]


def test_ids_that_a_reply_does_not_tell_of_may_or_may_not_be_cancelled() -> None:
    outcomes, _ = run(requests.cancel_orders("BTCUSDT", (1, 2)), [body([order()])])
    assert outcomes[0] is None
    assert isinstance(outcomes[1], OutcomeUnknown)
    outcomes, _ = run(requests.cancel_orders("BTCUSDT", (1, 2)), [b"<html>"])
    assert all(isinstance(each, OutcomeUnknown) for each in outcomes)
    assert run(requests.cancel_orders("BTCUSDT", ())) == ((), [])


def test_all_orders_of_a_symbol() -> None:
    result, asked = run(requests.cancel_all_orders("BTCUSDT", PRODUCT), [b'{"code":200,"msg":"done"}'])
    assert result is None
    assert asked == [
        Request(
            "DELETE",
            "/fapi/v1/allOpenOrders",
            {"symbol": "BTCUSDT"},
            Access.SIGNED,
            {"weight_1m": 1},
            Priority.CANCEL,
        )
    ]


def test_all_orders_of_all_symbols_are_looked_up_first() -> None:
    working = [order(), order(symbol="ETHUSDT"), order(orderId=3), order(symbol="BTCUSD_PERP")]
    _, asked = run(requests.cancel_all_orders("", PRODUCT), body(working), [b'{"code":200}'] * 2)
    assert asked[0].costs == {"weight_1m": 40}
    assert [request.params for request in asked[1:]] == [{"symbol": "BTCUSDT"}, {"symbol": "ETHUSDT"}]
    assert run(requests.cancel_all_orders("", PRODUCT), b"[]")[1] == asked[:1]


@pytest.mark.parametrize("answer", [b"<html>", b"{}", b'{"code":500}', b"[]"])
def test_orders_are_not_taken_for_cancelled_unless_the_venue_says_so(answer: bytes) -> None:
    with pytest.raises(UnexpectedReply, match="allOpenOrders"):
        run(requests.cancel_all_orders("BTCUSDT", PRODUCT), [answer])


def test_every_symbol_is_tried_before_the_first_error_is_told() -> None:
    working = [order(), order(symbol="ETHUSDT")]
    with pytest.raises(RateLimited):
        run(requests.cancel_all_orders("", PRODUCT), body(working), [RateLimited("later"), b'{"code":200}'])


# --- looking up -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("symbol", "weight"), [("BTCUSDT", 1), ("", 40)])
def test_open_orders(symbol: str, weight: int) -> None:
    found, asked = run(requests.get_open_orders(symbol, PRODUCT), body([order(), order(type="STOP_MARKET")]))
    assert asked[0].params == ({"symbol": symbol} if symbol else {})
    assert (asked[0].path, asked[0].costs) == ("/fapi/v1/openOrders", {"weight_1m": weight})
    assert [each.type for each in found] == [OrderType.LIMIT, OrderType.OTHER]


def test_fills_of_one_order() -> None:
    fills, asked = run(requests.get_fills("BTCUSDT", 0, 25851813), body([trade()]))
    assert asked == [
        Request(
            "GET",
            "/fapi/v1/userTrades",
            {"symbol": "BTCUSDT", "orderId": 25851813, "limit": 1_000},
            Access.SIGNED,
            {"weight_1m": 5},
        )
    ]
    assert [fill.trade_id for fill in fills] == ["698759"]


def test_fills_since_lately_take_one_look() -> None:
    now = 1_700_000_000_000
    rows = [trade(id=1, time=now - 50), trade(id=2, time=now - 20)]
    fills, asked = run(requests.get_fills("BTCUSDT", now - 100, 0), [body(rows), body({"serverTime": now})])
    assert [fill.trade_id for fill in fills] == ["1", "2"]
    assert asked[0].params == {"symbol": "BTCUSDT", "startTime": now - 100, "limit": 1_000}


def test_fills_of_weeks_are_looked_up_window_by_window_and_page_by_page() -> None:
    now = 1_700_000_000_000
    since = now - 20 * DAY_MS
    full = [trade(id=number, time=since + 8 * DAY_MS + number) for number in range(1_000)]
    last = [trade(id=1_000, time=now - 5)]
    fills, asked = run(
        requests.get_fills("BTCUSDT", since, 0),
        [b"[]", body({"serverTime": now})],
        body(full),
        body(last),
    )
    assert [int(fill.trade_id) for fill in fills] == list(range(1_001))
    assert [request.params for request in asked if "userTrades" in request.path] == [
        {"symbol": "BTCUSDT", "startTime": since, "limit": 1_000},
        {"symbol": "BTCUSDT", "startTime": since + 7 * DAY_MS, "limit": 1_000},
        {"symbol": "BTCUSDT", "fromId": 1_000, "limit": 1_000},
    ]


def test_no_fills_in_any_window_are_no_fills() -> None:
    now = 1_700_000_000_000
    fills, asked = run(
        requests.get_fills("BTCUSDT", now - 15 * DAY_MS, 0), [b"[]", body({"serverTime": now})], b"[]", b"[]"
    )
    assert fills == ()
    assert len(asked) == 4


def test_fills_since_ever_are_looked_for_where_there_can_be_any() -> None:
    now = 1_700_000_000_000
    fills, asked = run(requests.get_fills("BTCUSDT", 1, 0), [b"[]", body({"serverTime": now})], *[b"[]"] * 14)
    assert fills == ()
    starts = [request.params["startTime"] for request in asked if "userTrades" in request.path]
    assert starts[:2] == [1, now - 92 * DAY_MS]
    assert len(starts) == 15


def test_a_venue_that_tells_the_same_page_again_and_again_is_asked_once_more_only() -> None:
    now = 1_700_000_000_000
    full = body([trade(id=number, time=now - 5) for number in range(1_000)])
    fills, asked = run(requests.get_fills("BTCUSDT", now - 10, 0), [full, body({"serverTime": now})], full)
    assert len(fills) == 1_000
    assert len(asked) == 3


def test_a_failed_look_fails_the_whole() -> None:
    with pytest.raises(RateLimited):
        run(requests.get_fills("BTCUSDT", 5, 0), [RateLimited("later"), b'{"serverTime":6}'])


# --- account ----------------------------------------------------------------------------------------------------


def test_the_account_takes_three_requests_side_by_side() -> None:
    account, asked = run(requests.get_account(PRODUCT), [body(ACCOUNT), body(POSITIONS), body(SYMBOL_CONFIG)])
    assert [(each.path, each.costs, each.access) for each in asked] == [
        (path, {"weight_1m": 5}, Access.SIGNED)
        for path in ("/fapi/v3/account", "/fapi/v3/positionRisk", "/fapi/v1/symbolConfig")
    ]
    assert account.wallet_balance == Decimal("1000.5")
    assert [(each.symbol, each.size, each.leverage) for each in account.positions] == [
        ("BTCUSDT", Decimal("-0.01"), 20)
    ]
    with pytest.raises(PermissionDenied):
        run(requests.get_account(PRODUCT), [body(ACCOUNT), PermissionDenied("no"), body(SYMBOL_CONFIG)])


@pytest.mark.parametrize("symbol", ["", "BTCUSDT"])
def test_positions_are_the_open_ones(symbol: str) -> None:
    positions, asked = run(requests.get_positions(symbol, PRODUCT), [body(POSITIONS), body(SYMBOL_CONFIG)])
    assert [each.symbol for each in positions] == ["BTCUSDT"]
    assert [each.params for each in asked] == [{"symbol": symbol} if symbol else {}] * 2


def test_a_balance() -> None:
    balance, asked = run(requests.get_balance("usdt"), body([{"asset": "USDT", "balance": "122607.35"}]))
    assert balance == Decimal("122607.35")
    assert asked[0].path == "/fapi/v3/balance"
    with pytest.raises(InvalidRequest, match=r"^asset: "):
        requests.get_balance("")


def config(**changes: bool) -> bytes:
    return body({"feeTier": 0, "canTrade": True, "dualSidePosition": False, "multiAssetsMargin": False, **changes})


def test_an_account_that_may_trade_in_one_way_mode_is_accepted() -> None:
    result, asked = run(requests.check(), config())
    assert result is None
    assert (asked[0].path, asked[0].costs) == ("/fapi/v1/accountConfig", {"weight_1m": 5})


def test_an_account_that_may_not_trade_or_is_in_hedge_mode_is_refused_with_what_to_do() -> None:
    with pytest.raises(PermissionDenied, match="canTrade is false"):
        run(requests.check(), config(canTrade=False))
    with pytest.raises(PermissionDenied, match="switch it to one-way mode"):
        run(requests.check(), config(dualSidePosition=True))
    with pytest.raises(UnexpectedReply, match="accountConfig"):
        run(requests.check(), b"{}")


# --- market -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipe", "path", "params", "costs"),
    [
        (requests.get_latest_price("BTCUSDT"), "/fapi/v2/ticker/price", {"symbol": "BTCUSDT"}, {"weight_1m": 1}),
        (requests.get_tickers(PRODUCT), "/fapi/v1/ticker/24hr", {}, {"weight_1m": 40}),
        (requests.get_open_interest("BTCUSDT"), "/fapi/v1/openInterest", {"symbol": "BTCUSDT"}, {"weight_1m": 1}),
        (
            requests.get_historical_klines("BTCUSDT", "15m", 1_500),
            "/fapi/v1/klines",
            {"symbol": "BTCUSDT", "interval": "15m", "limit": 1_500},
            {"weight_1m": 10},
        ),
        (requests.get_funding_rate("BTCUSDT"), "/fapi/v1/premiumIndex", {"symbol": "BTCUSDT"}, {"weight_1m": 1}),
        (requests.get_funding_rates(PRODUCT), "/fapi/v1/premiumIndex", {}, {"weight_1m": 10}),
        (
            requests.get_historical_funding_rates("BTCUSDT", 1_000),
            "/fapi/v1/fundingRate",
            {"symbol": "BTCUSDT", "limit": 1_000},
            {"funding_5m": 1},
        ),
        (requests.get_exchange_info(), "/fapi/v1/exchangeInfo", {}, {"weight_1m": 1}),
        (requests.server_time(), "/fapi/v1/time", {}, {"weight_1m": 1}),
    ],
)
def test_public_questions(recipe: Any, path: str, params: dict[str, Any], costs: dict[str, int]) -> None:
    assert next(recipe) == Request("GET", path, params, Access.PUBLIC, costs)


def test_public_answers() -> None:
    assert run(requests.get_latest_price("BTCUSDT"), b'{"price":"1.5"}')[0] == Decimal("1.5")
    assert run(requests.get_open_interest("BTCUSDT"), b'{"openInterest":"2"}')[0] == 2
    assert run(requests.server_time(), b'{"serverTime":3}')[0] == 3
    assert run(requests.get_tickers(PRODUCT), b"[]")[0] == ()
    assert run(requests.get_historical_klines("BTCUSDT", "1m", 1), b"[]")[0] == ()
    assert run(requests.get_funding_rates(PRODUCT), b"[]")[0] == ()
    assert run(requests.get_historical_funding_rates("BTCUSDT", 1), b"[]")[0] == ()


@pytest.mark.parametrize("limit", [0, -1, 1_501, 10**12])
def test_the_number_of_candles_is_limited(limit: int) -> None:
    with pytest.raises(InvalidRequest, match=r"^limit: must be from 1 to 1500"):
        requests.get_historical_klines("BTCUSDT", "1m", limit)


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_the_number_of_funding_rates_is_limited(limit: int) -> None:
    with pytest.raises(InvalidRequest, match=r"^limit: must be from 1 to 1000"):
        requests.get_historical_funding_rates("BTCUSDT", limit)


@pytest.mark.parametrize("interval", ["", "1s", "1M", "7m", "1H"])
def test_intervals_are_those_of_the_contract(interval: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^interval: "):
        requests.get_historical_klines("BTCUSDT", interval, 10)


# --- session ----------------------------------------------------------------------------------------------------


def test_a_listen_key_is_asked_for_and_prolonged_with_the_key_alone() -> None:
    key, asked = run(requests.listen_key(), b'{"listenKey":"abc"}')
    assert key == "abc"
    _, prolonged = run(requests.renew_listen_key(), b"{}")
    assert [(each.method, each.path, each.params, each.access) for each in asked + prolonged] == [
        ("POST", "/fapi/v1/listenKey", {}, Access.KEY),
        ("PUT", "/fapi/v1/listenKey", {}, Access.KEY),
    ]


RECIPES: list[Callable[[], Recipe[Any]]] = [
    lambda: requests.place_order(LIMIT),
    lambda: requests.place_orders([numbered(1), numbered(2)]),
    lambda: requests.cancel_order("BTCUSDT", 7, ""),
    lambda: requests.cancel_orders("BTCUSDT", (1, 2)),
    lambda: requests.cancel_all_orders("", PRODUCT),
    lambda: requests.get_order("BTCUSDT", 7, ""),
    lambda: requests.get_open_orders("", PRODUCT),
    lambda: requests.get_fills("BTCUSDT", 5, 0),
    lambda: requests.get_account(PRODUCT),
    lambda: requests.get_positions("", PRODUCT),
    lambda: requests.get_balance("USDT"),
    lambda: requests.check(),
    lambda: requests.get_latest_price("BTCUSDT"),
    lambda: requests.get_tickers(PRODUCT),
    lambda: requests.get_open_interest("BTCUSDT"),
    lambda: requests.get_historical_klines("BTCUSDT", "1m", 10),
    lambda: requests.get_funding_rate("BTCUSDT"),
    lambda: requests.get_funding_rates(PRODUCT),
    lambda: requests.get_historical_funding_rates("BTCUSDT", 10),
    lambda: requests.server_time(),
    lambda: requests.listen_key(),
]
ANSWERS = [
    *(body(each) for each in ([order()], order(), [trade()], ACCOUNT, POSITIONS, SYMBOL_CONFIG)),
    b"[]",
    b"{}",
    b"null",
    b'{"serverTime":-1}',
    b'{"serverTime":9007199254740993}',
    b'[{"symbol":"BTCUSDT"}]',
    b"<html>",
    b"\xff",
]


@given(at=st.integers(0, len(RECIPES) - 1), answers=st.lists(st.sampled_from(ANSWERS), min_size=3, max_size=3))
def test_whatever_is_answered_a_recipe_ends_with_a_result_or_an_error_of_ours(at: int, answers: list[bytes]) -> None:
    recipe = RECIPES[at]()
    step: Any = next(recipe)
    try:
        for _ in range(50):
            step = recipe.send([answers[0]] * len(step) if isinstance(step, tuple) else answers[1])
            answers = [*answers[1:], answers[0]]
    except (StopIteration, ExchangeError):
        return
    recipe.close()
