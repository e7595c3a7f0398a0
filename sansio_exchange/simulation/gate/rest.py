"""REST: from a request as it came to a response."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

import msgspec

from sansio_exchange.simulation.gate.call import Answer, Call
from sansio_exchange.simulation.gate.errors import Refused, malformed_body, wrong
from sansio_exchange.simulation.gate.listing import is_decimal
from sansio_exchange.simulation.gate.parameters import Parameters, from_json
from sansio_exchange.simulation.gate.rate_limits import RateLimiter
from sansio_exchange.simulation.gate.routes import NAMED, Body, Route
from sansio_exchange.simulation.gate.signatures import Signatures
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse

_encode = msgspec.json.Encoder().encode
_one = msgspec.json.Decoder(dict[str, msgspec.Raw])
_many = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_texts = msgspec.json.Decoder(list[str])


class Rest:
    """Checks path, key, time, signature and limits, in this order; then has a request carried out."""

    def __init__(self, routes: dict[tuple[str, str], Route], signatures: Signatures, limiter: RateLimiter) -> None:
        self._routes = routes
        self._paths = {path for _, path in routes}
        self._signatures = signatures
        self._limiter = limiter

    def answer(self, request: HttpRequest, now_ms: int) -> HttpResponse:
        headers = {
            "Content-Type": "application/json",
            "X-In-Time": str(now_ms * 1000),
            "X-Out-Time": str(now_ms * 1000),
        }
        try:
            answer = self._carry_out(request, now_ms, headers)
        except Refused as refused:
            answer = Answer(refused.body(), refused.status)
        return HttpResponse(request.request_id, answer.status, headers | dict(answer.headers), _encode(answer.body))

    def _carry_out(self, request: HttpRequest, now_ms: int, told: dict[str, str]) -> Answer:
        route, target = self._route(request)
        account = self._signatures.check_request(request, now_ms) if route.is_private else ""
        call = _call(request, route, target, account, now_ms)
        try:
            self._limiter.spend(route.rule, account, max(1, len(call.rows)), now_ms)
        finally:
            left = self._limiter.left(route.rule, account, now_ms)
            told["X-Gate-RateLimit-Requests-Remain"] = str(left.remain)
            told["X-Gate-RateLimit-Limit"] = str(left.limit)
            told["X-Gate-RateLimit-Reset-Timestamp"] = str(left.reset_ms // 1000)
        return route.handler(call)

    def _route(self, request: HttpRequest) -> tuple[Route, str]:
        """The route, and what its path names."""
        named, target = _patterns(request.path)
        for path, name in ((request.path, ""), *((each, target[each]) for each in named)):
            route = self._routes.get((request.method, path))
            if route is not None:
                return route, name
        if any(path in self._paths for path in (request.path, *named)):
            raise Refused("METHOD_NOT_ALLOWED", "Request method is not allowed", status=405)
        raise Refused("NOT_FOUND", "Request URL not exists", status=404)


def _patterns(path: str) -> tuple[list[str], dict[str, str]]:
    """The forms of a path with its last or last but one part taken for a name, and those names."""
    parts = path.split("/")
    targets: dict[str, str] = {}
    for place in (-1, -2):
        if len(parts) + place > 0:
            form = [*parts]
            form[place] = NAMED
            targets["/".join(form)] = unquote(parts[place])
    return list(targets), targets


def _call(request: HttpRequest, route: Route, target: str, account: str, now_ms: int) -> Call:
    params = Parameters(dict(parse_qsl(request.query, keep_blank_values=True)))
    headers = request.headers
    rows: tuple[Parameters, ...] = ()
    ids: tuple[str, ...] = ()
    try:
        match route.body:
            case Body.ROW:
                rows = (from_json(_one.decode(request.body)),)
            case Body.ROWS:
                rows = tuple(from_json(each) for each in _many.decode(request.body))
            case Body.IDS:
                ids = tuple(_texts.decode(request.body))
            case Body.NOTHING:
                pass
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise malformed_body() from None
    return Call(params, account, now_ms, target, rows, ids, _deadline(headers), is_decimal(headers))


def _deadline(headers: Mapping[str, str]) -> int:
    """The request's x-gate-exptime in milliseconds, 0 where it has none."""
    text = headers.get("x-gate-exptime", "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise wrong("x-gate-exptime", text)
    return int(text)
