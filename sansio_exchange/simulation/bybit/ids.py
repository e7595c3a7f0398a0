"""Names in the form of UUIDs: Bybit calls orders and executions by them.

An order's UUID is made of its number in the exchange below and the venue's seed, and can be turned back, so that
nothing need be remembered. Its last 62 bits are the number, shuffled; all others are a digest of number and seed, which
tells another's UUIDs from this venue's.
"""

import hashlib
import re

_BITS = 62
_MASK = (1 << _BITS) - 1
_FACTOR = 0x1E3779B97F4A7C15
"""Odd, so that multiplying by it modulo a power of two can be undone."""
_INVERSE = pow(_FACTOR, -1, 1 << _BITS)
_uuid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Ids:
    """The names that one venue gives."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._key = int.from_bytes(self._digest("orders")[:8], "big") & _MASK

    def order(self, number: int) -> str:
        """The UUID of an order of the exchange below."""
        shuffled = (number ^ self._key) * _FACTOR & _MASK
        high = int.from_bytes(self._digest("order", str(number))[:8], "big")
        return _text(high << 64 | shuffled, version=4)

    def number(self, text: str) -> int | None:
        """The order that a UUID names; None for what this venue never gave."""
        if not _uuid.fullmatch(text):
            return None
        number = (int(text.replace("-", ""), 16) * _INVERSE & _MASK) ^ self._key
        return number if self.order(number) == text else None

    def execution(self, *parts: str) -> str:
        """The UUID of an execution; the same parts have the same."""
        return _text(int.from_bytes(self._digest("execution", *parts)[:16], "big"), version=5)

    def _digest(self, *parts: str) -> bytes:
        return hashlib.sha256("/".join((str(self._seed), *parts)).encode()).digest()


def _text(bits: int, *, version: int) -> str:
    """128 bits in the form of a UUID: 4 say its version, 2 its variant (RFC 9562, 4.1 and 4.2)."""
    bits = bits & ~(0xF << 76) | version << 76
    bits = bits & ~(0b11 << 62) | 0b10 << 62
    text = f"{bits:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
