"""Watches a connector as a venue would: who was told to wait asks nothing meanwhile."""

from sansio_exchange.clock import Now
from sansio_exchange.machine import Effect, HttpReply, Input, SendHttp
from sansio_exchange.session import Connector
from tests.simulation.witness import Wrong

REFUSALS = (429, 418)


class Mannered:
    """`connector`, watched. `stops_for_all`: on that venue a refusal for the rate means every request."""

    def __init__(self, connector: Connector, *, stops_for_all: bool) -> None:
        self._connector = connector
        self._stops_for_all = stops_for_all
        self._quiet_until = 0.0

    def handle(self, item: Input, now: Now) -> list[Effect]:
        if self._stops_for_all and isinstance(item, HttpReply) and item.status in REFUSALS:
            self._quiet_until = max(self._quiet_until, now.mono + float(item.headers.get("retry-after", 0)))
        effects = self._connector.handle(item, now)
        if now.mono < self._quiet_until:
            for effect in effects:
                if isinstance(effect, SendHttp):
                    raise Wrong(f"asked before {self._quiet_until}, though the venue had refused: {effect.url}")
        return effects

    def deadline(self) -> float | None:
        return self._connector.deadline()
