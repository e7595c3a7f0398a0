"""The funding topic out of tickers."""

from decimal import Decimal

from sansio_exchange.bybit.funding import Funding
from sansio_exchange.market import FundingRate

RATE, OTHER_RATE, MARK, OTHER_MARK = Decimal("0.0001"), Decimal("0.0002"), Decimal(50000), Decimal(50001)
NEXT = 1_700_006_400_000


def told(rate: Decimal, mark: Decimal, time_ms: int, next_ms: int = NEXT) -> FundingRate:
    return FundingRate("BTCUSDT", rate, time_ms, rate, next_ms, mark)


def started() -> Funding:
    funding = Funding()
    assert funding.on_ticker("BTCUSDT", RATE, NEXT, MARK, 0, is_snapshot=True) == told(RATE, MARK, 0)
    return funding


def test_a_change_before_any_snapshot_says_nothing() -> None:
    assert Funding().on_ticker("BTCUSDT", RATE, NEXT, MARK, 0, is_snapshot=False) is None


def test_a_snapshot_that_lacks_something_is_none() -> None:
    assert Funding().on_ticker("BTCUSDT", None, NEXT, MARK, 0, is_snapshot=True) is None


def test_what_a_change_does_not_name_stands() -> None:
    funding = started()
    assert funding.on_ticker("BTCUSDT", OTHER_RATE, None, None, 10, is_snapshot=False) == told(OTHER_RATE, MARK, 10)
    later = funding.on_ticker("BTCUSDT", None, NEXT + 1, None, 20, is_snapshot=False)
    assert later == told(OTHER_RATE, MARK, 20, NEXT + 1)


def test_mark_prices_are_told_once_a_second() -> None:
    funding = started()
    assert funding.on_ticker("BTCUSDT", None, None, OTHER_MARK, 999, is_snapshot=False) is None
    assert funding.on_ticker("BTCUSDT", None, None, None, 1_000, is_snapshot=False) == told(RATE, OTHER_MARK, 1_000)


def test_what_changes_nothing_is_not_told() -> None:
    funding = started()
    assert funding.on_ticker("BTCUSDT", None, None, None, 5_000, is_snapshot=False) is None
    assert funding.on_ticker("BTCUSDT", RATE, NEXT, MARK, 6_000, is_snapshot=False) is None


def test_another_snapshot_is_told_as_it_stands() -> None:
    """After a reconnect whoever listens hears at once how things stand."""
    funding = started()
    assert funding.on_ticker("BTCUSDT", RATE, NEXT, MARK, 1, is_snapshot=True) == told(RATE, MARK, 1)


def test_symbols_do_not_mix() -> None:
    funding = started()
    assert funding.on_ticker("ETHUSDT", None, None, OTHER_MARK, 9_000, is_snapshot=False) is None
