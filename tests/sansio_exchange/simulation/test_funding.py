import pytest

from sansio_exchange.simulation.funding import MAX_HISTORY, PERIOD_MS, Funding, next_funding_ms
from sansio_exchange.simulation.history import History
from tests.sansio_exchange.simulation.bare import START_MS, D

HOUR = 3_600_000


def funding(start_ms: int = START_MS) -> Funding:
    past = History("COINUSDT", 3, start_ms, 950_000, 0.03, 1e6, 1e5)
    return Funding("COINUSDT", 3, D("0.10"), start_ms, 950_000.0, past)


@pytest.mark.parametrize(("hour", "following"), [(0, 8), (7, 8), (8, 16), (15, 16), (16, 24), (23, 24)])
def test_funding_is_at_0_8_and_16_utc(hour: int, following: int) -> None:
    assert next_funding_ms(START_MS + hour * HOUR) == START_MS + following * HOUR


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        (0.0, "0.0001"),  # the interest alone
        (0.0003, "0.0001"),  # within the clamp
        (0.001, "0.0005"),
        (-0.001, "-0.0005"),
        (0.1, "0.003"),
        (-0.1, "-0.003"),
    ],
)
def test_the_rate_follows_the_premium_within_its_bounds(premium: float, rate: str) -> None:
    live = funding()
    for second in range(1, 100):
        live.update(START_MS + second * 1000, 950_000.0, 950_000.0 * (1 + premium), 950_000.0)
    assert live.rate == D(rate)


def test_settling_begins_a_new_period() -> None:
    live = funding()
    live.update(START_MS + 1000, 950_000.0, 960_000.0, 950_000.0)
    due = live.next_ms
    rate = live.settle(due)
    assert rate == D("0.003")
    assert live.next_ms == due + PERIOD_MS
    assert (live.history[-1].rate, live.history[-1].time_ms) == (rate, due)
    live.update(due + 1000, 950_000.0, 950_000.0, 950_000.0)
    assert live.rate == D("0.0001")


@pytest.mark.parametrize("hour", [0, 5, 8, 23])
def test_there_is_history_at_the_start_and_it_is_bounded(hour: int) -> None:
    start_ms = START_MS + hour * HOUR
    live = funding(start_ms)
    times = [each.time_ms for each in live.history]
    assert len(times) > 500
    assert times == list(range(times[0], start_ms + 1, PERIOD_MS))
    assert len({each.mark_price for each in live.history}) > 500
    assert all(abs(each.rate) <= D("0.003") for each in live.history)
    for _ in range(2 * MAX_HISTORY):
        live.settle(live.next_ms)
    assert len(live.history) == MAX_HISTORY


def test_the_mark_is_the_median_so_one_wild_trade_does_not_move_it() -> None:
    live = funding()
    live.update(START_MS + 1000, 950_000.0, 950_000.0, 1_200_000.0)
    assert abs(live.mark_price - 95_000) < 20
    assert live.index_price == 95_000


def test_a_lasting_basis_moves_the_mark() -> None:
    live = funding()
    for second in range(1, 300):
        live.update(START_MS + second * 1000, 950_000.0, 951_000.0, 951_000.0)
    assert 95_000 < live.mark_price <= 95_100
