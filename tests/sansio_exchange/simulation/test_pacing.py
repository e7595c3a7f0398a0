"""Topics speak at their pace, and the newest word is never lost."""

from sansio_exchange.simulation.pacing import Emit, Pacing
from sansio_exchange.simulation.wire import VenueEffect


class Diary:
    """Notes what was said and when."""

    def __init__(self) -> None:
        self.said: list[tuple[int, str]] = []

    def saying(self, word: str) -> Emit:
        def emit(now_ms: int, out: list[VenueEffect]) -> None:
            self.said.append((now_ms, word))

        return emit


def test_a_paced_topic_speaks_at_full_periods_and_does_not_catch_up() -> None:
    pacing, diary = Pacing(), Diary()
    pacing.every("x", 100, diary.saying("x"), 1030)
    assert pacing.next_due_ms == 1100
    for now_ms in (1099, 1100, 1150, 1430):
        pacing.on_time(now_ms, [])
    assert diary.said == [(1100, "x"), (1430, "x")]
    assert pacing.next_due_ms == 1500
    pacing.stop("x")
    assert pacing.next_due_ms is None


def test_what_comes_too_soon_is_held_back_and_the_newest_of_it_told() -> None:
    pacing, diary = Pacing(), Diary()
    for now_ms, word in ((1000, "a"), (1050, "b"), (1080, "c")):
        pacing.at_most_every("x", 100, diary.saying(word), now_ms, [])
    assert pacing.next_due_ms == 1100
    pacing.on_time(1100, [])
    assert diary.said == [(1000, "a"), (1100, "c")]
    pacing.on_time(1300, [])
    pacing.at_most_every("x", 100, diary.saying("d"), 1300, [])
    assert diary.said[2:] == [(1300, "d")]


def test_what_is_told_at_once_takes_the_place_of_what_is_held_back() -> None:
    pacing, diary = Pacing(), Diary()
    for now_ms, word in ((1000, "a"), (1050, "b")):
        pacing.at_most_every("x", 100, diary.saying(word), now_ms, [])
    pacing.at_once("x", diary.saying("end"), 1060, [])
    pacing.on_time(2000, [])
    assert diary.said == [(1000, "a"), (1060, "end")]
