"""How long to wait before the next attempt."""

from hashlib import blake2b

FIRST = 0.25
LONGEST = 30.0


class Backoff:
    """Doubling waits with jitter: 0.25 s to 30 s, each shortened by up to half so that many clients spread out.

    The jitter is a pure function of seed, name and attempt: a seeded core replays to the same waits.
    """

    def __init__(self, name: str, seed: int) -> None:
        self._name = name
        self._seed = seed
        self._failures = 0
        self._draws = 0

    def failed(self) -> float:
        """Count one more failure; returns the seconds to wait."""
        whole = min(LONGEST, FIRST * float(1 << min(self._failures, 16)))
        self._failures += 1
        self._draws += 1
        digest = blake2b(f"{self._seed}:{self._name}:{self._draws}".encode(), digest_size=4).digest()
        return whole * (1.0 - int.from_bytes(digest, "big") / 2**33)

    def succeeded(self) -> None:
        """Begin anew with the shortest wait."""
        self._failures = 0
