"""Server reflection, so that grpcurl and its like need no .proto files."""

from importlib.resources import files
from typing import Any

from google.protobuf import duration_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.rpc import error_details_pb2
from grpclib.health.v1 import health_pb2
from grpclib.reflection.service import ServerReflection


def with_reflection(services: list[Any]) -> list[Any]:
    """`services`, and grpc.reflection v1 and v1alpha that describe them.

    betterproto2 keeps no descriptors; they come from the descriptor set that is generated beside the stubs.
    """
    return list(ServerReflection.extend(services, pool=descriptors()))


def descriptors() -> DescriptorPool:
    """Everything that the contract, the health service and error details consist of, imports included."""
    image = files("service.stubs").joinpath("descriptors.binpb").read_bytes()
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(image).file:
        pool.AddSerializedFile(file.SerializeToString())
    for module in (health_pb2, duration_pb2, error_details_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    return pool
