"""Whether a run's minutes say that something grew; a short run says nothing."""

from msgspec import structs

from sansio_exchange.session.order_ledger import FINAL_KEPT
from tests.soak.report import Minute, cells, table
from tests.soak.run import judge_flatness

MINUTE = Minute(1, 100.0, 24, 16, 23, 11.0, FINAL_KEPT, 900, 2_000, 0.01, 2.1, 0.8, 0)


def minutes(many: int, **growing: float) -> list[Minute]:
    return [
        structs.replace(MINUTE, number=n, **{name: getattr(MINUTE, name) + n * step for name, step in growing.items()})
        for n in range(1, many + 1)
    ]


def test_flat_minutes_are_flat() -> None:
    assert judge_flatness(minutes(30)) == ([], [])


def test_what_grows_is_found() -> None:
    problems, _ = judge_flatness(minutes(30, tasks=1, descriptors=1, resident_mb=0.5))
    assert [each.partition(" ")[0] for each in problems] == ["tasks", "descriptors", "memory"]


def test_calls_that_wait_are_no_growth() -> None:
    assert judge_flatness(minutes(30, tasks=9, calls=9)) == ([], [])


def test_a_short_run_says_that_it_cannot_judge() -> None:
    problems, notes = judge_flatness(minutes(3, tasks=50))
    assert problems == []
    assert len(notes) == 2


def test_memory_is_judged_only_once_the_ledger_is_full() -> None:
    filling = [structs.replace(each, orders=FINAL_KEPT - 1) for each in minutes(20, resident_mb=2)]
    problems, notes = judge_flatness(filling)
    assert problems == []
    assert "memory" in notes[0]


def test_a_minute_without_recovery_is_shown_as_such() -> None:
    lost = structs.replace(MINUTE, recovered_after=None)
    assert "never" in cells(lost)
    assert table("Soak", [MINUTE, lost]).row_count == 2
