"""REST: from a request as it came to a response."""

from urllib.parse import parse_qsl

import msgspec

from sansio_exchange.simulation.bitget.call import Call
from sansio_exchange.simulation.bitget.errors import Refused, unreadable
from sansio_exchange.simulation.bitget.parameters import Parameters, from_json
from sansio_exchange.simulation.bitget.rate_limits import RateLimiter
from sansio_exchange.simulation.bitget.routes import Route
from sansio_exchange.simulation.bitget.signatures import Signatures
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse

_encode = msgspec.json.Encoder(decimal_format="number").encode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Rest:
    """Checks path, key, time, signature and limits, in this order; then has a request carried out."""

    def __init__(self, routes: dict[tuple[str, str], Route], signatures: Signatures, limiter: RateLimiter) -> None:
        self._routes = routes
        self._paths = {path for _, path in routes}
        self._signatures = signatures
        self._limiter = limiter

    def answer(self, request: HttpRequest, now_ms: int) -> HttpResponse:
        headers = {"Content-Type": "application/json"}
        body: dict[str, object]
        try:
            data = self._carry_out(request, now_ms, headers)
            status, body = 200, {"code": "00000", "msg": "success", "requestTime": now_ms, "data": data}
        except Refused as refused:
            status = refused.status
            body = {"code": refused.code, "msg": refused.message, "requestTime": now_ms, "data": None}
        return HttpResponse(request.request_id, status, headers, _encode(body))

    def _carry_out(self, request: HttpRequest, now_ms: int, headers: dict[str, str]) -> object:
        self._limiter.admit(now_ms)
        route = self._routes.get((request.method, request.path))
        if route is None:
            if request.path in self._paths:
                raise Refused(405, "The HTTP Method is not supported", status=405)
            raise Refused(40404, "Request URL NOT FOUND", status=404)
        account = self._signatures.check_request(request, now_ms) if route.is_private else ""
        left = self._limiter.spend(request.path, route.most, account, now_ms)
        headers["x-mbx-used-remain-limit"] = str(left)
        params = _body(request) if request.method == "POST" else _query(request.query)
        return route.handler(Call(params, account, now_ms))


def _query(text: str) -> Parameters:
    return Parameters(dict(parse_qsl(text, keep_blank_values=True)))


def _body(request: HttpRequest) -> Parameters:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refused(40007, "Invalid Content_Type", status=400)
    try:
        return from_json(_members(request.body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise unreadable() from None
