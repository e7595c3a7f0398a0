"""Server reflection, so that grpcurl and its like need no .proto files."""

from importlib.resources import files
from typing import Any

from google.protobuf import duration_pb2
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.rpc import error_details_pb2
from grpclib.health.v1 import health_pb2
from grpclib.reflection.service import ServerReflection


def with_reflection(services: list[Any]) -> list[Any]:
    """`services`, and grpc.reflection v1 and v1alpha that describe them.

    betterproto2 keeps no descriptors; they come from the descriptor set that is generated beside the stubs.
    """
    return list(ServerReflection.extend(services, pool=_Pool(descriptors())))


class _Pool:
    """A pool that finds the file of a method or field, too, as other languages' pools do."""

    def __init__(self, pool: DescriptorPool) -> None:
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:  # noqa: N802 - the name that grpclib calls
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            owner, _, name = symbol.rpartition(".")
            file = self._pool.FindFileContainingSymbol(owner)
            service = file.services_by_name.get(owner.rpartition(".")[2])
            message = file.message_types_by_name.get(owner.rpartition(".")[2])
            if (service and name in service.methods_by_name) or (message and name in message.fields_by_name):
                return file
            raise


def descriptors() -> DescriptorPool:
    """Everything that the contract, the health service and error details consist of, imports included."""
    image = files("service.stubs").joinpath("descriptors.binpb").read_bytes()
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(image).file:
        pool.AddSerializedFile(file.SerializeToString())
    for module in (health_pb2, duration_pb2, error_details_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    return pool
