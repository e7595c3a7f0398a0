"""Watches a connector as a venue would: who was told to wait asks nothing meanwhile."""

from sansio_exchange.clock import Now
from sansio_exchange.machine import Effect, HttpReply, Input, OpenWs, SendHttp, SendText, WsClosed
from sansio_exchange.session import Connector
from sansio_exchange.statuses import TOO_MANY
from tests.simulation.witness import Wrong


class Mannered:
    """`connector`, watched: a refusal that says for how long means everything, also that of a handshake."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._quiet_until = 0.0

    def handle(self, item: Input, now: Now) -> list[Effect]:
        self._quiet_until = max(self._quiet_until, now.mono + _wait(item))
        effects = self._connector.handle(item, now)
        if now.mono < self._quiet_until:
            for effect in effects:
                if _asks(effect):
                    raise Wrong(f"asked before {self._quiet_until}, though the venue had refused: {effect}")
        return effects

    def deadline(self) -> float | None:
        return self._connector.deadline()


def _wait(item: Input) -> float:
    """For how many seconds this says that nothing may be asked."""
    match item:
        case HttpReply() if item.status in TOO_MANY:
            return float(item.headers.get("retry-after", 0))
        case WsClosed() if item.status in TOO_MANY:
            return item.retry_after or 0.0
        case _:
            return 0.0


def _asks(effect: Effect) -> bool:
    """Pings ask for nothing."""
    return isinstance(effect, SendHttp | OpenWs) or (isinstance(effect, SendText) and "ping" not in effect.text)
