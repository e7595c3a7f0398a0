"""The clock that stamps inputs: the event loop's own for durations, the wall's for timestamps.

The event loop's, so that the core's deadlines and the driver's sleeps are measured by one clock, also where a test
puts another in its place. Both loops read `time.monotonic` underneath (trio with an offset of its own).
"""

import asyncio
import time
from collections.abc import Callable

import anyio
import trio

from sansio_exchange.clock import Now


def loop_clock() -> Callable[[], float]:
    """The monotonic clock of the running event loop, in seconds. Call it in a task.

    What it returns may be called in the loop's callbacks as well, where anyio.current_time() may not.
    """
    if on_trio():
        return trio.current_time
    return asyncio.get_running_loop().time


def on_trio() -> bool:
    """Whether the running event loop is trio's rather than asyncio's. Call it in a task."""
    return anyio.get_cancelled_exc_class() is trio.Cancelled


def stamp(mono: float) -> Now:
    """`mono` together with the wall's time at this moment."""
    return Now(mono, time.time_ns() // 1_000_000)
