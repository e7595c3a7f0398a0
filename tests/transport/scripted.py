"""A machine that does what a test tells it, in place of a venue's."""

from collections.abc import Callable, Sequence

import anyio

from sansio_exchange.clock import Now
from sansio_exchange.machine import Effect, Input, Stop


class ScriptedMachine:
    """Answers each input by `react` and remembers it. `due` is the deadline; a Tick clears it."""

    def __init__(self, react: Callable[[Input], Sequence[Effect]] = lambda item: ()) -> None:
        self.react = react
        self.inputs: list[Input] = []
        self.times: list[Now] = []
        self.due: float | None = None
        self._changed = anyio.Event()

    def handle(self, item: Input, now: Now) -> list[Effect]:
        self.inputs.append(item)
        self.times.append(now)
        if self.due is not None and now.mono >= self.due and type(item).__name__ == "Tick":
            self.due = None
        effects = list(self.react(item))
        self._changed.set()
        return effects

    def deadline(self) -> float | None:
        return self.due

    def names(self) -> list[str]:
        """The kinds of what came before the end."""
        return [type(each).__name__ for each in self.inputs if not isinstance(each, Stop)]

    async def has(self, *names: str) -> None:
        """Wait until inputs of these kinds have come, as often as they are named."""
        with anyio.fail_after(5):
            while any(self.names().count(name) < names.count(name) for name in names):
                self._changed = anyio.Event()
                await self._changed.wait()
