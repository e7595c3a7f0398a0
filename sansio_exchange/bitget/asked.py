"""Which answer belongs to which frame.

Bitget's acknowledgements name the channel and not the frame that asked for it, one for each channel ("Subscribe",
2026-09-28). So what was asked for on each socket is kept until it is answered, in order: two frames that ask for the
same channel are answered one after the other.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Channel = tuple[str, str]
"""A channel and what it is about: instrument or coin."""
_Waiting = tuple[str, Channel, str]
"""Operation, channel, frame id."""


def channel(arg: Any) -> Channel:
    """What an argument names; ("", "") for none."""
    if not isinstance(arg, Mapping):
        return "", ""
    return str(arg.get("channel") or ""), str(arg.get("instId") or arg.get("coin") or "")


class Asked:
    """Unanswered frames. Bounded: a socket that leaves one unanswered is given up, and begins with none."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[_Waiting]] = {}

    def begin(self, role: str) -> None:
        """The role's socket is a new one: on it nothing has been asked for."""
        self._waiting[role] = []

    def ask(self, role: str, op: str, args: Iterable[Mapping[str, Any]], frame_id: str) -> None:
        self._waiting.setdefault(role, []).extend((op, channel(arg), frame_id) for arg in args)

    def answered(self, role: str, op: str, arg: Any) -> str:
        """The frame that the acknowledgement answers, "" for none."""
        return self._take(role, lambda waiting: waiting[:2] == (op, channel(arg)))

    def refused(self, role: str, arg: Any) -> str:
        """The frame that a refusal answers; one that names no channel is taken for the oldest."""
        named = channel(arg)
        return self._take(role, lambda waiting: not named[0] or waiting[1] == named)

    def _take(self, role: str, fits: Callable[[_Waiting], bool]) -> str:
        waiting = self._waiting.get(role, [])
        for at, each in enumerate(waiting):
            if fits(each):
                del waiting[at]
                return each[2]
        return ""
