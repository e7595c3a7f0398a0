"""Order entry on the private socket: placing and cancelling one order, as REST does it.

Source: Bitget API, "Place Order Channel" and "Cancel Order Channel" (bitget.com/api-doc/contract/websocket/private),
of November 2025. Bitget gives access on application; here everybody has it. How often it may be used is not found
in documentation: it counts with the REST endpoint of the same purpose. What is refused there has the codes of
"Error Code" / "WebSocket", of September 2026, where they have words of their own for it.
"""

import re
from collections.abc import Callable, Mapping

import msgspec

from sansio_exchange.simulation.bitget.call import Call
from sansio_exchange.simulation.bitget.errors import Refused, unreadable, wrong
from sansio_exchange.simulation.bitget.parameters import PRODUCT_TYPE, Parameters, from_json
from sansio_exchange.simulation.bitget.rate_limits import RateLimiter
from sansio_exchange.simulation.bitget.routes import CANCEL, PLACE

_identifier = re.compile(r"[0-9A-Za-z_:#\-+\s]{1,40}")
CODES = {
    "22001": 25204,
    "22002": 25227,
    "40019": 40017,
    "40020": 40017,
    "40402": 40017,
    "40762": 25203,
    "40768": 25204,
    "40786": 25212,
    "40805": 25002,
    "40808": 25610,
    "40815": 25206,
    "40816": 25205,
    "40924": 40017,
    "45110": 25611,
    "45111": 25611,
    "45112": 25208,
    "45115": 25244,
    "45118": 25211,
}
"""What REST calls so, the socket calls otherwise."""
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

Message = dict[str, object]


class SocketApi:
    """Answers operations; it keeps nothing about the socket that they come from."""

    def __init__(
        self,
        place: Callable[[Call], dict[str, object]],
        cancel: Callable[[Call], dict[str, object]],
        limiter: RateLimiter,
    ) -> None:
        self._operations = {"place-order": (PLACE, place), "cancel-order": (CANCEL, cancel)}
        self._limiter = limiter

    def answer(self, arg: Mapping[str, msgspec.Raw], account: str, now_ms: int) -> Message:
        """`arg` is the one object among a frame's args. Raises Refused where it names no operation at all."""
        named = from_json(arg)
        operation = self._operations.get(named.optional("channel"))
        if operation is None:
            raise Refused(30001, f"channel:{named.optional('channel')[:60]} doesn't exist")
        names: Message = {name: named.optional(name) for name in ("id", "instType", "channel", "instId")}
        path, carry_out = operation
        given = Parameters({})
        try:
            given = _params(arg)
            if not _identifier.fullmatch(named.optional("id")):
                raise wrong("id")
            self._limiter.spend(path, self._limiter.limits.orders, account, now_ms)
            product = {"symbol": named.text("instId"), "productType": _product(named)}
            done = carry_out(Call(given.joined(Parameters(product)), account, now_ms))
        except Refused as refused:
            params = {name: given.optional(name) for name in ("orderId", "clientOid")}
            return {
                "event": "error",
                "arg": [names | {"params": params}],
                "code": CODES.get(refused.code, int(refused.code)),
                "msg": refused.message,
            }
        return {"event": "trade", "arg": [names | {"params": done}], "code": 0, "msg": "Success"}


def _params(arg: Mapping[str, msgspec.Raw]) -> Parameters:
    try:
        return from_json(_members(arg.get("params", msgspec.Raw(b"{}"))))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise unreadable() from None


def _product(named: Parameters) -> str:
    product = named.text("instType")
    if product != PRODUCT_TYPE:
        raise wrong("instType")
    return product
