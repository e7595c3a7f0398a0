"""`exchange-connector backtest`: the sample maker through virtual days, in figures and a plot."""

import importlib.util
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from sansio_exchange.simulation.backtest import Backtest

DAY = 86_400.0
PLOT = Path("build") / "equity.png"
"""Where the plot goes if nobody says; the folder is made."""

_INSTALL = "the plot needs matplotlib; pip install 'exchange-connector[plot]'"


class NoPlot(Exception):
    """matplotlib is not installed."""


def backtest(console: Console, *, days: float, seed: int, symbol: str, out: Path | None) -> None:
    """Run, print, and write the plot to `out`, or to PLOT if that is None and matplotlib is there.

    Raises NoPlot, before anything is computed, where a plot was asked for that cannot be made; OSError.
    """
    can_plot = importlib.util.find_spec("matplotlib") is not None
    if out is not None and not can_plot:
        raise NoPlot(f"{out} cannot be written: {_INSTALL}")
    test = Backtest(seed=seed, symbol=symbol)
    began = time.process_time()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(_span(days), total=days * DAY)
        for passed in test.run(days * DAY):
            progress.update(
                task, completed=passed, description=f"{passed / 3600:.1f} h, {test.report.profit:+,.2f} USDT"
            )
    console.print(_table(test, days, seed, time.process_time() - began))
    if not can_plot:
        console.print(f"Without a plot: {_INSTALL}", highlight=False, markup=False, soft_wrap=True)
        return
    if out is None:
        out = PLOT
        out.parent.mkdir(exist_ok=True)
    plot(test, out)
    console.print(f"Equity and position: {out}", highlight=False, markup=False, soft_wrap=True)


def _span(days: float) -> str:
    return f"{days:g} virtual {'day' if days == 1 else 'days'}"


def _table(test: Backtest, days: float, seed: int, seconds: float) -> Table:
    report = test.report
    table = Table(
        title=f"Sample maker, {_span(days)}, seed {seed}",
        title_justify="left",
        title_style="bold",
        show_header=False,
        caption="through the real core and the venue's wire format, on one virtual clock",
        caption_justify="left",
    )
    table.add_column()
    table.add_column(justify="right")
    for name, value in (
        ("orders", f"{report.orders:,}"),
        ("fills", f"{report.fills:,}"),
        ("volume", f"{report.volume:,.0f} USDT"),
        ("profit before fees", f"{report.profit + report.fees:+,.2f} USDT"),
        ("fees", f"{report.fees:,.2f} USDT"),
        ("profit", f"{report.profit:+,.2f} USDT"),
        ("max drawdown", f"{report.drawdown:,.2f} USDT"),
        ("events", f"{report.events:,}"),
        ("CPU", f"{seconds:.1f} s"),
    ):
        table.add_row(name, value)
    return table


def plot(test: Backtest, out: Path) -> None:
    """Equity, price and position over time, as a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    hours = [sample.seconds / 3600 for sample in test.samples]
    figure, (equity, price, position) = plt.subplots(
        3, 1, sharex=True, figsize=(11, 7.5), height_ratios=(3, 2, 2), layout="constrained"
    )
    equity.plot(hours, [float(sample.equity) for sample in test.samples], color="#1f6f54", linewidth=1.2)
    equity.set_ylabel("equity, USDT")
    equity.ticklabel_format(axis="y", useOffset=False)
    equity.set_title(f"Sample maker on simulated {test.symbol}: profit {test.report.profit:+,.2f} USDT", loc="left")
    price.plot(hours, [float(sample.price) for sample in test.samples], color="#555555", linewidth=0.9)
    price.set_ylabel("price, USDT")
    held = [float(sample.position) for sample in test.samples]
    position.fill_between(hours, held, step="post", color="#35608f", alpha=0.6, linewidth=0)
    position.axhline(0, color="black", linewidth=0.6)
    position.set_ylabel("position, base coin")
    position.set_xlabel("virtual hours")
    for axes in (equity, price, position):
        axes.grid(alpha=0.25)
        axes.margins(x=0)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(out, dpi=110)
    plt.close(figure)
