"""Nothing secret leaves by a journal, an error message or an excerpt.

A listen key opens the account's private stream to whoever holds it. Binance's keys, signatures and listen keys are runs
of 64 letters and digits; nothing else that we read is that long. Where a venue quotes a request of ours in its refusal,
as OKX does, the names of the fields tell what is secret, with or without backslashes before their quotes.
"""

import re

_IN_JSON = re.compile(
    rb'(\\*"(?:listenKey|apiKey|signature|sign|passphrase|token|OK-ACCESS-[A-Z]+)\\*"\s*:\s*\\*")[^"\\]*'
)
_LONG_RUN = re.compile(rb"[A-Za-z0-9]{48,}")
_HIDDEN = b"redacted"
_IN_TEXT = re.compile(_IN_JSON.pattern.decode())
_LONG_RUN_TEXT = re.compile(r"[A-Za-z0-9]{32,}")

EXCERPT = 200
"""Bytes of an unreadable message that are shown."""
_CONSIDERED = 4_096
MESSAGE = 300
"""Characters of the venue's message that are kept."""


def redact(body: bytes) -> bytes:
    """`body` without listen keys, API keys and signatures. Valid JSON stays valid, and what stands in their place is
    of their form, so that a recorded session goes the same way when it is replayed."""
    return _LONG_RUN.sub(_HIDDEN, _IN_JSON.sub(rb"\1redacted", body))


def excerpt(data: bytes) -> str:
    """The printable beginning of `data`, without secrets."""
    return scrub(redact(data[:_CONSIDERED]).decode("utf-8", "replace"))[:EXCERPT]


def scrub(text: str) -> str:
    """The venue's words, shortened, without anything that might be a key."""
    return _LONG_RUN_TEXT.sub("***", _IN_TEXT.sub(r"\1***", text))[:MESSAGE]
