"""The command line: a seed is reproduced to the byte, whatever the process; a failure is told, and cut down."""

import pytest

from tests.simulation.runs import run_all
from tests.simulation.shrink import how, shrink
from tests.simulation.test_broken_sessions import _forget_trade_ids
from tests.simulation.twice import history


@pytest.mark.parametrize(("seed", "venue"), [(3100, "binance"), (3, "okx"), (4, "bybit"), (5, "bitget"), (6, "gate")])
def test_a_seed_tells_the_same_to_the_byte_in_any_process(seed: int, venue: str) -> None:
    first = history(seed, venue, "1")
    assert len(first) > 10_000
    assert first == history(seed, venue, "2")


def test_a_failure_is_told_and_cut_down(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _forget_trade_ids(monkeypatch)
    (run,) = run_all([(1, "binance")])
    assert run.failure is not None
    assert "1 failed: [1]" in capsys.readouterr().out
    told = list(shrink(run.failure, most_runs=20))
    assert "more plays" in capsys.readouterr().out
    deeds = told[told.index("what is asked for:") + 1 : -2]
    assert len(deeds) < 60
    assert how(told[-1].strip()) == how(run.failure.what)


def test_a_failure_is_the_same_whatever_its_numbers() -> None:
    assert how("Wrong: told twice: order 12") == how("Wrong: told twice: order 7 of 9")
    assert how("Wrong: 3 fills were never told: x") == how("Wrong: 4 fills were never told: y")
    assert how("KeyError: 3") == how("KeyError: 4") != how("ValueError: 3")
