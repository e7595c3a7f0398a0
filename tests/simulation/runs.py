"""Many episodes at once, on all processors, with what they cost."""

import multiprocessing
import os
import time
import traceback
from collections.abc import Iterable, Sequence

from msgspec import Struct

from tests.simulation.episode import Episode

MOST = 1500
"""Characters of a failure that are told."""


class Failure(Struct, frozen=True):
    """A seed, and how it failed."""

    seed: int
    venue: str
    what: str


class Run(Struct, frozen=True):
    """One episode: seconds of virtual time and of CPU, and its history where that was asked for."""

    seed: int
    venue: str
    virtual: float
    cpu: float
    failure: Failure | None = None
    lines: tuple[bytes, ...] = ()


def run_one(what: tuple[int, str], *, keep_lines: bool = False) -> Run:
    """One episode. A fault of the program, too, is its failure."""
    seed, venue = what
    begun = time.process_time()
    episode = Episode(seed, venue)
    failure = None
    try:
        episode.run()
    except AssertionError as error:
        failure = Failure(seed, venue, f"{type(error).__name__}: {error}"[:MOST])
    except Exception as error:
        frames = "".join(traceback.format_tb(error.__traceback__)[-3:])
        failure = Failure(seed, venue, f"{type(error).__name__}: {error}"[:MOST] + f"\n{frames}")
    lines = tuple(episode.history()) if keep_lines else ()
    return Run(seed, venue, episode.world.now, time.process_time() - begun, failure, lines)


def run_all(todo: Sequence[tuple[int, str]]) -> list[Run]:
    """All of them, and live what has been done; in the end what they cost."""
    begun = time.monotonic()
    runs: list[Run] = []
    processes = min(len(todo), os.cpu_count() or 1)
    if processes <= 1:
        _follow(map(run_one, todo), len(todo), runs, begun)
    else:
        # Spawned: what one episode leaves in a process must not depend on what was imported before.
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            _follow(pool.imap_unordered(run_one, todo), len(todo), runs, begun)
    _tell_cost(runs, time.monotonic() - begun)
    return sorted(runs, key=lambda run: run.seed)


def _follow(done: Iterable[Run], total: int, runs: list[Run], begun: float) -> None:
    told = begun
    for run in done:
        runs.append(run)
        if run.failure is not None:
            print(f"seed {run.seed} on {run.venue} failed: {run.failure.what.splitlines()[0][:300]}", flush=True)
        now = time.monotonic()
        if now - told >= 2.0:
            told = now
            failed = sum(each.failure is not None for each in runs)
            print(f"{len(runs)} of {total} episodes, {failed} failed, {now - begun:.0f} s", flush=True)


def _tell_cost(runs: Sequence[Run], wall: float) -> None:
    by_venue: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.venue):
        by_venue.setdefault(run.venue, []).append(run)
    for venue, theirs in by_venue.items():
        virtual, cpu = sum(run.virtual for run in theirs), sum(run.cpu for run in theirs)
        print(f"{venue}: {len(theirs)} episodes, {virtual / cpu:.0f} virtual minutes in a minute of CPU")
    failed = sorted(run.seed for run in runs if run.failure is not None)
    virtual = sum(run.virtual for run in runs)
    print(
        f"{len(runs)} episodes, {len(failed)} failed{f': {failed}' if failed else ''}; "
        f"{virtual / 3600:.1f} hours of virtual time in {wall:.1f} s: "
        f"one minute simulated {virtual / wall:.0f} minutes",
        flush=True,
    )
