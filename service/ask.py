"""How the service asks the core, and who asks."""

from collections.abc import Awaitable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from grpclib.metadata import Deadline

from sansio_exchange.commands import Action

DEFAULT_TIMEOUT = 10.0
"""Seconds for a call without a deadline."""
MAX_TIMEOUT = 60.0
"""Seconds at most, whatever deadline the client sets: nobody waits longer for an exchange."""
LONGEST_WAY_BACK = 0.25
"""Seconds that an answer takes to the client at most..."""
SHARE_OF_WAY_BACK = 0.1
"""... and the share of a short deadline that is kept for it."""


class Ask(Protocol):
    """`transport.Driver.ask`: have an action done and return its result, whose type the action's docstring names.

    Raises the ExchangeError that the core answers.
    """

    def __call__(self, action: Action, *, timeout: float = ..., client: str = ...) -> Awaitable[Any]: ...


@dataclass(frozen=True)
class Call:
    """The gRPC call that the current task serves. `client` is the name that the client gives itself, or its address."""

    method: str
    client: str
    correlation_id: str
    deadline: Deadline | None = None

    def timeout(self) -> float:
        """Seconds in which the core has to answer: a little less than until the client gives up, who would else hear
        nothing of what is known and what is not."""
        if self.deadline is None:
            return DEFAULT_TIMEOUT
        left = self.deadline.time_remaining()
        return min(left - min(LONGEST_WAY_BACK, left * SHARE_OF_WAY_BACK), MAX_TIMEOUT)


NOBODY = Call(method="", client="", correlation_id="")

current_call: ContextVar[Call] = ContextVar("current_call", default=NOBODY)
