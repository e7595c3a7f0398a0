"""What the session has the driver keep beyond the end of the process, and what it takes from it at the start."""

from collections.abc import Callable, Iterable
from hashlib import blake2b

from sansio_exchange.commands import Credentials
from sansio_exchange.machine import Remember
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.memory import Banned, Began, Line, Owner, Untold, to_bytes
from sansio_exchange.session.order_ledger import OrderLedger
from sansio_exchange.session.owner import is_owner
from sansio_exchange.session.placing import Placing
from sansio_exchange.session.recovery import Recovery
from sansio_exchange.venue import Recipe, Venue

KEPT_AT_MOST = 8_000_000
"""Bytes after which everything is told anew: the orders that work, and those that ended of late."""
ENDED_KEPT_MS = 900_000
"""How long ended orders are kept then: longer than any caller retries."""


class Remembering:
    """`memory` is what earlier processes were told to keep, oldest first; None where nothing is to be kept."""

    def __init__(
        self, calls: Calls, ledger: OrderLedger, recovery: Recovery, placing: Placing, memory: Iterable[Line] | None
    ) -> None:
        self._calls = calls
        self._ledger = ledger
        self._recovery = recovery
        self._placing = placing
        self._owner = ""
        self._banned: list[Banned] = []
        self._kept = KEPT_AT_MOST  # the first line is told with all that was read: so files grow no longer
        if memory is not None:
            self._read(memory)
            ledger.note = self._keep
            calls.on_ban = self._keep_ban

    def start(self) -> None:
        """The session begins now: what the venue refused to processes before it, it refuses still."""
        now_ms = self._calls.now.wall_ms
        # One that lies further ahead than it lasts is of a clock that has been put right since.
        self._banned = [each for each in self._banned if each.at_ms <= now_ms + each.seconds * 1000]
        for banned in self._banned:
            seconds = banned.seconds - max(0, now_ms - banned.at_ms) / 1000
            if seconds > 0:
                self._calls.ban(seconds, banned.budgets)

    def is_of(
        self, credentials: Credentials, venue: Venue, otherwise: str, is_acting: Callable[[], bool] = lambda: False
    ) -> Recipe[bool]:
        """Whether what is known is of the account whose key this is: it was learned with it, or is_owner finds so."""
        if self._owner == _digest(credentials):
            return True
        return (yield from is_owner(venue, self._ledger, otherwise, is_acting))

    def belongs_to(self, credentials: Credentials, *, anew: bool) -> None:
        """What is known is of the account whose key this is; `anew`: nothing of what was known before is."""
        if anew:
            self._recovery.forget()
            self._ledger.forget()
            self._placing.forget()
            self._kept = KEPT_AT_MOST
        if anew or self._owner != _digest(credentials):
            self._owner = _digest(credentials)
            self._ledger.note(Owner(self._owner))

    def _read(self, memory: Iterable[Line]) -> None:
        memory, begun_ms, untold_since_ms = tuple(memory), 0, 0
        self._banned = [line for line in memory if isinstance(line, Banned)]
        if not any(isinstance(line, Began) for line in memory):
            return  # killed before it began: what it adopted may have moved since, and nothing was told
        for line in memory:
            match line:
                case Began():
                    begun_ms = line.ms
                case Owner():
                    self._owner = line.key
                case Untold():
                    untold_since_ms = line.since_ms
                case _:
                    self._ledger.read(line)
        if begun_ms:
            self._recovery.remember(begun_ms, untold_since_ms)

    def _keep_ban(self, seconds: float, budgets: tuple[str, ...]) -> None:
        now_ms = self._calls.now.wall_ms
        self._banned = [line for line in self._banned if line.at_ms + line.seconds * 1000 > now_ms]
        self._banned.append(Banned(now_ms, seconds, budgets))
        self._keep(self._banned[-1])

    def _keep(self, line: Line) -> None:
        if self._kept >= KEPT_AT_MOST:
            self._kept = 0
            began: list[Line] = [Began(self._recovery.begun_ms)] if self._recovery.begun_ms else []
            if self._recovery.untold_since_ms:
                began.append(Untold(self._recovery.untold_since_ms))
            known = self._ledger.lines(self._ledger.newest_ms() - ENDED_KEPT_MS)
            self._calls.out.append(Remember(to_bytes((Owner(self._owner), *self._banned, *began, *known)), anew=True))
        lines = to_bytes((line,))
        self._kept += len(lines)
        self._calls.out.append(Remember(lines))


def _digest(credentials: Credentials) -> str:
    return blake2b(credentials.key.encode(), digest_size=8).hexdigest()
