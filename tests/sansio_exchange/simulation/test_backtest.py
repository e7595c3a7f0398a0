from decimal import Decimal

import pytest

from sansio_exchange.simulation.backtest import MAX_QUOTES, Backtest
from sansio_exchange.simulation.venues import DEMO, DEMO_BALANCE


@pytest.fixture(scope="module")
def half_an_hour() -> Backtest:
    backtest = Backtest(seed=5)
    assert list(backtest.run(1_800)) == [60.0 * minute for minute in range(1, 31)]
    return backtest


def test_the_maker_trades_and_its_report_agrees_with_the_venue(half_an_hour: Backtest) -> None:
    report = half_an_hour.report
    fills = half_an_hour._exchange.fills(DEMO, "BTCUSDT")
    assert report.fills == len(fills) > 0
    assert report.fees == sum(each.fee for each in fills)
    assert report.volume == sum(each.price * each.quantity for each in fills)
    assert report.orders >= report.fills / 10


def test_the_maker_knows_its_position(half_an_hour: Backtest) -> None:
    held = sum((each.size for each in half_an_hour._exchange.positions(DEMO)), Decimal(0))
    assert half_an_hour._maker.position == held
    limit = half_an_hour._maker._quantity * MAX_QUOTES
    assert all(abs(each.position) <= limit for each in half_an_hour.samples)


def test_profit_and_drawdown_are_those_of_the_equity(half_an_hour: Backtest) -> None:
    equity = [DEMO_BALANCE, *(each.equity for each in half_an_hour.samples)]
    assert half_an_hour.report.profit == equity[-1] - DEMO_BALANCE
    assert half_an_hour.report.drawdown == max(max(equity[: i + 1]) - equity[i] for i in range(len(equity)))


def test_the_same_seed_gives_the_same_day_and_another_seed_another(half_an_hour: Backtest) -> None:
    for seed, same in ((5, True), (6, False)):
        again = Backtest(seed=seed)
        for _ in again.run(300):
            pass
        assert (again.samples == half_an_hour.samples[:5]) is same


def test_every_fill_is_a_makers(half_an_hour: Backtest) -> None:
    assert all(each.is_maker for each in half_an_hour._exchange.fills(DEMO, "BTCUSDT"))
