import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from service.backtest import NoPlot, backtest

HOUR = 1 / 24


def run(out: Path, days: float = HOUR / 12) -> str:
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


def test_without_matplotlib_the_figures_come_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(NoPlot, match=r"pip install 'exchange-connector\[plot\]'"):
        run(tmp_path / "equity.png")
    assert not (tmp_path / "equity.png").exists()
