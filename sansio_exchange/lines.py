"""Values as text: one JSON object a line, enums by name, decimals as strings in plain notation.

The form of `decode`, `replay` and the logs. The same value always gives the same bytes.
"""

from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from sansio_exchange.errors import ExchangeError, InvalidRequest, VenueError
from sansio_exchange.numbers import plain


def to_line(value: Any) -> bytes:
    """`value` (a struct, or a result made of structs) as one JSON line, without the newline.

    Structs become objects that begin with `"type"`, the name of their class.
    """
    return msgspec.json.encode(_plain(value))


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return plain(value)
        case Enum():
            return value.name
        case msgspec.Struct():
            fields = {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
            return {"type": type(value).__name__, **fields}
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
    said: dict[str, Any] = {"type": type(error).__name__, "message": error.message}
    if isinstance(error, InvalidRequest):
        said["field"] = error.field
    if isinstance(error, VenueError):
        said |= {"code": error.code, "venue_message": error.venue_message}
    if error.retry_after is not None:
        said["retry_after"] = error.retry_after
    return said
