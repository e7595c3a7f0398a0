"""Refusals that quote what was sent tell no secret, in whatever quotes."""

import json

import pytest

from sansio_exchange.machine import Unreadable
from sansio_exchange.okx.echoes import excerpt, redact, scrub
from sansio_exchange.okx.errors import of_code
from tests.sansio_exchange.okx.payloads import okx, order_push, push

KEY = "985d5b66-57ce-40fb-b714-afc0b9787083"
SIGNATURE = "7L+zFQ+CEgGu5rzCj4+BdV2/uUHGqddA9pI6ztsRRPs="
PASSPHRASE = "open sesame"
NAMED = {"apiKey": KEY, "passphrase": PASSPHRASE, "timestamp": "1538054050", "sign": SIGNATURE}
QUOTED = [
    json.dumps({"op": "login", "args": [NAMED]}),
    json.dumps(json.dumps(NAMED)),
    repr({"op": "login", "args": [NAMED]}),
    repr(NAMED).replace("'", "\\'"),
    f"OK-ACCESS-KEY: {KEY}, OK-ACCESS-SIGN: {SIGNATURE}, OK-ACCESS-PASSPHRASE: sesame",
    f"OK-ACCESS-PASSPHRASE=sesame&OK-ACCESS-KEY={KEY}&sign={SIGNATURE}",
    f"ok-access-passphrase = sesame; api_key={KEY}; secret_key=sesame",
    f"key {KEY} and signature {SIGNATURE} of 1538054050GET/users/self/verify do not match",
    SIGNATURE.replace("/", "\\/").replace("=", "\\u003d"),
]
SECRETS = (KEY, KEY[9:], SIGNATURE, SIGNATURE[:20], SIGNATURE[-20:-1], "sesame")


@pytest.mark.parametrize("quoted", QUOTED)
def test_words_that_quote_a_request_tell_no_secret(quoted: str) -> None:
    words = f"Invalid request: {quoted}"
    message = json.dumps({"event": "error", "code": "60012", "msg": words})
    said = [scrub(words), excerpt(message.encode()), excerpt(words.encode()), repr(of_code("60012", words).args)]
    said += [repr(each) for role in ("public", "private", "trade") for each in okx().decode(role, message.encode())]
    redacted = redact(message.encode()).decode()
    assert json.loads(redacted).keys() == {"event", "code", "msg"}
    for text in (*said, redacted):
        assert not [secret for secret in SECRETS if secret in text]


def test_an_unreadable_message_shows_no_secret() -> None:
    (said,) = okx().decode("private", f"{{'passphrase': '{PASSPHRASE}', 'apiKey': '{KEY}'}}".encode())
    assert isinstance(said, Unreadable)
    assert "sesame" not in repr(said)
    assert KEY not in repr(said)


def test_what_is_no_secret_is_left_as_it_is() -> None:
    for plain in (
        push("orders", order_push(clOrdId="a" * 32), inst_id=""),
        b'{"event":"login","code":"0","msg":"","connId":"a4d3ae55"}',
        b'{"code":"50113","msg":"Invalid Sign","data":[]}',
        b'{"code":"50103","msg":"Request header \\"OK-ACCESS-KEY\\" can\'t be empty.","data":[]}',
    ):
        assert redact(plain) == plain
    assert scrub("APIKey does not match current environment.") == "APIKey does not match current environment."
