"""The order-entry socket: requests and replies over /ws-fapi/v1.

Source: developers.binance.com, USDⓈ-M Futures, "WebSocket API General Info", read in November 2025.
"""

import msgspec

from sansio_exchange.simulation.binance.call import Call
from sansio_exchange.simulation.binance.errors import Refused, missing
from sansio_exchange.simulation.binance.parameters import Parameters, from_json
from sansio_exchange.simulation.binance.rate_limits import RateLimiter
from sansio_exchange.simulation.binance.rest import check_names
from sansio_exchange.simulation.binance.routes import Access, Route
from sansio_exchange.simulation.binance.signatures import Signatures, check_timing

PATH = "/ws-fapi/v1"
SESSION_METHODS = frozenset({"session.logon", "session.status", "session.logout"})
_encode = msgspec.json.Encoder().encode


class _Request(msgspec.Struct):
    id: int | str | None = None
    method: str = ""
    params: dict[str, msgspec.Raw] = {}


_decode = msgspec.json.Decoder(_Request).decode


class SocketApi:
    """Answers requests; it keeps nothing about the socket that they come from."""

    def __init__(self, routes: dict[str, Route], signatures: Signatures, limiter: RateLimiter) -> None:
        self._routes = routes
        self._signatures = signatures
        self._limiter = limiter

    def answer(self, data: bytes, now_ms: int, *, with_limits: bool = True) -> bytes:
        try:
            request = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            refused = Refused(-1135, "Invalid JSON Request")
            return _encode({"id": None, "status": 400, "error": refused.row()})
        reply: dict[str, object] = {"id": request.id}
        account, places = "", False
        try:
            route = self._routes.get(request.method)
            if route is None:
                raise _unknown(request.method)
            places = route.places
            params = from_json(request.params)
            with_limits = with_limits and params.optional("returnRateLimits", "true") == "true"
            self._limiter.spend(route.weight(params), now_ms)
            account, params = self._check(route, params, now_ms)
            reply["status"] = 200
            reply["result"] = route.handler(Call(params, account, now_ms))
        except Refused as refused:
            reply["status"] = refused.status
            reply["error"] = refused.row()
            if refused.retry_after:
                until = now_ms + refused.retry_after * 1000
                reply["error"] = refused.row() | {"data": {"serverTime": now_ms, "retryAfter": until}}
        if with_limits:
            is_order = places and account
            rows = self._limiter.order_rows(account, now_ms) if is_order else self._limiter.weight_rows(now_ms)
            reply["rateLimits"] = rows
        return _encode(reply)

    def _check(self, route: Route, params: Parameters, now_ms: int) -> tuple[str, Parameters]:
        """The account that asks, and what is left of the parameters for the call itself."""
        values = {name: params.optional(name) for name in params.names() if name != "returnRateLimits"}
        signature, key = values.pop("signature", ""), values.pop("apiKey", "")
        if route.access is Access.PUBLIC:
            values = {name: value for name, value in values.items() if name in route.params}
            return "", Parameters(values)
        account = self._signatures.check_key(key)
        if route.access is Access.SIGNED:
            if not signature:
                raise missing("signature")
            check_timing(params, now_ms)
            signed = sorted(name for name in params.names() if name != "signature")
            payload = "&".join(f"{name}={params.optional(name)}" for name in signed)
            self._signatures.check_signature(account, payload, signature)
        remaining = Parameters(values)
        check_names(remaining, route)
        return account, remaining


def _unknown(method: str) -> Refused:
    if method in SESSION_METHODS:
        # A session needs an Ed25519 key; this venue has HMAC keys only.
        return Refused(-4056, "HMAC_SHA256 API key is not supported.")
    if not method:
        return missing("method")
    return Refused(-1020, "This operation is not supported.")
