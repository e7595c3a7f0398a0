"""The only clock the core ever sees: a value, handed in by whoever drives it."""

from msgspec import Struct


class Now(Struct, frozen=True, gc=False):
    """One instant, read twice: once from a clock that never steps, once from the wall.

    `mono` is in seconds since an arbitrary origin and only ever grows; every timeout and deadline is
    measured with it. `wall_ms` is in milliseconds since the Unix epoch; it is what venues print and what
    signatures carry, and it may jump.
    """

    mono: float
    wall_ms: int


def end_of(ms: int) -> int:
    """The last ms of what a venue's date may mean: some tell whole seconds (Gate's lists). 0 where there is none."""
    return ms + 999 if ms and ms % 1000 == 0 else ms
