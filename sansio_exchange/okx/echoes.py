"""OKX's refusals quote what was sent (60012, "Invalid request: {...}"): what must not be repeated of that.

Names tell what is secret, whatever quotes stand around them, and where the name is missing the form does: keys
are UUIDs, signatures the Base64 of 32 bytes. A passphrase has no form. What is signed (time, method, path, body) holds
none of the three.
"""

import re

from sansio_exchange import redaction

_NAME = r"(?:listenKey|api_?key|signature|sign|pass_?phrase|secret(?:_?key)?|token|OK-ACCESS-[A-Z]+)"
_IN_SINGLE_QUOTES = rf"""(?P<single>\\*'{_NAME}\\*'\s*[:=]\s*\\*')[^'"\\]*"""
_WITHOUT_QUOTES = rf"""(?P<bare>(?<![\w"'\\-]){_NAME}\s*[:=]\s*)[^\s"'\\,;&)}}\]]+"""
_KEY = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
_SIGNATURE = r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+]|\\*/){43}(?:=|\\+u003d)"
_SECRET = re.compile("|".join((_IN_SINGLE_QUOTES, _WITHOUT_QUOTES, _KEY, _SIGNATURE)), re.IGNORECASE)
_SECRET_BYTES = re.compile(_SECRET.pattern.encode(), re.IGNORECASE)

_CONSIDERED = 4_096
"""Bytes of an unreadable message that are looked at."""


def redact(body: bytes) -> bytes:
    """`body` without keys, signatures and passphrases. Valid JSON stays valid."""
    return redaction.redact(_SECRET_BYTES.sub(_hidden_bytes, body))


def scrub(text: str) -> str:
    """The venue's words, shortened, without anything that might be a key."""
    return redaction.scrub(_SECRET.sub(_hidden, text))


def excerpt(data: bytes) -> str:
    """The printable beginning of `data`, without secrets."""
    return redaction.excerpt(redact(data[:_CONSIDERED]))


def _hidden(found: re.Match[str]) -> str:
    return f"{found['single'] or found['bare'] or ''}***"


def _hidden_bytes(found: re.Match[bytes]) -> bytes:
    return (found["single"] or found["bare"] or b"") + b"redacted"
