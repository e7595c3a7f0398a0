"""Which acknowledgement belongs to which frame."""

from sansio_exchange.bitget.asked import Asked

TRADES = {"instType": "USDT-FUTURES", "channel": "trade", "instId": "BTCUSDT"}
BOOKS = {"instType": "USDT-FUTURES", "channel": "books1", "instId": "BTCUSDT"}
ACCOUNT = {"instType": "USDT-FUTURES", "channel": "account", "coin": "default"}


def asked() -> Asked:
    made = Asked()
    made.ask("public", "subscribe", [TRADES, BOOKS], "public-1")
    return made


def test_each_channel_of_a_frame_is_answered_once() -> None:
    waiting = asked()
    assert waiting.answered("public", "subscribe", BOOKS) == "public-1"
    assert waiting.answered("public", "subscribe", TRADES) == "public-1"
    assert waiting.answered("public", "subscribe", TRADES) == ""


def test_frames_that_ask_for_the_same_are_answered_in_order() -> None:
    waiting = asked()
    waiting.ask("public", "unsubscribe", [TRADES], "public-2")
    waiting.ask("public", "subscribe", [TRADES], "public-3")
    assert waiting.answered("public", "unsubscribe", TRADES) == "public-2"
    assert waiting.answered("public", "subscribe", TRADES) == "public-1"
    assert waiting.answered("public", "subscribe", TRADES) == "public-3"


def test_a_new_socket_owes_no_answers_of_an_old_one() -> None:
    waiting = asked()
    waiting.begin("public")
    assert waiting.answered("public", "subscribe", TRADES) == ""


def test_sockets_are_answered_apart() -> None:
    waiting = asked()
    waiting.ask("private", "subscribe", [ACCOUNT], "private-1")
    waiting.begin("public")
    assert waiting.answered("private", "subscribe", ACCOUNT) == "private-1"


def test_a_refusal_answers_whatever_was_asked_of_its_channel() -> None:
    waiting = asked()
    waiting.ask("public", "unsubscribe", [BOOKS], "public-2")
    assert waiting.refused("public", BOOKS) == "public-1"
    assert waiting.refused("public", BOOKS) == "public-2"
    assert waiting.refused("public", BOOKS) == ""


def test_a_refusal_that_names_no_channel_answers_the_oldest() -> None:
    waiting = asked()
    waiting.ask("public", "subscribe", [BOOKS], "public-2")
    assert waiting.refused("public", None) == "public-1"
    assert waiting.refused("public", {}) == "public-1"
    assert waiting.refused("public", "?") == "public-2"
    assert waiting.refused("public", None) == ""
    assert Asked().refused("public", None) == ""
