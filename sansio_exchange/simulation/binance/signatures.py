"""Who asks: API key, HMAC-SHA256 signature, and a timestamp within the receive window.

Source: developers.binance.com, USDⓈ-M Futures, "General Info", "Endpoint Security Type" and "WebSocket API General
Info", read in November 2025.
"""

import hmac
from collections.abc import Mapping

from sansio_exchange.simulation.binance.errors import Refused, bad_key, missing
from sansio_exchange.simulation.binance.parameters import Parameters

RECEIVE_WINDOW_MS = 5000
LONGEST_RECEIVE_WINDOW_MS = 60_000
AHEAD_MS = 1000
"""How far a timestamp may lie in the venue's future."""


class Signatures:
    """The venue's keys and their secrets. A key is also the name of its account."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def check_key(self, key: str) -> str:
        """The account of `key`. Raises Refused (-2014, -2015)."""
        if not key or not key.isascii() or not key.isalnum():
            raise Refused(-2014, "API-key format invalid.", status=401)
        if key not in self._secrets:
            raise bad_key()
        return key

    def check_signature(self, key: str, payload: str, signature: str) -> None:
        """Raises Refused (-1022) where `signature` is not that of `payload`."""
        expected = hmac.new(self._secrets[key].encode(), payload.encode(), "sha256").hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
            raise Refused(-1022, "Signature for this request is not valid.")


def check_timing(params: Parameters, now_ms: int) -> None:
    """Raises Refused (-1021, -1102, -1130) where the timestamp is missing, too old or in the future."""
    timestamp = params.integer("timestamp")
    if timestamp is None:
        raise missing("timestamp")
    window = params.integer("recvWindow")
    if window is None:
        window = RECEIVE_WINDOW_MS
    if window > LONGEST_RECEIVE_WINDOW_MS:
        raise Refused(-1131, "recvWindow must be less than 60000.")
    if timestamp >= now_ms + AHEAD_MS:
        raise Refused(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - timestamp > window:
        raise Refused(-1021, "Timestamp for this request is outside of the recvWindow.")


def without_signature(text: str) -> tuple[str, str]:
    """`text` (a query or a form, as sent) without its signature, and the signature, "" where there is none."""
    if text.startswith("signature="):
        signature, _, rest = text.partition("&")
        return rest, signature[len("signature=") :]
    head, found, tail = text.partition("&signature=")
    if not found:
        return text, ""
    signature, separator, rest = tail.partition("&")
    return head + separator + rest, signature
