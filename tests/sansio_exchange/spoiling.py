"""Bytes as they might come from a venue that is broken, or from somebody between it and us."""

import json
from typing import Any

from hypothesis import strategies as st

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["", "NaN", "1e400", "-1", "0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
"""What may stand in a field."""
_PIECES = st.sampled_from([b'"', b"}", b"null", b"-1e999", b'"NaN"', b"[]", b'""', b"\xff"])


def spoil_bytes(data: st.DataObject, body: bytes) -> bytes:
    """Cut, changed, lengthened, doubled in a few places."""
    spoiled = bytearray(body)
    for _ in range(data.draw(st.integers(1, 4))):
        if not spoiled:
            break
        at = data.draw(st.integers(0, len(spoiled) - 1))
        kind = data.draw(st.sampled_from(["cut", "byte", "insert", "double"]))
        if kind == "cut":
            del spoiled[at : at + data.draw(st.integers(1, 30))]
        elif kind == "byte":
            spoiled[at] = data.draw(st.integers(0, 255))
        elif kind == "insert":
            spoiled[at:at] = data.draw(_PIECES)
        else:
            spoiled[at:at] = spoiled[: data.draw(st.integers(0, 50))]
    return bytes(spoiled)


def spoil_field(data: st.DataObject, body: bytes) -> bytes:
    """Something else in one field, at whatever depth."""
    parsed = json.loads(body)
    target = data.draw(st.sampled_from(_objects(parsed)))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(VALUES)
    return json.dumps(parsed).encode()


def spoil(data: st.DataObject, body: bytes) -> bytes:
    return data.draw(st.sampled_from([spoil_bytes, spoil_field]))(data, body)


def _objects(value: Any) -> list[dict[str, Any]]:
    """Every object in it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [value] if isinstance(value, dict) and value else []
    return [*found, *(each for part in inner for each in _objects(part))]
