"""Runs the benchmarks one after another, each in a process of its own; prints a table and writes JSON.

    python -m benchmarks [NAME ...] [--json FILE]

Each benchmark is a module that prints rows (rows.py). Every figure is a CPU cost or a ratio within one run: the
machine is shared, so wall times of different runs say nothing about each other.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.rows import Row

BENCHMARKS = ("decode", "fan_out", "tick_to_client", "orders", "venues", "memory", "restart")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--json", type=Path, default=Path("build/benchmarks.json"))
    arguments = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 150)
    rows: list[Row] = []
    failed = []
    for name in arguments.names or BENCHMARKS:
        with console.status(f"measuring {name} ..."):
            measured, code = run(name)
        rows += measured
        if code:
            failed.append(name)
    console.print(table(rows))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    arguments.json.write_text(json.dumps({**machine, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
    console.print(f"written to {arguments.json}")
    for name in failed:
        console.print(f"[red]{name} failed; its own words stand above")
    return 1 if failed else 0


def run(name: str) -> tuple[list[Row], int]:
    """The rows that a benchmark printed, and its exit code."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", f"benchmarks.{name}"], stdout=subprocess.PIPE, stderr=None, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"row":')]
    return [Row(**json.loads(line)["row"]) for line in lines], done.returncode


def table(rows: list[Row]) -> Table:
    shown = Table(title="Benchmarks", title_justify="left")
    for heading in ("benchmark", "what", "figure", "target", "peer in the same run"):
        shown.add_column(heading, justify="right" if heading in ("figure", "target") else "left")
    for row in rows:
        colour = {True: "green", False: "red", None: "default"}[row.met]
        sign = "≥" if row.more_is_better else "≤"
        target = "" if row.target is None else f"{sign} {row.target:g} {row.unit}"
        shown.add_row(row.benchmark, row.what, f"[{colour}]{row.figure:,.4g} {row.unit}", target, row.peer)
    return shown


if __name__ == "__main__":
    sys.exit(main())
