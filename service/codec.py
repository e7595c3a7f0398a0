"""Requests from bytes, strictly.

betterproto2 takes a truncated or ill-typed message for a shorter one, and grpclib reads messages of any size. A request
that moves money is read whole or refused.
"""

from typing import Any, TypeVar

import betterproto2
from grpclib.const import Status
from grpclib.server import Stream

from sansio_exchange.errors import InvalidRequest
from service.status import refusal

MAX_REQUEST_BYTES = 4 * 1024 * 1024
"""The limit that gRPC implementations have by default. The largest sensible request (500 orders) has 60 kB."""

M = TypeVar("M", bound=betterproto2.Message)

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


async def receive(stream: Stream[M, Any], kind: type[M]) -> M:
    """The one request of a call.

    Raises InvalidRequest for a message that is not well-formed, GRPCError RESOURCE_EXHAUSTED for one that is too large.
    """
    wire = stream._stream  # noqa: SLF001 - the length has to be known before the message is read
    try:
        head = await wire.recv_data(5)
        if not head:
            raise InvalidRequest("request", "must be sent before the stream is ended")
        if head[0]:
            raise refusal(Status.UNIMPLEMENTED, "COMPRESSION", "compressed requests are not supported: send identity")
        size = int.from_bytes(head[1:])
        if size > MAX_REQUEST_BYTES:
            message = f"a request of {size} bytes is larger than the limit of {MAX_REQUEST_BYTES} bytes"
            raise refusal(Status.RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE", message)
        data = await wire.recv_data(size)
    except AssertionError:  # how grpclib says that the client ended the stream within a message
        raise InvalidRequest("request", "ends in the middle of a message") from None
    if len(data) != size:
        raise InvalidRequest("request", "ends in the middle of a message")
    return decode(data, kind)


def decode(data: bytes, kind: type[M]) -> M:
    """`data` as a `kind`. Raises InvalidRequest, naming the field, where it is not one."""
    _check(data, kind, kind.__name__)
    try:
        return kind.parse(data)
    except UnicodeDecodeError:
        raise InvalidRequest("request", f"is not a {kind.__name__}: a text is not UTF-8") from None
    except ValueError as error:
        raise InvalidRequest("request", f"is not a {kind.__name__}: {error}") from None


def _check(data: bytes, kind: type[betterproto2.Message], path: str) -> None:
    """Walk the wire format: every length within bounds, every known field of its own wire type."""
    layout = layout_of(kind)
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at, path)
        number, wire_type = key >> 3, key & 7
        start = at
        if wire_type == _VARINT:
            _, at = _varint(data, at, path)
        elif wire_type == _FIXED64:
            at += 8
        elif wire_type == _FIXED32:
            at += 4
        elif wire_type == _BYTES:
            size, start = _varint(data, at, path)
            at = start + size
        else:
            raise InvalidRequest(path, f"is malformed: wire type {wire_type} at byte {start}")
        if not number or at > end:
            raise InvalidRequest(path, f"is malformed: field {number} reaches beyond the message")
        name = layout.field_name_by_number.get(number)
        if name is None:
            continue  # a field of a later version of the contract
        field = layout.meta_by_field_name[name]
        expected = _wire_type(field.proto_type)
        is_packed = field.repeated and wire_type == _BYTES and expected == _VARINT
        if wire_type != expected and not is_packed:
            raise InvalidRequest(f"{path}.{name}", f"has wire type {wire_type}, must have {expected}")
        if is_packed:
            inner = start
            while inner < at:
                _, inner = _varint(data[:at], inner, f"{path}.{name}")
        if field.proto_type == betterproto2.TYPE_MESSAGE:
            _check(data[start:at], layout.cls_by_field[name], f"{path}.{name}")


def layout_of(kind: type[betterproto2.Message]) -> betterproto2.ProtoClassMetadata:
    """Fields, numbers and types of `kind`, as betterproto2 itself uses them."""
    layout: Any = kind._betterproto  # type: ignore[arg-type]  # noqa: SLF001 - typed for subclasses, and not public
    assert isinstance(layout, betterproto2.ProtoClassMetadata)
    return layout


def _wire_type(proto_type: str) -> int:
    if proto_type in betterproto2.WIRE_VARINT_TYPES:
        return _VARINT
    if proto_type in betterproto2.WIRE_FIXED_64_TYPES:
        return _FIXED64
    return _FIXED32 if proto_type in betterproto2.WIRE_FIXED_32_TYPES else _BYTES


def _varint(data: bytes, at: int, path: str) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise InvalidRequest(path, "is malformed: it ends within a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise InvalidRequest(path, "is malformed: a number has more than 64 bits")
