"""Every recipe against replies of the documentation's shape: what is asked, at what cost, and what comes of it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.binance import requests
from sansio_exchange.binance.symbols import Product
from sansio_exchange.errors import (
    ExchangeError,
    InvalidRequest,
    PermissionDenied,
    RateLimited,
    UnexpectedReply,
)
from sansio_exchange.orders import OrderType
from sansio_exchange.venue import Access, Recipe, Request
from tests.sansio_exchange.binance.payloads import ACCOUNT, LIMIT, POSITIONS, SYMBOL_CONFIG, numbered, order, trade
from tests.sansio_exchange.recipes import body, run

PRODUCT = Product()
DAY_MS = 86_400_000

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
    lambda: requests.cancel_all_orders("", (), PRODUCT),
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
