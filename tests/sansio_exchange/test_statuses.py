"""What a status says where the body is a page of somebody between the venue and us, or nothing at all."""

import pytest

from sansio_exchange.errors import AuthenticationFailed, ExchangeError, OutcomeUnknown, PermissionDenied, RateLimited
from sansio_exchange.machine import HttpReply
from sansio_exchange.venues import NETWORKS, make_venue


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    ("status", "page", "kind"),
    [
        (401, b"", AuthenticationFailed),
        (403, b"<html>Attention Required! | Cloudflare</html>", RateLimited),
        (403, b"<html>not available from your country</html>", PermissionDenied),
        (429, b"<html>", RateLimited),
        (451, b"", PermissionDenied),
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
    with pytest.raises(kind) as raised:
        make_venue(name).read(HttpReply(1, status, {}, page))
    assert type(raised.value) is kind
    assert "<" not in raised.value.message
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after
