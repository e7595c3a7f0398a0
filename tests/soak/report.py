"""What a soak shows: a row for each minute, a file with all of it, a plot."""

import importlib.util
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, structs
from rich.table import Table


class Minute(Struct):
    """One minute of the soak, as it stood at its end; `orders`, `fills` and `asked` count from the beginning.

    `calls` are those under way, streams among them; each is one of the `tasks`. The three times are in seconds: from
    the kill to NOT_SERVING, from the kill until the venue listens again, from then to SERVING; None where it did not
    happen in time. `wrong` is how much was found wrong so far.
    """

    number: int
    resident_mb: float
    tasks: int
    calls: int
    descriptors: int
    cpu_seconds: float
    orders: int
    fills: int
    asked: int
    told_after: float | None
    away: float
    recovered_after: float | None
    wrong: int


HEADINGS = (
    "minute", "memory", "tasks", "calls", "files", "CPU", "asked", "orders told", "fills told", "noticed", "away",
    "back after", "wrong",
)  # fmt: skip


def cells(row: Minute) -> tuple[str, ...]:
    return (
        str(row.number),
        f"{row.resident_mb:.1f} MB",
        str(row.tasks),
        str(row.calls),
        str(row.descriptors),
        f"{row.cpu_seconds:.0f} s",
        f"{row.asked:,}",
        f"{row.orders:,}",
        f"{row.fills:,}",
        _seconds(row.told_after),
        f"{row.away:.1f} s",
        _seconds(row.recovered_after),
        str(row.wrong),
    )


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f} s"


def table(title: str, rows: Sequence[Minute], caption: str = "") -> Table:
    shown = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
    for heading in HEADINGS:
        shown.add_column(heading, justify="right")
    for row in rows:
        shown.add_row(*cells(row), style="red" if row.wrong or row.recovered_after is None else None)
    return shown


def write(path: Path, rows: Sequence[Minute], **more: Any) -> None:
    """Everything as JSON; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {**more, "python": platform.python_version(), "minutes": [structs.asdict(row) for row in rows]}
    path.write_text(json.dumps(told, indent=1) + "\n")


def can_plot() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def plot(title: str, rows: Sequence[Minute], out: Path) -> None:
    """Memory, tasks and descriptors, updates and recoveries over the minutes, as a PNG. matplotlib must be there."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    minutes = [row.number for row in rows]
    figure, (memory, counts, told, back) = plt.subplots(4, 1, sharex=True, figsize=(11, 9), layout="constrained")
    memory.plot(minutes, [row.resident_mb for row in rows], color="#1f6f54", marker=".")
    memory.set_ylabel("memory, MB")
    memory.set_ylim(0, 1.15 * max(row.resident_mb for row in rows))
    memory.set_title(title, loc="left")
    counts.plot(minutes, [row.tasks for row in rows], color="#35608f", marker=".", label="tasks")
    counts.plot(minutes, [row.descriptors for row in rows], color="#b3561d", marker=".", label="descriptors")
    counts.set_ylim(0, 1.15 * max(max(row.tasks, row.descriptors) for row in rows))
    counts.legend(loc="lower left", frameon=False)
    told.plot(minutes, [row.orders for row in rows], color="#35608f", marker=".", label="orders told")
    told.plot(minutes, [row.fills for row in rows], color="#1f6f54", marker=".", label="fills told")
    told.legend(loc="upper left", frameon=False)
    back.bar(minutes, [row.recovered_after or 0 for row in rows], color="#35608f")
    back.set_ylabel("back after, s")
    back.set_xlabel("minutes; the venue is killed in each")
    for axes in (memory, counts, told, back):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(out, dpi=110)
    plt.close(figure)
