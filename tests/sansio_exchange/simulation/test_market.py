"""The seeded market looks like one."""

from itertools import pairwise
from math import inf, log
from statistics import fmean, pstdev

import pytest

from sansio_exchange.orders import NewOrder, OrderType
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import BookChanged, Happening, MarkChanged, Traded
from sansio_exchange.simulation.symbols import default_rules
from tests.sansio_exchange.simulation.bare import BUY, START_MS, D

BTC = default_rules()[:1]
MINUTES = 20


def live(*, seed: int = 1, minutes: int = MINUTES, pace: float = 12.0) -> list[Happening]:
    exchange = SimulatedExchange(BTC, seed=seed, start_ms=START_MS, pace=pace)
    exchange.advance(START_MS + minutes * 60_000)
    return exchange.drain()


@pytest.fixture(scope="module")
def happened() -> list[Happening]:
    return live()


def test_about_a_third_of_the_pace_is_trades(happened: list[Happening]) -> None:
    orders = {(each.time_ms, each.taker) for each in happened if isinstance(each, Traded)}
    assert 0.25 * 12 < len(orders) / (MINUTES * 60) < 0.5 * 12


def test_trades_come_in_bursts(happened: list[Happening]) -> None:
    """A Poisson process has variance / mean of 1 at every scale; one that excites itself has more."""
    counts = [0] * (MINUTES * 60)
    for each in happened:
        if isinstance(each, BookChanged):
            counts[min(len(counts) - 1, (each.time_ms - START_MS) // 1000)] += 1
    assert pstdev(counts) ** 2 / fmean(counts) > 1.3
    assert max(counts) > 2 * fmean(counts)


def test_the_spread_is_mostly_one_tick_and_never_crossed(happened: list[Happening]) -> None:
    spreads = [(each.ask - each.bid) / D("0.10") for each in happened if isinstance(each, BookChanged)]
    assert min(spreads) >= 1
    assert fmean(spreads) < 5
    assert sum(each == 1 for each in spreads) / len(spreads) > 0.5


def test_returns_are_those_of_a_liquid_coin(happened: list[Happening]) -> None:
    marks = [float(each.mark_price) for each in happened if isinstance(each, MarkChanged)]
    returns = [log(after / before) for before, after in pairwise(marks)]
    assert 0.00001 < pstdev(returns) < 0.0005


def test_the_mean_price_moves_nowhere_in_particular() -> None:
    ends = []
    for seed in range(12):
        exchange = SimulatedExchange(BTC, seed=seed, start_ms=START_MS, pace=0.02)
        exchange.advance(START_MS + 6 * 3_600_000)
        ends.append(float(exchange.mark("BTCUSDT").mark_price) / 95_000 - 1)
    assert abs(fmean(ends)) < 0.02
    assert min(ends) < 0 < max(ends)
    assert pstdev(ends) > 0.002


def test_there_is_depth_at_all_times() -> None:
    exchange = SimulatedExchange(default_rules(), seed=3, start_ms=START_MS)
    for second in range(1, 30):
        exchange.advance(START_MS + second * 1000)
        for symbol in exchange.rules:
            bids, asks = exchange.depth(symbol, 20)
            assert len(bids) == len(asks) == 20
            assert bids == sorted(bids, reverse=True)
            assert asks == sorted(asks)
            assert all(quantity > 0 for _, quantity in bids + asks)


def test_pace_is_configurable_and_zero_stands_still() -> None:
    slow, fast = (sum(isinstance(each, Traded) for each in live(pace=pace, minutes=5)) for pace in (1.0, 10.0))
    assert 5 < fast / slow < 20
    assert not any(isinstance(each, (Traded, BookChanged)) for each in live(pace=0.0, minutes=1))
    still = SimulatedExchange(BTC, seed=1, start_ms=START_MS, pace=0.0)
    assert still._markets["BTCUSDT"].next_ms == inf


def test_another_seed_is_another_market() -> None:
    assert live(seed=1, minutes=1) != live(seed=2, minutes=1)


def test_users_do_not_change_the_path_of_the_price() -> None:
    def path(*, trade: bool) -> list[float]:
        exchange = SimulatedExchange(BTC, seed=4, start_ms=START_MS)
        exchange.open_account("ann", D(1_000_000))
        prices = []
        for second in range(1, 60):
            exchange.advance(START_MS + second * 1000)
            if trade and second % 5 == 0:
                exchange.place("ann", NewOrder("BTCUSDT", BUY, OrderType.MARKET, D(1)), START_MS + second * 1000)
            prices.append(exchange._markets["BTCUSDT"].index)
        return prices

    assert path(trade=True) == path(trade=False)
