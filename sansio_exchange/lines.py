"""Values as text: one JSON object a line, enums by name, decimals as strings in plain notation.

The form of `decode`, `replay` and the logs. The same value always gives the same bytes, and
no secret is among them.
"""

from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from sansio_exchange.commands import Credentials
from sansio_exchange.errors import ExchangeError, InvalidRequest, VenueError
from sansio_exchange.numbers import plain


def to_line(value: Any) -> bytes:
    """`value` (a struct, an error, or a result made of them) as one JSON line, without the newline.

    A struct becomes an object that begins with `"kind"`, the name of its class; so do the rows of a result. Structs
    inside of structs need no name: the field has one.
    """
    rows = isinstance(value, tuple | list)
    return msgspec.json.encode([_named(each) for each in value] if rows else _named(value))


def _named(value: Any) -> Any:
    plain_value = _plain(value)
    return {"kind": type(value).__name__, **plain_value} if isinstance(plain_value, dict) else plain_value


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return plain(value)
        case Enum():
            return value.name
        case Credentials():
            return repr(value)
        case msgspec.Struct():
            return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
        case ExchangeError():
            return _error(value)
        case tuple() | list():
            return [_plain(each) for each in value]
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case bytes():
            return value.decode("utf-8", "replace")
        case _:
            return value


def _error(error: ExchangeError) -> dict[str, Any]:
    said: dict[str, Any] = {"message": error.message}
    if isinstance(error, InvalidRequest):
        said["field"] = error.field
    if isinstance(error, VenueError):
        said |= {"code": error.code, "venue_message": error.venue_message}
    if error.retry_after is not None:
        said["retry_after"] = error.retry_after
    return said
