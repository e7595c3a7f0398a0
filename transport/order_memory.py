"""What a session remembers of its orders (sansio_exchange/session/memory.py), in one file of a directory.

Lines are appended by one system call each, before anything that relies on them leaves: a process that is killed at any
instant has lost nothing that it acted on. They are not forced to the disk: a machine that loses its power may lose the
last seconds, and the venue is asked for them. Told anew, they go to another file, which then takes the place of the
first.

One process at a time: the directory is locked.
"""

import fcntl
import logging
import os
from pathlib import Path

from sansio_exchange.machine import Remember

FILE = "orders.jsonl"
NEXT = "orders.next"
LOCK = "lock"

_log = logging.getLogger("transport.order_memory")


class OrderMemory:
    """`remember` is what Driver takes by that name. `kept` is what was remembered until now.

    Raises BlockingIOError where another process has the directory, OSError where it cannot be used.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._lock = os.open(directory / LOCK, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file = _open(directory / FILE)
        except OSError:
            os.close(self._lock)
            raise
        self.kept = (directory / FILE).read_bytes()

    def remember(self, effect: Remember) -> None:
        """Keep it. Raises OSError where that fails; what was kept is given up then, for it says less than happened.
        Where it cannot be removed either (a disk that turned read-only), the log says that somebody has to."""
        try:
            if effect.anew:
                self._begin_anew(effect.lines)
            else:
                _write(self._file, effect.lines)
        except OSError:
            self._give_up()
            raise

    def close(self) -> None:
        os.close(self._file)
        os.close(self._lock)

    def _give_up(self) -> None:
        path = self._directory / FILE
        try:
            path.unlink(missing_ok=True)
        except OSError as failure:
            words = "%s cannot be removed (%s) and will miss what happens from now on: remove it before the next start"
            _log.error(words, path, failure.strerror)

    def _begin_anew(self, lines: bytes) -> None:
        path = self._directory / NEXT
        path.unlink(missing_ok=True)
        following = _open(path)
        try:
            _write(following, lines)
            path.replace(self._directory / FILE)
        except OSError:
            os.close(following)
            raise
        os.close(self._file)
        self._file = following


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
