from sansio_exchange.simulation.faults import Chance, Crossing, Latency, LoseReply, Refuse


def test_chance_is_splitmix64_and_stays_within_its_range() -> None:
    """First output for seed 0 is 0xE220A8397B1DCDAF (reference implementation, prng.di.unimi.it/splitmix64.c)."""
    assert Chance(0).fraction() == (0xE220A8397B1DCDAF >> 11) / (1 << 53)
    chance = Chance(7)
    drawn = [chance.fraction() for _ in range(10_000)]
    assert 0 <= min(drawn) < 0.01
    assert 0.99 < max(drawn) < 1
    assert 0.48 < sum(drawn) / len(drawn) < 0.52


def test_latency_adds_to_what_is_there_and_its_jitter_is_bounded() -> None:
    chance = Chance(1)
    latency = Latency(0.010, 0.020, jitter=0.005)
    for way, least in (("request", 0.110), ("out", 0.110), ("open", 0.110), ("response", 0.120), ("in", 0.120)):
        crossing = Crossing(way, "x", 0.0, delay=0.1)  # type: ignore[arg-type]  # a str from a tuple of literals
        latency.cross(crossing, chance)
        assert least <= crossing.delay < least + 0.005 + 1e-9


def test_refuse_covers_its_time_and_only_what_is_new() -> None:
    refuse = Refuse(1.0, 2.0)
    for at, way, refused in (
        (0.9, "open", False),
        (1.0, "open", True),
        (2.9, "request", True),
        (3.0, "open", False),
        (2.0, "out", False),
    ):
        crossing = Crossing(way, "x", at)  # type: ignore[arg-type]  # a str from a tuple of literals
        refuse.cross(crossing, Chance(0))
        assert crossing.refused is refused


def test_lose_reply_strikes_its_target_as_often_as_told() -> None:
    fault = LoseReply("/order", start=1.0, times=2)
    cuts = []
    for at, target in ((0.5, "/order"), (1.0, "/time"), (1.1, "/order"), (1.2, "/order"), (1.3, "/order")):
        crossing = Crossing("response", target, at)
        fault.cross(crossing, Chance(0))
        cuts.append(crossing.cut)
    assert cuts == [False, False, True, True, False]
