"""What a status says: beside a page of somebody between the venue and us, and beside a code of the venue's."""

import json
from typing import Any

import pytest

from sansio_exchange.errors import (
    AuthenticationFailed,
    ExchangeError,
    InsufficientFunds,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    RequestRejected,
)
from sansio_exchange.machine import HttpReply
from sansio_exchange.statuses import retry_after
from sansio_exchange.venues import NETWORKS, make_venue

WAITS = {"binance": (60, 120), "okx": (2, 60), "bybit": (1, 600), "bitget": (1, 60), "gate": (2, 60)}
"""Seconds after a rate limit, and after a page that shuts the address out, where the reply does not say."""

NO_FUNDS: dict[str, dict[str, Any]] = {
    "binance": {"code": -2019, "msg": "x"},
    "okx": {"code": "51008", "msg": "x"},
    "bybit": {"retCode": 110007, "retMsg": "x"},
    "bitget": {"code": "43012", "msg": "x"},
    "gate": {"label": "INSUFFICIENT_AVAILABLE", "message": "x"},
}
NEW: dict[str, dict[str, Any]] = {
    "binance": {"code": -9999, "msg": "x"},
    "okx": {"code": "77777", "msg": "x"},
    "bybit": {"retCode": 77777, "retMsg": "x"},
    "bitget": {"code": "77777", "msg": "x"},
    "gate": {"label": "SOMETHING_NEW", "message": "x"},
}
"""Codes that no documentation has."""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", None), ("", None), ("-3", None), ("1.5", None), ("99999999", None), ("²", None), ("soon", None)],
)
def test_how_long_to_wait_is_a_number_of_seconds(header: str, seconds: float | None) -> None:
    assert retry_after(header) == seconds


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    ("status", "page", "kind"),
    [
        (401, b"", AuthenticationFailed),
        (403, b"<html>Attention Required! | Cloudflare</html>", RateLimited),
        (403, b"<html>not available from your country</html>", PermissionDenied),
        (429, b"<html>", RateLimited),
        (451, b"", PermissionDenied),
        (400, b"<html>400 Bad Request</html>", RequestRejected),
        (404, b"<html>", RequestRejected),
        (302, b"", OutcomeUnknown),
        (408, b"", OutcomeUnknown),
        (500, b"", OutcomeUnknown),
        (502, b"<html>Bad Gateway</html>", OutcomeUnknown),
        (503, b"[" * 100_000, OutcomeUnknown),
        (504, b"", OutcomeUnknown),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else None,
)
def test_a_page_in_the_venues_place(name: str, status: int, page: bytes, kind: type[ExchangeError]) -> None:
    """Only what is certain is a refusal."""
    error = said(name, status, page)
    assert type(error) is kind
    assert "<" not in error.message
    if isinstance(error, RateLimited):
        assert error.retry_after == WAITS[name][status == 403]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_teapot_is_a_rate_limit_on_every_venue(name: str) -> None:
    """It is Binance's for an address that went on asking, and no venue's for anything else."""
    error = said(name, 418, b"<html>")
    assert type(error) is RateLimited
    assert error.retry_after


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    ("status", "listed", "new"),
    [
        (400, InsufficientFunds, OutcomeUnknown),
        (401, InsufficientFunds, AuthenticationFailed),
        (302, OutcomeUnknown, OutcomeUnknown),
        (500, OutcomeUnknown, OutcomeUnknown),
        (503, OutcomeUnknown, OutcomeUnknown),
    ],
)
def test_a_code_and_a_status(name: str, status: int, listed: type[ExchangeError], new: type[ExchangeError]) -> None:
    """A refusal with the status of a failure or from somebody on the way is not certain, nor is one that nobody
    knows."""
    assert type(said(name, status, json.dumps(NO_FUNDS[name]).encode())) is listed
    assert type(said(name, status, json.dumps(NEW[name]).encode())) is new


def said(name: str, status: int, body: bytes) -> ExchangeError:
    with pytest.raises(ExchangeError) as raised:
        make_venue(name).read(HttpReply(1, status, {}, body))
    return raised.value
