"""Typed decoding of reply bodies: what cannot be read is an UnexpectedReply, whatever is wrong with it."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from sansio_exchange.errors import UnexpectedReply
from sansio_exchange.redaction import scrub

T = TypeVar("T")

CANNOT_READ = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""All that msgspec raises for bytes that are not what they should be; the last for brackets without end."""


def read_json(decoder: "msgspec.json.Decoder[T]", body: bytes | msgspec.Raw, what: str) -> T:
    """Raises UnexpectedReply, which begins with `what`."""
    try:
        return decoder.decode(body)
    except CANNOT_READ as error:
        if bytes(body).lstrip().startswith(b"<"):
            raise UnexpectedReply(f"{what}: the answer is not JSON but looks like a web page") from None
        raise UnexpectedReply(f"{what}: {scrub(str(error))}") from None


def sensible(what: str, make: Callable[..., T], *of: Any) -> T:
    """What `make` makes `of` the text in a row; nonsense in it is an UnexpectedReply, which begins with `what`."""
    try:
        return make(*of)
    except ValueError as error:
        raise UnexpectedReply(f"{what}: {error}") from None
    except KeyError as error:
        raise UnexpectedReply(f"{what}: {str(error)[:40]} is not a word that is known") from None
