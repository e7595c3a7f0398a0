from sansio_exchange.simulation.faults import Crossing, Latency, LoseReply, Refuse
from sansio_exchange.simulation.prng import Prng


def test_latency_adds_to_what_is_there_and_its_jitter_is_bounded() -> None:
    prng = Prng(1)
    latency = Latency(0.010, 0.020, jitter=0.005)
    for way, least in (("request", 0.110), ("out", 0.110), ("open", 0.110), ("response", 0.120), ("in", 0.120)):
        crossing = Crossing(way, "x", 0.0, delay=0.1)  # type: ignore[arg-type]  # a str from a tuple of literals
        latency.cross(crossing, prng)
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
        refuse.cross(crossing, Prng(0))
        assert crossing.refused is refused


def test_lose_reply_strikes_its_target_as_often_as_told() -> None:
    fault = LoseReply("/order", start=1.0, times=2)
    cuts = []
    for at, target in ((0.5, "/order"), (1.0, "/time"), (1.1, "/order"), (1.2, "/order"), (1.3, "/order")):
        crossing = Crossing("response", target, at)
        fault.cross(crossing, Prng(0))
        cuts.append(crossing.cut)
    assert cuts == [False, False, True, True, False]
