"""REST: from a request as it came to a response."""

from urllib.parse import parse_qsl

import msgspec

from sansio_exchange.simulation.binance.call import Call
from sansio_exchange.simulation.binance.errors import Refused, missing
from sansio_exchange.simulation.binance.parameters import Parameters
from sansio_exchange.simulation.binance.rate_limits import RateLimiter
from sansio_exchange.simulation.binance.routes import Access, Route
from sansio_exchange.simulation.binance.signatures import Signatures, check_timing, without_signature
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse

SIGNING = frozenset({"timestamp", "recvWindow"})
_encode = msgspec.json.Encoder().encode


class Rest:
    """Checks limits, path, key, time, signature and parameter names, in this order; then has a request carried out."""

    def __init__(self, routes: dict[tuple[str, str], Route], signatures: Signatures, limiter: RateLimiter) -> None:
        self._routes = routes
        self._signatures = signatures
        self._limiter = limiter

    def answer(self, request: HttpRequest, now_ms: int) -> HttpResponse:
        headers = {"Content-Type": "application/json"}
        try:
            body = self._carry_out(request, now_ms, headers)
            status = 200
        except Refused as refused:
            body, status = refused.row(), refused.status
            if refused.retry_after:
                headers["Retry-After"] = str(refused.retry_after)
        headers |= self._limiter.weight_headers(now_ms)
        return HttpResponse(request.request_id, status, headers, _encode(body))

    def _carry_out(self, request: HttpRequest, now_ms: int, headers: dict[str, str]) -> object:
        route = self._routes.get((request.method, request.path))
        if route is None:
            self._limiter.spend(1, now_ms)
            raise Refused(-5000, f"Path {request.path[:100]}, Method {request.method[:10]} is invalid", status=404)
        query, form, signature = _split(request)
        params = _merge(query, form)
        self._limiter.spend(route.weight(params), now_ms)
        account = ""
        if route.access is not Access.PUBLIC:
            account = self._signatures.check_key(request.headers.get("x-mbx-apikey", ""))
        if route.places:
            headers |= self._limiter.order_headers(account, now_ms)
        if route.access is Access.SIGNED:
            if not signature:
                raise missing("signature")
            check_timing(params, now_ms)
            self._signatures.check_signature(account, query + form, signature)
        check_names(params, route)
        try:
            return route.handler(Call(params, account, now_ms))
        finally:
            if route.places:
                headers |= self._limiter.order_headers(account, now_ms)


def check_names(params: Parameters, route: Route) -> None:
    """Raises Refused (-1104) for a parameter that the call does not read: a typing error must not trade."""
    unread = set(params.names()) - route.params - (SIGNING if route.access is Access.SIGNED else frozenset())
    if unread:
        raise Refused(
            -1104,
            f"Not all sent parameters were read; read '{len(params) - len(unread)}' parameter(s) "
            f"but was sent '{len(params)}'.",
        )


def _split(request: HttpRequest) -> tuple[str, str, str]:
    """Query and form as sent, but for the signature, and the signature."""
    query, signature = without_signature(request.query)
    try:
        form, form_signature = without_signature(request.body.decode())
    except UnicodeDecodeError:
        raise Refused(-1100, "Illegal characters found in a parameter.") from None
    return query, form, signature or form_signature


def _merge(query: str, form: str) -> Parameters:
    """Both ways of sending are read; what is sent both ways counts as in the query."""
    values: dict[str, str] = {}
    for text in (form, query):
        pairs = parse_qsl(text, keep_blank_values=True)
        found = dict(pairs)
        if len(found) < len(pairs):
            raise Refused(-1101, "Duplicate values for a parameter detected.")
        values |= found
    return Parameters(values)
