from sansio_exchange.simulation.faults import (
    Answer,
    BlackHole,
    Crossing,
    Cut,
    Duplicate,
    Fault,
    Gateway,
    Latency,
    LoseReply,
    Mute,
    Narrow,
    Refuse,
    Stall,
    Straggle,
    Truncate,
    Uneven,
    Way,
)
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


def spelled(fault: Fault, way: Way = "request", target: str = "/x", at: float = 5.0) -> Crossing:
    crossing = Crossing(way, target, at)
    fault.cross(crossing, Prng(1))
    return crossing


def test_a_spell_has_its_time_its_ways_and_its_target() -> None:
    cut = Cut(4.0, 2.0, ways=("request",), target="/x")
    assert spelled(cut).cut
    assert not spelled(cut, at=3.9).cut
    assert not spelled(cut, at=6.0).cut
    assert not spelled(cut, way="response").cut
    assert not spelled(cut, target="/y").cut


def test_a_share_of_what_crosses_is_struck() -> None:
    cut, prng = Cut(0.0, 10.0, share=0.25), Prng(1)
    struck = 0
    for _ in range(1000):
        crossing = Crossing("out", "trade", 1.0)
        cut.cross(crossing, prng)
        struck += crossing.cut
    assert 200 < struck < 300


def test_what_each_spell_does() -> None:
    assert spelled(BlackHole(0.0, 10.0)).copies == 0
    assert spelled(Stall(0.0, 10.0)).delay == 5.0
    assert 0 < spelled(Straggle(0.0, 10.0, 3.0)).delay < 3.0
    assert spelled(Duplicate(0.0, 10.0), way="in").copies == 2
    assert spelled(Duplicate(0.0, 10.0), way="out").copies == 1, "a client's message is never doubled by the network"
    assert spelled(Gateway(0.0, 10.0, Answer(502))).answer == Answer(502)


def test_what_is_truncated_comes_from_the_venue_and_arrives_in_part() -> None:
    truncate = Truncate(4.0, 2.0)
    assert spelled(truncate, way="in").arrives < 1.0
    assert spelled(truncate, way="response").arrives < 1.0
    assert spelled(truncate, way="request").arrives == 1.0


def test_a_connection_that_is_mute_answers_and_says_nothing_else_until_its_end() -> None:
    mute = Mute(4.0, 2.0, target="private")

    def heard(at: float, conn: str, *, is_answer: bool = False) -> int:
        crossing = Crossing("in", conn.partition("#")[0], at, conn, is_answer)
        mute.cross(crossing, Prng(1))
        return crossing.copies

    assert heard(3.9, "private#1") == 1
    assert heard(4.0, "private#1") == 0
    assert heard(4.0, "private#1", is_answer=True) == 1
    assert heard(4.0, "market#1") == 1
    assert heard(60.0, "private#1") == 0
    assert heard(60.0, "private#2") == 1
    mute.cross(Crossing("open", "private", 61.0, "private#1"), Prng(1))
    assert heard(62.0, "private#1") == 1, "another one, of the client's next process"


def test_through_a_narrow_path_pings_go_and_nothing_longer_until_the_end_of_the_connection() -> None:
    narrow = Narrow(4.0, 2.0, target="trade")

    def got_through(at: float, conn: str, size: int) -> int:
        crossing = Crossing("out", conn.partition("#")[0], at, conn, size=size)
        narrow.cross(crossing, Prng(1))
        return crossing.copies

    assert got_through(3.9, "trade#1", 200) == 1
    assert got_through(4.0, "trade#1", 40) == 1
    assert got_through(5.0, "trade#1", 200) == 0
    assert got_through(5.0, "private#1", 200) == 1
    assert got_through(60.0, "trade#1", 200) == 0
    assert got_through(60.0, "trade#1", 40) == 1
    assert got_through(60.0, "trade#2", 200) == 1


def test_each_connection_has_its_own_delay_at_all_times() -> None:
    uneven, prng = Uneven(0.5), Prng(1)

    def delay(conn: str) -> float:
        crossing = Crossing("in", "private", 0.0, conn)
        uneven.cross(crossing, prng)
        return crossing.delay

    assert delay("private#1") == delay("private#1") != delay("trade#1")
    assert delay("") == 0.0
