"""REST: from a request as it came to a response."""

from urllib.parse import parse_qsl

import msgspec

from sansio_exchange.simulation.bybit.call import Answer, Call
from sansio_exchange.simulation.bybit.errors import Refused, too_many_requests, wrong
from sansio_exchange.simulation.bybit.parameters import Parameters, from_json
from sansio_exchange.simulation.bybit.rate_limits import Quota, RateLimiter
from sansio_exchange.simulation.bybit.routes import Route
from sansio_exchange.simulation.bybit.signatures import Signatures
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse

_encode = msgspec.json.Encoder().encode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_rows = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


class Rest:
    """Checks address, path, key, time, signature and limits, in this order; then has a request carried out."""

    def __init__(self, routes: dict[tuple[str, str], Route], signatures: Signatures, limiter: RateLimiter) -> None:
        self._routes = routes
        self._signatures = signatures
        self._limiter = limiter

    def answer(self, request: HttpRequest, now_ms: int) -> HttpResponse:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        code, message, status, answer = 0, "OK", 200, Answer({})
        try:
            answer = self._carry_out(request, headers, now_ms)
        except Refused as refused:
            code, message, status = refused.code, refused.message, refused.status
        body = {
            "retCode": code,
            "retMsg": message,
            "result": answer.result,
            "retExtInfo": answer.extra,
            "time": now_ms,
        }
        return HttpResponse(request.request_id, status, headers, _encode(body))

    def _carry_out(self, request: HttpRequest, headers: dict[str, str], now_ms: int) -> Answer:
        if not self._limiter.admits(now_ms):
            raise Refused(10018, "access too frequent", status=403)
        route = self._routes.get((request.method, request.path))
        if route is None:
            raise Refused(10017, "Route not found.", status=404)
        account = self._signatures.check_request(request, now_ms) if route.is_private else ""
        if request.method == "GET":
            params, rows = Parameters(dict(parse_qsl(request.query, keep_blank_values=True))), None
        else:
            params, rows = read_body(request.body)
        quota = spend(self._limiter, route, account, rows, now_ms)
        if quota is not None:
            headers |= quota.headers()
            if not quota.granted:
                raise too_many_requests()
        return route.handler(Call(params, account, now_ms, rows or (), quota.granted if quota else 0))


def read_body(body: bytes) -> tuple[Parameters, tuple[Parameters, ...] | None]:
    """The members of a body, and the orders in its request member where it has one. Raises Refused (10001)."""
    try:
        members = _members.decode(body)
        request = members.pop("request", None)
        rows = None if request is None else tuple(from_json(each) for each in _rows.decode(request))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise wrong("JSON invalid") from None
    return from_json(members), rows


def spend(
    limiter: RateLimiter, route: Route, account: str, rows: tuple[Parameters, ...] | None, now_ms: int
) -> Quota | None:
    """Count a request, a batch as many times as it has orders. None where the route has no limit."""
    if route.rule is None:
        return None
    return limiter.spend(route.rule, account, 1 if rows is None else max(1, len(rows)), now_ms)
