"""Who may call: anyone on the loopback address, elsewhere who knows the token."""

import hmac
import ipaddress
from collections.abc import Iterable

from grpclib.const import Status
from multidict import MultiDict

from service.exchange_service import NAME
from service.status import refusal

PUBLIC = frozenset({f"/{NAME}/GetName", f"/{NAME}/GetType"})
PUBLIC_SERVICES = ("/grpc.health.v1.Health/", "/grpc.reflection.")


class Auth:
    """`token` is the shared secret; "" lets everyone in."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def check(self, method: str, metadata: MultiDict[str | bytes]) -> None:
        """Raises GRPCError UNAUTHENTICATED where `method` needs the token and `metadata` does not carry it."""
        if not self._token or method in PUBLIC or method.startswith(PUBLIC_SERVICES):
            return
        given = list(_tokens(metadata))
        if not given:
            message = "a token is required: send metadata 'authorization: Bearer TOKEN' or 'x-api-key: TOKEN'"
            raise refusal(Status.UNAUTHENTICATED, "TOKEN_MISSING", message)
        if not any(hmac.compare_digest(each, self._token) for each in given):
            raise refusal(Status.UNAUTHENTICATED, "TOKEN_WRONG", "the token is not the right one")


def _tokens(metadata: MultiDict[str | bytes]) -> Iterable[bytes]:
    for value in metadata.getall("authorization", []):
        scheme, _, token = str(value).partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            yield token.strip().encode()
    for value in metadata.getall("x-api-key", []):
        yield str(value).encode()


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach `host`. A name other than localhost is taken for reachable."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
