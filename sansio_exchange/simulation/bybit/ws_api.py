"""Order entry on the trade socket: the same calls as REST, with the same limits.

Source: Bybit V5 API, "Websocket Trade Guideline" (docs/v5/websocket/trade/guideline), read in November 2026.
"""

from collections.abc import Mapping

import msgspec

from sansio_exchange.simulation.bybit.call import Answer, Call
from sansio_exchange.simulation.bybit.errors import Refused, too_many_requests, wrong
from sansio_exchange.simulation.bybit.parameters import LINEAR, Parameters
from sansio_exchange.simulation.bybit.rate_limits import RateLimiter
from sansio_exchange.simulation.bybit.rest import read_body, spend
from sansio_exchange.simulation.bybit.routes import Route
from sansio_exchange.simulation.bybit.signatures import DEFAULT_WINDOW_MS, check_time

MAX_REQUEST_ID = 36
_one_object = msgspec.json.Decoder(list[msgspec.Raw])


class SocketApi:
    """Answers operations; it keeps nothing about the socket that they come from."""

    def __init__(self, routes: Mapping[str, Route], limiter: RateLimiter) -> None:
        self._routes = routes
        self._limiter = limiter

    def answer(self, op: str, header: Parameters, args: msgspec.Raw, account: str, now_ms: int) -> dict[str, object]:
        """What stands in a reply beside the request's id and the connection's."""
        limits: dict[str, str] = {}
        code, message, answer = 0, "OK", Answer({})
        try:
            answer = self._carry_out(op, header, args, account, now_ms, limits)
        except Refused as refused:
            code, message = refused.code, refused.message
        return {
            "retCode": code,
            "retMsg": message,
            "op": op,
            "data": answer.result,
            "retExtInfo": answer.extra,
            "header": {"Timenow": str(now_ms), "Traceid": f"{now_ms:032x}", **limits},
        }

    def _carry_out(
        self, op: str, header: Parameters, args: msgspec.Raw, account: str, now_ms: int, limits: dict[str, str]
    ) -> Answer:
        route = self._routes.get(op)
        if route is None:
            raise Refused(10404, "op type is not found")
        window = header.optional("X-BAPI-RECV-WINDOW", DEFAULT_WINDOW_MS)
        check_time(header.text("X-BAPI-TIMESTAMP"), window, now_ms)
        try:
            (item,) = _one_object.decode(args)
        except (msgspec.DecodeError, ValueError):
            raise wrong("args invalid") from None
        params, rows = read_body(bytes(item))
        if params.text("category") != LINEAR:
            raise Refused(10404, "category is not correct/supported")
        quota = spend(self._limiter, route, account, rows, now_ms)
        if quota is not None:
            limits |= quota.headers()
            if not quota.granted:
                raise too_many_requests()
        return route.handler(Call(params, account, now_ms, rows or (), quota.granted if quota else 0))
