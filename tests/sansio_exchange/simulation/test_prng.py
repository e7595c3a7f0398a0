from statistics import fmean, pstdev

from sansio_exchange.simulation.prng import Prng


def test_the_numbers_are_these_for_ever() -> None:
    draw = Prng("flow", "BTCUSDT", 7)
    assert [draw.bits() for _ in range(3)] == [10276719128949732166, 10074439868321627275, 10656704388890687241]


def test_streams_of_different_seeds_differ() -> None:
    firsts = {Prng(name, seed).bits() for name in ("a", "b") for seed in range(100)}
    assert len(firsts) == 200


def test_uniform_lies_in_its_range_and_fills_it() -> None:
    draw = Prng(1)
    numbers = [draw.uniform() for _ in range(5_000)]
    assert min(numbers) >= 0.0
    assert max(numbers) < 1.0
    assert abs(fmean(numbers) - 0.5) < 0.02


def test_normal_has_mean_zero_and_deviation_one() -> None:
    draw = Prng(2)
    numbers = [draw.normal() for _ in range(5_000)]
    assert abs(fmean(numbers)) < 0.05
    assert abs(pstdev(numbers) - 1.0) < 0.05


def test_exponential_is_positive_with_mean_one() -> None:
    draw = Prng(3)
    numbers = [draw.exponential() for _ in range(5_000)]
    assert min(numbers) >= 0.0
    assert abs(fmean(numbers) - 1.0) < 0.05


def test_below_gives_every_number_under_its_limit() -> None:
    draw = Prng(4)
    assert {draw.below(6) for _ in range(500)} == set(range(6))
