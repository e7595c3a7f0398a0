"""What has to be right before anybody is served: connector_prevention_strategies 1 (loopback check)."""

import socket

import pytest
from pydantic import SecretStr

from sansio_exchange.errors import (
    AuthenticationFailed,
    ClockSkew,
    ExchangeError,
    NotConnected,
    PermissionDenied,
    RateLimited,
    UnexpectedReply,
    VenueUnavailable,
)
from service.settings import Settings
from service.startup import CannotServe, bind, check, reached, why_not


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "connector"])  # noqa: S104
def test_an_address_beyond_loopback_needs_a_token(host: str) -> None:
    with pytest.raises(CannotServe, match=f"HOST={host} can be reached from other machines .* set AUTH_TOKEN"):
        check(Settings(host=host))
    check(Settings(host=host, auth_token=SecretStr("t")))


def test_on_loopback_no_token_is_needed() -> None:
    check(Settings())
    check(Settings(host="::1"))


def test_a_real_venue_needs_a_key() -> None:
    with pytest.raises(CannotServe, match="API_KEY is needed for EXCHANGE=binance"):
        check(Settings(exchange="binance"))
    with pytest.raises(CannotServe, match="API_SECRET is needed"):
        check(Settings(exchange="binance", api_key=SecretStr("k")))
    check(Settings(exchange="binance", api_key=SecretStr("k"), api_secret=SecretStr("s")))


def test_an_exchange_that_there_is_not_is_told_before_a_key_is_asked_for() -> None:
    with pytest.raises(CannotServe, match=r"^EXCHANGE: 'kraken' is not one of .*binance.*, sim$"):
        check(Settings(exchange="kraken"))


@pytest.mark.parametrize("host", ["nonesuch.invalid", "x" * 70])
def test_a_host_that_cannot_be_resolved_is_said(host: str) -> None:
    with pytest.raises(CannotServe, match=f"HOST={host} cannot be resolved: "):
        bind(host, 0)


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotServe, match=f"cannot listen on 127.0.0.1:{port}: Address already in use.*Set PORT"):
            bind("127.0.0.1", port)


def test_an_address_that_does_not_exist_is_said() -> None:
    with pytest.raises(CannotServe, match=r"cannot listen on 192\.0\.2\.1:50051"):
        bind("192.0.2.1", 50051)


def test_a_bound_address_is_not_open_yet() -> None:
    with bind("localhost", 0) as bound, pytest.raises(ConnectionRefusedError):
        socket.create_connection(bound.getsockname(), timeout=1)


@pytest.mark.anyio
async def test_an_unknown_exchange_is_named_with_those_that_there_are() -> None:
    with pytest.raises(CannotServe, match=r"EXCHANGE: 'mtgox' is not one of .*binance"):
        async with reached(Settings(exchange="mtgox")):
            pass


@pytest.mark.anyio
async def test_a_venue_is_reached_where_the_settings_say() -> None:
    settings = Settings(exchange="binance", network="testnet", exchange_rest_url="http://127.0.0.1:9")
    async with reached(settings) as there:
        assert there.venue.name == "binance"
        assert there.endpoints.rest == "http://127.0.0.1:9"
        assert there.endpoints.private.startswith("wss://")


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (AuthenticationFailed("key refused"), "key refused. Check API_KEY"),
        (PermissionDenied("no futures"), "no futures. Check the key's permissions"),
        (ClockSkew("one hour off"), "one hour off. Set this machine's clock"),
        (NotConnected("refused"), "refused. Check the network"),
        (VenueUnavailable("maintenance"), "maintenance"),
        (UnexpectedReply("time: a web page"), "time: a web page. Check proxies, and EXCHANGE_REST_URL"),
        (RateLimited("banned", retry_after=119.2), "banned. Try again in 120 s"),
    ],
)
def test_each_failure_comes_with_advice(error: ExchangeError, advice: str) -> None:
    assert why_not(error, Settings(exchange="binance")).startswith(f"binance cannot be served: {advice}")
