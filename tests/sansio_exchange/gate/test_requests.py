"""What each command about account and market asks, with its costs, and what it makes of the answers."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Account, Balance, MarginMode, Position
from sansio_exchange.commands import (
    Action,
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
    GetTickers,
    Start,
)
from sansio_exchange.errors import (
    ExchangeError,
    InvalidRequest,
    OrderNotFound,
    PermissionDenied,
    RequestRejected,
    UnexpectedReply,
    UnknownSymbol,
)
from sansio_exchange.gate.requests import PAGE
from sansio_exchange.market import FundingRate
from sansio_exchange.venue import Access
from tests.sansio_exchange.gate.payloads import (
    CONTRACTS,
    FUTURES,
    NOW_MS,
    TIME,
    account,
    contract,
    do,
    gate,
    order,
    position,
    unified,
)
from tests.sansio_exchange.recipes import body, run

# --- account ----------------------------------------------------------------------------------------------------


def test_a_classic_account() -> None:
    said, asked = do(GetAccount(), TIME, body([position()]), body(account()))
    assert [each.path for each in asked] == ["/api/v4/spot/time", f"{FUTURES}/positions", f"{FUTURES}/accounts"]
    assert said == Account(
        wallet_balance=Decimal("9707.80"),
        margin_balance=Decimal("13079.00"),
        available_balance=Decimal("9650.5"),
        maintenance_margin=Decimal("68.2"),
        adjusted_equity=Decimal("13079.00"),
        balances=(Balance("USDT", Decimal("9707.80"), Decimal("9650.5")),),
        positions=(
            Position(
                symbol="BTCUSDT",
                size=Decimal("-0.9440"),
                entry_price=Decimal("37795.5"),
                mark_price=Decimal("37803.2"),
                unrealized_pnl=Decimal("-7.26"),
                leverage=10,
                liquidation_price=Decimal(99999999),
                update_ms=1700000000000,
            ),
        ),
        update_ms=NOW_MS,
    )


def test_what_does_not_tell_what_is_available_is_no_account_of_nothing() -> None:
    with pytest.raises(UnexpectedReply, match="available"):
        do(GetAccount(), TIME, body([]), TIME)


def test_an_account_of_the_older_kind_has_one_available_balance() -> None:
    said, _ = do(GetAccount(), TIME, body([]), body(account(cross_available="", maintenance_margin="", user="6333333")))
    assert (said.available_balance, said.maintenance_margin) == (Decimal("9669.09"), 0)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (1, ("110", "5000", "4000", "205", MarginMode.UNIFIED)),
        (2, ("110", "5000", "4000", "205", MarginMode.PORTFOLIO)),
        (3, ("110", "115", "80", "2", MarginMode.UNIFIED)),
    ],
)
def test_a_unified_account(mode: int, expected: tuple[Any, ...]) -> None:
    said, asked = do(GetAccount(), TIME, body([]), body(account(margin_mode=mode)), body(unified()))
    assert asked[-1].path == "/api/v4/unified/accounts"
    wallet, margin, available, maintenance, kind = expected
    assert said.is_unified
    assert (said.wallet_balance, said.margin_balance, said.available_balance, said.maintenance_margin) == tuple(
        map(Decimal, (wallet, margin, available, maintenance))
    )
    assert said.margin_mode is kind
    assert said.balances == (
        Balance("ETH", Decimal(1015), Decimal(1)),
        Balance("USDT", Decimal(110), Decimal(90)),
    )


def test_a_balance_of_one_asset() -> None:
    assert do(GetBalance("usdt"), body(account()))[0] == Decimal("9707.80")
    assert do(GetBalance("ETH"), body(account()))[0] == 0
    assert do(GetBalance("ETH"), body(account(enable_credit=True)), body(unified()))[0] == 1015
    assert do(GetBalance("XRP"), body(account(margin_mode=2)), body(unified()))[0] == 0
    with pytest.raises(InvalidRequest, match="asset"):
        do(GetBalance("U/S"))


def test_positions() -> None:
    rows = [position(), position(contract="ETH_USDT", size=5), position(contract="BTC_USD"), position(size="0")]
    positions, (asked,) = do(GetPositions(), body(rows))
    assert asked.params == {"holding": "true", "limit": PAGE, "offset": 0}
    assert [(each.symbol, each.size) for each in positions] == [
        ("BTCUSDT", Decimal("-0.944")),
        ("ETHUSDT", Decimal("0.05")),
    ]
    assert [each.symbol for each in do(GetPositions("ETHUSDT"), body(rows))[0]] == ["ETHUSDT"]
    with pytest.raises(PermissionDenied, match="hedge mode"):
        do(GetPositions(), body([position(mode="dual_long")]))
    isolated, _ = do(GetPositions(), body([position(pos_margin_mode="isolated", lever="30")]))
    assert (isolated[0].margin_type, isolated[0].leverage, isolated[0].isolated_margin) == (
        "isolated",
        30,
        Decimal("4.43"),
    )


@pytest.mark.parametrize("changes", [{"in_dual_mode": True}, {"position_mode": "dual"}, {"position_mode": "dual_plus"}])
def test_hedge_mode_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(PermissionDenied, match="hedge mode"):
        run(gate().check(), body(account(**changes)))


def test_a_key_that_may_trade_is_told_that_there_is_no_such_order() -> None:
    venue = gate()
    for answer in (OrderNotFound("no"), RequestRejected("no"), body(order())):
        _, asked = run(venue.check(), body(account()), answer)
        assert [(each.method, each.path) for each in asked] == [
            ("GET", f"{FUTURES}/accounts"),
            ("DELETE", f"{FUTURES}/orders/{{order_id}}"),
        ]
        assert asked[1].params == {"order_id": "1"}
    assert not venue.is_unified_margin
    with pytest.raises(PermissionDenied):
        run(venue.check(), body(account(margin_mode=1)), PermissionDenied("read only"))
    assert not venue.is_unified_margin, "a refused key changes nothing"


# --- market -----------------------------------------------------------------------------------------------------


def test_the_latest_price() -> None:
    price, (asked,) = do(GetLatestPrice("BTCUSDT"), body([{"contract": "BTC_USDT", "last": "37000.5"}]))
    assert (price, asked.access, asked.params) == (Decimal("37000.5"), Access.PUBLIC, {"contract": "BTC_USDT"})
    for rows in ([], [{"contract": "BTC_USDT", "last": ""}], [{"contract": "ETH_USDT", "last": "5"}]):
        with pytest.raises(UnexpectedReply):
            do(GetLatestPrice("BTCUSDT"), body(rows))


def test_tickers() -> None:
    row = {"contract": "BTC_USDT", "last": "110", "change_percentage": "10", "total_size": "5000"}
    row |= {"volume_24h_base": "7", "volume_24h_quote": "700"}
    (ticker, other), _ = do(
        GetTickers(),
        [
            body([row, {**row, "contract": "BTC_USD"}, {**row, "contract": "ETH_USDT", "change_price": "-3"}]),
            TIME,
        ],
    )
    assert (ticker.price_change, ticker.price_change_percent, ticker.open_interest, ticker.time_ms) == (
        Decimal(10),
        Decimal(10),
        Decimal("0.5"),
        NOW_MS,
    )
    assert (ticker.volume, ticker.quote_volume, other.price_change) == (Decimal(7), Decimal(700), Decimal(-3))


def test_open_interest_is_the_newest_statistic_in_coins() -> None:
    rows = [{"time": 5, "open_interest": 7}, {"time": "9", "open_interest": "124724"}, {"time": 7, "open_interest": 1}]
    amount, (asked,) = do(GetOpenInterest("BTCUSDT"), body(rows))
    assert (amount, asked.path) == (Decimal("12.4724"), f"{FUTURES}/contract_stats")
    with pytest.raises(UnexpectedReply):
        do(GetOpenInterest("BTCUSDT"), body([]))


def test_candles_are_closed_that_had_ended_before_they_were_asked_for() -> None:
    open_s = NOW_MS // 1000 // 60 * 60
    row = {"o": "1", "h": "3", "l": "0.5", "c": "2", "v": "97151", "sum": "3580"}
    candles, asked = do(
        GetHistoricalKlines("BTCUSDT", "1m", 3),
        TIME,
        body([{**row, "t": open_s}, {**row, "t": open_s - 60}, {**row, "t": open_s - 120}]),
    )
    assert [(each.open_ms, each.is_closed) for each in candles] == [
        ((open_s - 120) * 1000, True),
        ((open_s - 60) * 1000, True),
        (open_s * 1000, False),
    ]
    assert candles[0].volume == Decimal("9.7151")
    assert [each.path for each in asked] == ["/api/v4/spot/time", f"{FUTURES}/candlesticks"]
    assert asked[1].params == {"contract": "BTC_USDT", "interval": "1m", "limit": 3}
    for wrong in (GetHistoricalKlines("BTCUSDT", "3m", 5), GetHistoricalKlines("BTCUSDT", "1m", 2_001)):
        with pytest.raises(InvalidRequest):
            gate().recipe(wrong)


def test_funding() -> None:
    expected = FundingRate(
        "BTCUSDT", Decimal("0.002053"), NOW_MS, Decimal("0.002053"), 1700006400000, Decimal("37985.6")
    )
    rate, asked = do(GetFundingRate("BTCUSDT"), [body(contract()), TIME])
    assert rate == expected
    assert asked[0].path == f"{FUTURES}/contracts/{{contract}}"
    rates, _ = do(GetFundingRates(), [CONTRACTS, TIME])
    assert [each.symbol for each in rates] == ["BTCUSDT", "ETHUSDT"]
    assert rates[0] == expected
    with pytest.raises(UnexpectedReply):
        do(GetFundingRate("ETHUSDT"), [body(contract()), TIME])


def test_settled_funding_oldest_first_page_by_page() -> None:
    rows = [{"t": 1700000000 - 28800 * each, "r": "0.0001"} for each in range(150)]
    rates, asked = do(GetHistoricalFundingRates("BTCUSDT", 150), body(rows[:100]), body(rows[100:]))
    assert len(rates) == 150
    assert rates[-1] == FundingRate("BTCUSDT", Decimal("0.0001"), 1700000000000)
    assert [each.params.get("to") for each in asked] == [None, rows[99]["t"] - 1]  # type: ignore[operator]  # a number
    for end in (body([]), RequestRejected("from time exceeds 180-day limit")):
        rates, _ = do(GetHistoricalFundingRates("BTCUSDT", 150), body(rows[:30]), end)
        assert len(rates) == 30
    with pytest.raises(RequestRejected):
        do(GetHistoricalFundingRates("BTCUSDT", 150), RequestRejected("no"))


# --- session ----------------------------------------------------------------------------------------------------


def test_the_clock() -> None:
    assert run(gate().server_time(), TIME)[0] == NOW_MS
    for wrong in (body({"server_time": 0}), body({"server_time": 10**17}), b"<html>"):
        with pytest.raises(UnexpectedReply):
            run(gate().server_time(), wrong)


def test_symbols_are_read_anew() -> None:
    venue = gate()
    run(venue.recipe(FetchExchangeInfo("ETHUSDT")), CONTRACTS)
    with pytest.raises(UnknownSymbol):
        run(venue.recipe(FetchExchangeInfo("OLDUSDT")), CONTRACTS)


def test_what_the_session_answers_is_not_asked_of_the_venue() -> None:
    with pytest.raises(TypeError, match="Start is answered by the session"):
        gate().recipe(Start())


ANSWERS: list[tuple[Action, int]] = [
    (GetOrder("BTCUSDT", 1), 1),
    (GetOpenOrders(), 1),
    (GetFills("BTCUSDT", 5), 1),
    (GetAccount(), 1),
    (GetPositions(), 1),
    (GetBalance("USDT"), 1),
    (GetLatestPrice("BTCUSDT"), 1),
    (GetOpenInterest("BTCUSDT"), 1),
    (GetHistoricalFundingRates("BTCUSDT", 5), 1),
    (FetchExchangeInfo(), 1),
]


@pytest.mark.parametrize("answer", [b"", b"<html>", b"5", b"null", b'"x"', b'[{"x":1}]', b"[" * 100_000])
@pytest.mark.parametrize(("action", "steps"), ANSWERS)
def test_nonsense_is_an_unexpected_reply(action: Action, steps: int, answer: bytes) -> None:
    with pytest.raises(ExchangeError):
        do(action, *[answer] * steps)
