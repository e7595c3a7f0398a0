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
        """Seconds until the client gives up."""
        if self.deadline is None:
            return DEFAULT_TIMEOUT
        return min(self.deadline.time_remaining(), MAX_TIMEOUT)


NOBODY = Call(method="", client="", correlation_id="")

current_call: ContextVar[Call] = ContextVar("current_call", default=NOBODY)
