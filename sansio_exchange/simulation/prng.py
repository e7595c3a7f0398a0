"""A tiny deterministic generator: the same seed gives the same numbers on every machine and Python version.

The core may not import `random`; besides, a simulation wants many small independent streams, which is what
SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) is made for.
"""

from math import log

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(value: int) -> int:
    """SplitMix64's finaliser: a well-spread 64-bit hash of `value`."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


class Prng:
    """One stream of numbers."""

    __slots__ = ("_state",)

    def __init__(self, *seeds: int | str) -> None:
        """Streams of different `seeds` are independent; texts and numbers may be mixed."""
        state = 0
        for seed in seeds:
            number = int.from_bytes(seed.encode(), "big") if isinstance(seed, str) else seed
            state = mix((state + GOLDEN + number % MASK) & MASK)
        self._state = state

    def bits(self) -> int:
        """64 random bits."""
        self._state = state = (self._state + GOLDEN) & MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
        return state ^ (state >> 31)

    def uniform(self) -> float:
        """A number in [0, 1)."""
        return (self.bits() >> 11) * 2.0**-53

    def below(self, limit: int) -> int:
        """A whole number in [0, limit)."""
        return (self.bits() * limit) >> 64

    def exponential(self) -> float:
        """Exponentially distributed with mean 1."""
        return -log(1.0 - self.uniform())

    def normal(self) -> float:
        """Close to a standard normal: the sum of four 16-bit uniforms. Within ±3.47, so it has no wild tails."""
        bits = self.bits()
        total = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
        return (total / 65536.0 - 2.0 + 2.0 / 65536.0) * 1.7320508075688772
