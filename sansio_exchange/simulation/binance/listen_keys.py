"""Listen keys: the names of user-data streams.

Source: developers.binance.com, USDⓈ-M Futures, "User Data Streams", read in November 2025: a key is valid for 60
minutes; asking for one while there is one gives the same and extends it; its expiry is told on the stream.
"""

import hashlib

from sansio_exchange.simulation.binance.call import Call
from sansio_exchange.simulation.binance.errors import Refused

VALID_MS = 60 * 60_000


class ListenKeys:
    """At most one valid key per account."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._made = 0
        self._keys: dict[str, tuple[str, int]] = {}

    def of(self, account: str) -> str:
        """The account's key, "" where it has none."""
        found = self._keys.get(account)
        return found[0] if found else ""

    def start(self, call: Call) -> object:
        key = self.of(call.account)
        if not key:
            self._made += 1
            key = hashlib.sha256(f"{self._seed}/{self._made}/{call.account}".encode()).hexdigest()
        self._keys[call.account] = (key, call.now_ms + VALID_MS)
        return {"listenKey": key}

    def extend(self, call: Call) -> object:
        key = self.of(call.account)
        if not key:
            raise Refused(-1125, "This listenKey does not exist.")
        self._keys[call.account] = (key, call.now_ms + VALID_MS)
        return {"listenKey": key}

    def stop(self, call: Call) -> object:
        """Let the key expire now; the machine tells its stream so."""
        key = self.of(call.account)
        if not key:
            raise Refused(-1125, "This listenKey does not exist.")
        self._keys[call.account] = (key, call.now_ms)
        return {}

    def next_expiry_ms(self) -> int | None:
        return min((until for _, until in self._keys.values()), default=None)

    def take_expired(self, now_ms: int) -> list[str]:
        """The keys that are over by now; they are forgotten."""
        over = [(account, key) for account, (key, until) in self._keys.items() if until <= now_ms]
        for account, _ in over:
            del self._keys[account]
        return [key for _, key in over]
