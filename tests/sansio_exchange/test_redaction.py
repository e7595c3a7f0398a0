import json

from sansio_exchange.redaction import EXCERPT, excerpt, redact, scrub

LISTEN_KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"


def test_a_listen_key_is_hidden_wherever_it_stands_and_the_rest_stays() -> None:
    assert redact(b'{"listenKey": "%b"}' % LISTEN_KEY.encode()) == b'{"listenKey": "redacted"}'
    assert redact(b'{"listenKey":"short"}') == b'{"listenKey":"redacted"}'
    assert (
        redact(b'{"stream":"%b","data":{"e":"x"}}' % LISTEN_KEY.encode()) == b'{"stream":"redacted","data":{"e":"x"}}'
    )
    assert redact(b'{"params":{"apiKey":"k","signature":"s","symbol":"BTCUSDT"}}') == (
        b'{"params":{"apiKey":"redacted","signature":"redacted","symbol":"BTCUSDT"}}'
    )


def test_what_is_no_secret_is_left_as_it_is() -> None:
    plain = b'{"e":"ORDER_TRADE_UPDATE","o":{"c":"electron_dhfkjeraoiuehfkjhsjdf"}}'
    assert redact(plain) is not None
    assert redact(plain) == plain


def test_an_excerpt_is_short_printable_and_without_keys() -> None:
    assert excerpt(b"\xff\x00" + b"x " * 500).startswith("�\x00x x")
    assert len(excerpt(b"x " * 500)) == EXCERPT
    assert LISTEN_KEY[:40] not in excerpt(b'{"listenKey":"' + LISTEN_KEY.encode())
    assert LISTEN_KEY[10:] not in excerpt(LISTEN_KEY[10:].encode())


def test_the_venues_words_lose_anything_that_might_be_a_key() -> None:
    assert scrub(f"key {LISTEN_KEY} is unknown") == "key *** is unknown"


def test_a_request_of_ours_that_the_venue_quotes_tells_nothing() -> None:
    quoted = '{"op": "login", "args":[{"apiKey":"37c541a1-0000","passphrase":"open sesame","sign":"7L+zFQ+CEg="}]}'
    message = json.dumps({"event": "error", "code": "60012", "msg": f"Invalid request: {quoted}"})
    hidden = redact(message.encode()).decode()
    assert json.loads(hidden)["msg"] == (
        'Invalid request: {"op": "login", "args":[{"apiKey":"redacted","passphrase":"redacted","sign":"redacted"}]}'
    )
    for secret in ("37c541a1", "sesame", "7L+z"):
        assert secret not in scrub(quoted)
        assert secret not in excerpt(message.encode())
