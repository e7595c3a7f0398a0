"""Typed decoding: what cannot be read of a reply is an UnexpectedReply, of a stream an Unreadable."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from sansio_exchange.errors import UnexpectedReply
from sansio_exchange.machine import Unreadable
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
    except ArithmeticError:  # NaN is a decimal, and nothing can be reckoned with it
        raise UnexpectedReply(f"{what}: a number that is none") from None
    except KeyError as error:
        raise UnexpectedReply(f"{what}: {str(error)[:40]} is not a word that is known") from None


def unreadable(
    role: str, streams: str, error: Exception, shown: str, clean: Callable[[str], str] = scrub
) -> Unreadable:
    """What no reader of the venue's `streams` takes. `shown` is the beginning of it, without secrets; `clean` makes the
    reader's words fit to be shown."""
    said = isinstance(error, msgspec.DecodeError | ValueError | LookupError)
    why = clean(str(error)) if said else type(error).__name__
    return Unreadable(role, f"not a message of {streams}: {why}", shown)


def is_of_another(data: bytes, names_others: Callable[[Any], bool]) -> bool:
    """Whether a message that no reader takes is another product's: such may have other fields, ours must not.
    `names_others` is asked about the parsed message, and may raise."""
    try:
        return names_others(msgspec.json.decode(data))
    except Exception:  # whatever a venue sends, it must not end the process
        return False
