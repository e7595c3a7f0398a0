"""Who may call: connector_prevention_strategies 1 (secure by default), grpc_architecture_requirements 7.2."""

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from grpclib.health.v1.health_grpc import HealthStub
from grpclib.health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpclib.reflection.v1.reflection_grpc import ServerReflectionStub
from grpclib.reflection.v1.reflection_pb2 import ServerReflectionRequest
from multidict import MultiDict

from sansio_exchange import commands
from service.auth import Auth, is_loopback
from service.exchange_service import NAME
from service.stubs.opensqt.market_maker import v1
from tests.service.serving import serving

PRIVATE = f"/{NAME}/GetAccount"
TOKEN = "correct-horse"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


@pytest.mark.parametrize(
    "metadata",
    [
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": f"bearer  {TOKEN} "},
        {"x-api-key": TOKEN},
        {"authorization": "Bearer wrong", "x-api-key": TOKEN},
    ],
)
def test_the_token_is_taken_in_either_header(metadata: dict[str, str | bytes]) -> None:
    Auth(TOKEN).check(PRIVATE, MultiDict(metadata))


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"authorization": ""},
        {"authorization": TOKEN},
        {"authorization": "Bearer "},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"x-api-key": ""},
        {"x-api-key": TOKEN[:-1]},
        {"x-api-key": TOKEN.upper()},
    ],
)
def test_without_the_right_token_a_private_call_is_unauthenticated(metadata: dict[str, str | bytes]) -> None:
    with pytest.raises(GRPCError) as caught:
        Auth(TOKEN).check(PRIVATE, MultiDict(metadata))
    assert caught.value.status is Status.UNAUTHENTICATED
    assert TOKEN not in (caught.value.message or "")


@pytest.mark.parametrize(
    "method",
    [
        f"/{NAME}/GetName",
        f"/{NAME}/GetType",
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ],
)
def test_what_tells_nothing_private_needs_no_token(method: str) -> None:
    Auth(TOKEN).check(method, MultiDict())


def test_without_a_token_of_its_own_the_server_lets_everyone_in() -> None:
    Auth("").check(PRIVATE, MultiDict())


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - the address that must be told apart
        ("::", False),
        ("192.168.1.5", False),
        ("connector.internal", False),
        ("", False),
    ],
)
def test_which_addresses_only_this_machine_can_reach(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.anyio
async def test_every_private_method_is_guarded_on_the_wire() -> None:
    async with serving(token=TOKEN) as served:
        for path, handler in served.listener._mapping.items():
            if not path.startswith(f"/{NAME}/") or path.endswith(("/GetName", "/GetType")):
                continue
            async with served.channel.request(
                path, handler.cardinality, handler.request_type, handler.reply_type
            ) as stream:
                await stream.send_message(handler.request_type(), end=True)
                with pytest.raises(GRPCError) as caught:
                    await stream.recv_initial_metadata()
            assert caught.value.status is Status.UNAUTHENTICATED, path
        assert served.driver.asked == []


@pytest.mark.anyio
async def test_with_the_token_everything_is_served() -> None:
    async with serving(token=TOKEN) as served:
        served.driver.answers[commands.GetSymbols] = ("BTCUSDT",)
        metadata = {"authorization": f"Bearer {TOKEN}"}
        said = await served.stub.get_symbols(v1.GetSymbolsRequest(), metadata=metadata)
        assert said.symbols == ["BTCUSDT"]
        assert (await served.stub.get_name(v1.GetNameRequest())).name == "sim"
        health = await HealthStub(served.channel).Check(HealthCheckRequest())
        assert health.status == HealthCheckResponse.SERVING
        async with ServerReflectionStub(served.channel).ServerReflectionInfo.open() as stream:
            await stream.send_message(ServerReflectionRequest(list_services=""), end=True)
            assert await stream.recv_message() is not None
