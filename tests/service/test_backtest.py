import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from service.backtest import NoPlot, _span, backtest

HOUR = 1 / 24


def run(out: Path | None, days: float = HOUR / 12) -> str:
    shown = io.StringIO()
    backtest(Console(file=shown, width=100), days=days, seed=3, symbol="ETHUSDT", out=out)
    return shown.getvalue()


def test_it_prints_the_figures_and_writes_the_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    out = tmp_path / "equity.png"
    shown = run(out)
    for name in ("fills", "fees", "profit", "max drawdown", str(out)):
        assert name in shown
    assert out.read_bytes().startswith(b"\x89PNG")


def test_the_plot_goes_into_a_build_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    assert "build/equity.png" in run(None)
    assert [str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.png")] == ["build/equity.png"]


def test_without_matplotlib_the_figures_come_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    shown = run(None)
    assert "max drawdown" in shown
    assert "Without a plot: the plot needs matplotlib; pip install 'exchange-connector[plot]'" in shown
    assert list(tmp_path.iterdir()) == []


def test_a_plot_that_was_asked_for_and_cannot_be_made_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(NoPlot, match=r"pip install 'exchange-connector\[plot\]'"):
        run(tmp_path / "equity.png", days=1_000_000)


def test_one_day_is_a_day() -> None:
    assert (_span(1.0), _span(0.5), _span(2.0)) == ("1 virtual day", "0.5 virtual days", "2 virtual days")
