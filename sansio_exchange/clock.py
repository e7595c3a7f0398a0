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
