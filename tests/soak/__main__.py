"""python -m tests.soak [--minutes 30] [--exchange binance], or --virtual-hours 24 [--exchange binance].

Exit code 1 where something was lost, doubled or told wrongly, where a stream ended, a call had no answer, or something
grew.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console

from sansio_exchange.simulation.venues import LOCAL_VENUES
from tests.soak import report
from tests.soak.day import run_day
from tests.soak.run import Soak

FOLDER = Path("build")
LONGEST = 60
"""Minutes; the local venue's books remember about as much."""
SHOWN = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30, help=f"of real time, 1 to {LONGEST}")
    parser.add_argument("--exchange", choices=sorted(LOCAL_VENUES), default="binance", help="whose wire")
    parser.add_argument("--virtual-hours", type=float, help="hours of the simulation's clock instead")
    options = parser.parse_args()
    if not 1 <= options.minutes <= LONGEST:
        parser.error(f"--minutes is 1 to {LONGEST}")
    console = Console(width=None if sys.stdout.isatty() else 150)
    FOLDER.mkdir(exist_ok=True)
    if options.virtual_hours is not None:
        return _tell(console, *run_day(console, options.exchange, options.virtual_hours))
    soak = Soak(options.exchange, options.minutes, console, FOLDER)
    try:
        asyncio.run(soak.run())
    except KeyboardInterrupt:
        soak.problems.append("interrupted")
    except Exception as error:
        soak.problems.append(f"the soak itself failed: {error!r}")
        console.print_exception()
    finally:
        soak.write()
    console.print(report.table(soak.title, soak.rows))
    for outcome, many in sorted(soak.outcomes.items(), key=lambda each: -each[1])[:SHOWN]:
        console.print(f"{many:7,}  {outcome}", highlight=False, markup=False, soft_wrap=True)
    if soak.rows and report.can_plot():
        report.plot(soak.title, soak.rows, FOLDER / "soak.png")
        console.print(f"plot: {FOLDER / 'soak.png'}")
    return _tell(console, soak.problems, soak.notes)


def _tell(console: Console, problems: list[str], notes: list[str]) -> int:
    for each in notes:
        console.print(f"[yellow]not judged:[/yellow] {each}", soft_wrap=True, highlight=False)
    for each in problems[:SHOWN]:
        console.print(f"[red]wrong:[/red] {each}", soft_wrap=True, highlight=False)
    if len(problems) > SHOWN:
        console.print(f"... and {len(problems) - SHOWN} more, in {FOLDER / 'soak.json'}")
    grew = "" if notes else ", nothing grew"
    console.print(f"{len(problems)} wrong" if problems else f"[green]nothing lost, nothing doubled{grew}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
