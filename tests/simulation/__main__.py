"""Many seeds, or one again: python -m tests.simulation --seeds 1000 [--seed 1] [--exchange okx] [--shrink].

Without --exchange each seed draws its venue. --seed alone runs that one; --shrink cuts a failure down to what it needs;
--twice runs each seed in two processes, on every venue where none is named, and compares their histories to the byte.
"""

import argparse
import sys

from tests.simulation.episode import venue_of
from tests.simulation.runs import Run, run_all, run_one
from tests.simulation.shrink import shrink
from tests.simulation.sites import SITES
from tests.simulation.twice import history


def main() -> int:
    parser = argparse.ArgumentParser(prog="nox -s simulate --", description=__doc__)
    parser.add_argument("--seeds", type=int, help="how many episodes (100; one where --seed is given)")
    parser.add_argument("--seed", type=int, help="the first episode's seed (1)")
    parser.add_argument("--exchange", choices=SITES, help="whose wire; each seed draws its own where none is named")
    parser.add_argument("--shrink", action="store_true", help="cut the first failure down to what it needs")
    parser.add_argument("--lines", action="store_true", help="print the history, in one process")
    parser.add_argument("--twice", action="store_true", help="does each seed tell the same in another process?")
    options = parser.parse_args()
    first = 1 if options.seed is None else options.seed
    seeds = range(first, first + (options.seeds or (100 if options.seed is None else 1)))
    if options.twice:
        venues = [options.exchange] if options.exchange else list(SITES)
        return 1 if sum(not _is_the_same(seed, venue) for venue in venues for seed in seeds) else 0
    todo = [(seed, options.exchange or venue_of(seed)) for seed in seeds]
    runs = [_with_lines(seed, venue) for seed, venue in todo] if options.lines else run_all(todo)
    failures = [run.failure for run in runs if run.failure is not None]
    for failure in failures:
        print(f"\nseed {failure.seed} on {failure.venue}: {failure.what}")
        print(f"    again: nox -s simulate -- --exchange {failure.venue} --seed {failure.seed} --shrink")
    if options.shrink and failures:
        print()
        for line in shrink(failures[0]):
            print(line, flush=True)
    return 1 if failures else 0


def _is_the_same(seed: int, venue: str) -> bool:
    first, second = history(seed, venue, "1"), history(seed, venue, "2")
    same = first == second
    print(f"seed {seed} on {venue}: {len(first):,} bytes, {'the same twice' if same else 'NOT the same'}", flush=True)
    return same


def _with_lines(seed: int, venue: str) -> Run:
    run = run_one((seed, venue), keep_lines=True)
    sys.stdout.buffer.write(b"".join(line + b"\n" for line in run.lines))
    return run


if __name__ == "__main__":
    sys.exit(main())
