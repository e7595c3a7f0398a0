"""REST: from a request as it came to a response."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

from sansio_exchange.simulation.okx.call import Answer, Call
from sansio_exchange.simulation.okx.errors import Refused, wrong
from sansio_exchange.simulation.okx.parameters import Parameters, from_json
from sansio_exchange.simulation.okx.rate_limits import RateLimiter
from sansio_exchange.simulation.okx.routes import Route
from sansio_exchange.simulation.okx.signatures import Signatures
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse

BATCHES = "batch"
_encode = msgspec.json.Encoder().encode
_one = msgspec.json.Decoder(dict[str, msgspec.Raw])
_many = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


class Rest:
    """Checks path, key, time, signature and limits, in this order; then has a request carried out."""

    def __init__(self, routes: dict[tuple[str, str], Route], signatures: Signatures, limiter: RateLimiter) -> None:
        self._routes = routes
        self._paths = {path for _, path in routes}
        self._signatures = signatures
        self._limiter = limiter

    def answer(self, request: HttpRequest, now_ms: int) -> HttpResponse:
        route = self._routes.get((request.method, request.path))
        status = 200
        try:
            answer = self._carry_out(request, route, now_ms)
        except Refused as refused:
            answer, status = Answer([], refused.code, refused.message), refused.status
        body: dict[str, object] = {"code": answer.code, "msg": answer.msg, "data": answer.data}
        if route is not None and route.acts_on_orders:
            body |= {"inTime": f"{now_ms}000", "outTime": f"{now_ms}000"}
        return HttpResponse(request.request_id, status, {"Content-Type": "application/json"}, _encode(body))

    def _carry_out(self, request: HttpRequest, route: Route | None, now_ms: int) -> Answer:
        if route is None:
            if request.path in self._paths:
                raise Refused(50115, "Invalid request method.", status=405)
            raise Refused(404, f"Invalid URL: {request.path[:100]}", status=404)
        account = self._signatures.check_request(request, now_ms) if route.is_private else ""
        params = _query(request.query)
        if route.rule is not None:
            value = params.optional(route.rule.by)[:40] if route.rule.by else ""
            self._limiter.spend(request.path, route.rule, account, value, now_ms)
        if request.method == "GET":
            return route.handler(Call(params, account, now_ms))
        rows = _rows(request, is_batch=BATCHES in request.path)
        return route.handler(Call(params, account, now_ms, rows, _deadline(request.headers)))


def _query(text: str) -> Parameters:
    return Parameters(dict(parse_qsl(text, keep_blank_values=True)))


def _rows(request: HttpRequest, *, is_batch: bool) -> tuple[Parameters, ...]:
    """The objects in a body: one, or those of a batch."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refused(50006, 'Invalid Content-Type. Please use "application/JSON".', status=400)
    if not request.body:
        raise Refused(50000, "Body for POST request cannot be empty.", status=400)
    try:
        if is_batch:
            return tuple(from_json(each) for each in _many.decode(request.body))
        return (from_json(_one.decode(request.body)),)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(50002, "JSON syntax error", status=400) from None


def _deadline(headers: Mapping[str, str]) -> int:
    """The request's expTime in milliseconds, 0 where it has none."""
    text = headers.get("exptime", "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise wrong("expTime")
    return int(text)
