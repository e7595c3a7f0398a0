"""Order entry on the private socket: the same calls as REST, instruments named by instIdCode.

Source: OKX API guide, "Order Book Trading" / "Trade" (WS Place order and its siblings), read in November 2026; change
log, "Delist instId request parameter in WS order operation channels", 2026: instId is ignored there since March 2026.
"""

from collections.abc import Callable, Sequence

from sansio_exchange.simulation.okx.call import Answer, Call
from sansio_exchange.simulation.okx.errors import Refused
from sansio_exchange.simulation.okx.parameters import Parameters

OPERATIONS = frozenset(
    {"order", "batch-orders", "amend-order", "batch-amend-orders", "cancel-order", "batch-cancel-orders"}
)


class SocketApi:
    """Answers operations; it keeps nothing about the socket that they come from."""

    def __init__(self, routes: dict[str, Callable[[Call], Answer]]) -> None:
        self._routes = routes

    def answer(
        self, op: str, number: str | int | None, rows: Sequence[Parameters], expires: str, account: str, now_ms: int
    ) -> dict[str, object]:
        try:
            if number is None:
                raise Refused(60012, "Invalid request: id is missing")
            if not rows or (len(rows) > 1 and not op.startswith("batch-")):
                raise Refused(60013, "Invalid args")
            if expires and not (expires.isascii() and expires.isdigit() and len(expires) < 20):
                raise Refused(60013, "Invalid args")
            call = Call(Parameters({}), account, now_ms, tuple(rows), int(expires or 0), by_code=True)
            answer = self._routes[op](call)
        except Refused as refused:
            answer = Answer([], refused.code, refused.message)
        return {
            "id": str(number or ""),
            "op": op,
            "data": answer.data,
            "code": answer.code,
            "msg": answer.msg,
            "inTime": f"{now_ms}000",
            "outTime": f"{now_ms}000",
        }
