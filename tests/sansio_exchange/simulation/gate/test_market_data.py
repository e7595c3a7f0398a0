"""Public answers: contracts, tickers, books, candles, trades, funding."""

from decimal import Decimal
from typing import Any

import pytest

from tests.sansio_exchange.simulation.gate.desk import BTC, ETH, FUTURES, START_MS, Desk, refused

NOW = START_MS // 1000


def ask(desk: Desk, path: str, **params: object) -> Any:
    return desk.get(FUTURES + path, **params)


def label(desk: Desk, path: str, query: str = "") -> str:
    status, name = refused(desk.send("GET", f"/api/v4/{FUTURES}{path}", query))
    assert status == 400
    return name


def test_the_time_is_in_milliseconds(desk: Desk) -> None:
    assert desk.get("spot/time") == {"server_time": START_MS}


def test_contracts_say_what_one_is_worth(desk: Desk) -> None:
    rows = {row["name"]: row for row in ask(desk, "contracts")}
    assert {name: row["quanto_multiplier"] for name, row in rows.items()} == {
        "BTC_USDT": "0.0001",
        "ETH_USDT": "0.01",
        "SOL_USDT": "1",
        "BNB_USDT": "0.001",
        "XRP_USDT": "10",
        "DOGE_USDT": "10",
    }
    btc = rows[BTC]
    assert (btc["order_price_round"], btc["order_size_min"], btc["order_size_max"]) == ("0.1", 1, 1_000_000)
    assert (btc["status"], btc["in_delisting"], btc["type"], btc["funding_interval"]) == (
        "trading",
        False,
        "direct",
        28800,
    )
    assert btc["funding_next_apply"] > NOW
    assert ask(desk, f"contracts/{BTC}").keys() == btc.keys()
    assert len(ask(desk, "contracts", limit=2, offset=5)) == 1
    assert label(desk, "contracts/GONE_USDT") == "CONTRACT_NOT_FOUND"


def test_a_ticker_tells_the_day(desk: Desk) -> None:
    (row,) = ask(desk, "tickers", contract=BTC)
    assert Decimal(row["low_24h"]) <= Decimal(row["last"]) <= Decimal(row["high_24h"])
    assert Decimal(row["highest_bid"]) < Decimal(row["lowest_ask"])
    assert Decimal(row["volume_24h"]) * Decimal("0.0001") == Decimal(row["volume_24h_base"])
    assert len(ask(desk, "tickers")) == 6
    assert label(desk, "tickers", "contract=GONE_USDT") == "CONTRACT_NOT_FOUND"


def test_a_book_has_an_id_where_it_is_asked_for(desk: Desk) -> None:
    book = ask(desk, "order_book", contract=BTC)
    assert (len(book["asks"]), len(book["bids"]), "id" in book) == (10, 10, False)
    assert ask(desk, "order_book", contract=BTC, with_id="true")["id"] > 0
    prices = [Decimal(row["p"]) for row in book["bids"]]
    assert prices == sorted(prices, reverse=True)
    assert all(isinstance(row["s"], int) and row["s"] > 0 for row in book["bids"])
    assert label(desk, "order_book") == "MISSING_REQUIRED_PARAM"
    assert label(desk, "order_book", f"contract={BTC}&limit=1001") == "INVALID_PARAM_VALUE"


def test_trades_are_newest_first(desk: Desk) -> None:
    desk.wait(20_000)
    rows = ask(desk, "trades", contract=BTC, limit=5)
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert all(row["create_time"] > NOW for row in rows)
    until = int(rows[2]["create_time"])
    assert all(row["create_time"] < until + 1 for row in ask(desk, "trades", contract=BTC, to=until))


def test_the_newest_candles_or_those_of_a_time(desk: Desk) -> None:
    newest = ask(desk, "candlesticks", contract=BTC, interval="1m", limit=3)
    assert [row["t"] for row in newest] == [NOW - NOW % 60 - 60 * back for back in (2, 1, 0)]
    start = newest[0]["t"]
    assert ask(desk, "candlesticks", contract=BTC, interval="1m", **{"from": start}) == newest
    assert ask(desk, "candlesticks", contract=BTC, interval="1m", to=start)[-1] == newest[0]
    assert len(ask(desk, "candlesticks", contract=BTC)) == 100
    assert all(isinstance(row["v"], int) for row in newest)


def test_as_many_candles_as_there_may_be_have_no_gap(desk: Desk) -> None:
    times = [row["t"] for row in ask(desk, "candlesticks", contract=BTC, interval="1m", limit=2000)]
    assert times == list(range(NOW - NOW % 60 - 1999 * 60, NOW + 1, 60))


def test_weeks_are_made_of_days(desk: Desk) -> None:
    weeks = ask(desk, "candlesticks", contract=BTC, interval="7d", limit=3)
    assert [row["t"] % (7 * 86_400) for row in weeks] == [0, 0, 0]
    first = weeks[0]["t"]
    days = ask(desk, "candlesticks", contract=BTC, interval="1d", **{"from": first, "to": first + 6 * 86_400})
    assert len(days) == 7
    assert (weeks[0]["o"], weeks[0]["c"]) == (days[0]["o"], days[-1]["c"])
    assert weeks[0]["v"] == sum(row["v"] for row in days)
    assert Decimal(weeks[0]["h"]) == max(Decimal(row["h"]) for row in days)


@pytest.mark.parametrize(
    "query",
    [
        "interval=10s",
        "interval=1w",
        "limit=2001",
        f"limit=5&from={NOW - 600}",
        f"interval=1m&from={NOW - 2002 * 60}",
        "from=yesterday",
    ],
)
def test_candles_that_are_not_given(desk: Desk, query: str) -> None:
    assert label(desk, "candlesticks", f"contract={BTC}&{query}") == "INVALID_PARAM_VALUE"


def test_funding_that_was_settled(desk: Desk) -> None:
    rows = ask(desk, "funding_rate", contract=ETH, limit=5)
    assert [row["t"] % 28_800 for row in rows] == [0] * 5
    assert [row["t"] for row in rows] == sorted((row["t"] for row in rows), reverse=True)
    older = ask(desk, "funding_rate", contract=ETH, to=rows[1]["t"] - 1, limit=2)
    assert older == rows[2:4]
    assert all(abs(Decimal(row["r"])) < 1 for row in rows)


def test_open_interest_is_in_contracts(desk: Desk) -> None:
    (row,) = ask(desk, "contract_stats", contract=BTC, interval="5m")
    (ticker,) = ask(desk, "tickers", contract=BTC)
    assert str(row["open_interest"]) == ticker["total_size"]
    assert row["open_interest_usd"] == pytest.approx(row["open_interest"] * 0.0001 * row["mark_price"])
