"""What has to be right before anybody is served: settings, address, venue. Each refusal says what to do."""

import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from math import ceil

import structlog
from msgspec import structs

from sansio_exchange.commands import Credentials
from sansio_exchange.errors import (
    AuthenticationFailed,
    ClockSkew,
    ExchangeError,
    InvalidRequest,
    NotConnected,
    PermissionDenied,
    RateLimited,
    UnexpectedReply,
)
from sansio_exchange.simulation.venues import DEMO, make_local_venue
from sansio_exchange.venue import Endpoints, Venue
from sansio_exchange.venues import NETWORKS, make_venue
from service.auth import is_loopback
from service.local_venue import local_venue
from service.settings import Settings

SIM = "sim"
SIM_SPEAKS = "binance"
"""Whose wire format the built-in local venue has."""

_log = structlog.get_logger("service.startup")


class CannotServe(Exception):
    """Why the service did not start: one line that says what to do."""


@dataclass(frozen=True)
class Reached:
    """A venue to connect to. `network` and `endpoints` are what it was made of; `is_new` one was made just now, and
    nobody has traded on it."""

    venue: Venue
    credentials: Credentials
    network: str
    endpoints: Endpoints
    is_new: bool


def check(settings: Settings) -> None:
    """Raises CannotServe where the service would not start with `settings`, as far as nobody need be asked."""
    if not is_loopback(settings.host) and not settings.auth_token.get_secret_value():
        raise CannotServe(
            f"HOST={settings.host} can be reached from other machines and whoever reaches it can trade: "
            "set AUTH_TOKEN, or HOST=127.0.0.1"
        )
    if settings.exchange != SIM:
        if settings.exchange not in NETWORKS:
            known = ", ".join(sorted([*NETWORKS, SIM]))
            raise CannotServe(f"EXCHANGE: {settings.exchange!r} is not one of {known}")
        for name, value in (("API_KEY", settings.api_key), ("API_SECRET", settings.api_secret)):
            if not value.get_secret_value():
                raise CannotServe(f"{name} is needed for EXCHANGE={settings.exchange}; EXCHANGE=sim needs no account")


def bind(host: str, port: int) -> socket.socket:
    """The address, taken but not listening yet: nobody can connect before the venue is live."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter for what cannot be a name at all
        why = error.strerror if isinstance(error, OSError) else "not a host name"
        raise CannotServe(f"HOST={host} cannot be resolved: {why}") from None
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise CannotServe(
            f"cannot listen on {host}:{port}: {error.strerror}. Is another connector running? Set PORT to a free one"
        ) from None
    return listening


@asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[Reached]:
    """The venue that `settings` name; for `sim` a local one runs meanwhile. Raises CannotServe for an unknown one."""
    async with AsyncExitStack() as stack:
        name, network, roots, credentials = (
            settings.exchange,
            settings.network,
            settings.endpoints,
            settings.credentials,
        )
        if name == SIM:
            seed = secrets.randbits(32)
            machine = make_local_venue(SIM_SPEAKS, seed=seed, start_ms=time.time_ns() // 1_000_000)
            local = await stack.enter_async_context(local_venue(machine, "127.0.0.1", 0))
            _log.info("local venue", speaks=SIM_SPEAKS, seed=seed, rest=local.rest)
            name, network, roots = SIM_SPEAKS, "testnet", structs.asdict(local)
            credentials = Credentials(DEMO, DEMO, DEMO)
        try:
            venue = make_venue(name, network=network, endpoints=roots)
        except InvalidRequest as error:
            raise CannotServe(f"{error.field.upper()}: {error.rule}") from None
        endpoints = structs.replace(NETWORKS[name][network], **roots)
        yield Reached(venue, credentials, network, endpoints, is_new=settings.exchange == SIM)


def why_not(error: ExchangeError, settings: Settings) -> str:
    """What to tell and advise when the session did not come to life."""
    hint = ""
    match error:
        case AuthenticationFailed():
            hint = ". Check API_KEY, API_SECRET and API_PASSPHRASE, and that NETWORK is the one the key is for"
        case PermissionDenied():
            hint = ". Check the key's permissions (futures trading) and its list of addresses at the venue"
        case ClockSkew():
            hint = ". Set this machine's clock"
        case NotConnected():
            hint = ". Check the network, proxies, and EXCHANGE_REST_URL and EXCHANGE_WS_URL if they are set"
        case UnexpectedReply():
            hint = (
                ". Check proxies, and EXCHANGE_REST_URL if it is set: something else than the venue may have answered"
            )
        case RateLimited() if error.retry_after:
            hint = f". Try again in {ceil(error.retry_after)} s"
    return f"{settings.exchange} cannot be served: {error.message}{hint}"
