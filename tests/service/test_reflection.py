"""grpcurl and its like need no .proto files."""

import shutil
import subprocess
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpclib.reflection.v1.reflection_grpc import ServerReflectionStub
from grpclib.reflection.v1.reflection_pb2 import ServerReflectionRequest
from grpclib.reflection.v1alpha.reflection_grpc import ServerReflectionStub as ServerReflectionStubAlpha
from grpclib.reflection.v1alpha.reflection_pb2 import ServerReflectionRequest as ServerReflectionRequestAlpha

from service.exchange_service import NAME
from service.reflection import descriptors
from tests.service.serving import serving

GRPCURL = shutil.which("grpcurl", path=f"{Path.home()}/go/bin:/usr/local/bin:/usr/bin")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


def test_the_descriptors_are_whole() -> None:
    pool = descriptors()
    service = pool.FindServiceByName(NAME)
    assert len(service.methods) == 28
    price = pool.FindMessageTypeByName("opensqt.market_maker.v1.PriceChange").fields_by_name["price"]
    assert price.message_type is not None
    assert price.message_type.full_name == "google.type.Decimal"
    assert pool.FindMessageTypeByName("google.rpc.ErrorInfo") is not None


@pytest.mark.anyio
async def test_both_versions_list_the_services() -> None:
    async with serving() as served:
        v1_request = ServerReflectionRequest(list_services="")
        (said,) = await ServerReflectionStub(served.channel).ServerReflectionInfo([v1_request])
        assert {each.name for each in said.list_services_response.service} == {NAME, "grpc.health.v1.Health"}
        alpha_request = ServerReflectionRequestAlpha(list_services="")
        (alpha,) = await ServerReflectionStubAlpha(served.channel).ServerReflectionInfo([alpha_request])
        assert {each.name for each in alpha.list_services_response.service} == {NAME, "grpc.health.v1.Health"}


@pytest.mark.anyio
async def test_a_symbol_is_described_by_its_file() -> None:
    async with serving() as served:
        request = ServerReflectionRequest(file_containing_symbol="google.type.Decimal")
        (said,) = await ServerReflectionStub(served.channel).ServerReflectionInfo([request])
        file = FileDescriptorProto.FromString(said.file_descriptor_response.file_descriptor_proto[0])
        assert file.name == "google/type/decimal.proto"


@pytest.mark.anyio
@pytest.mark.skipif(GRPCURL is None, reason="grpcurl is not installed")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list"], NAME),
        (["list", NAME], f"{NAME}.BatchPlaceOrders"),
        (["describe", "google.type.Decimal"], "string value = 1"),
        (["describe", f"{NAME}.PlaceOrder"], "returns ( .opensqt.market_maker.v1.Order )"),
        ([f"{NAME}/GetName"], '"name": "sim"'),
        (["grpc.health.v1.Health/Check"], "SERVING"),
    ],
)
async def test_grpcurl_works_unprepared(arguments: list[str], said: str) -> None:
    async with serving() as served:
        command = [str(GRPCURL), "-plaintext", f"127.0.0.1:{served.port}", *arguments]
        done = await anyio.to_thread.run_sync(lambda: subprocess.run(command, capture_output=True, text=True))  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
