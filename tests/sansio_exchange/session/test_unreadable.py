"""Venues that talk nonsense harm nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.commands import GetAccount
from sansio_exchange.errors import UnexpectedReply
from sansio_exchange.machine import HttpReply, Publish, Unreadable, WsMessage
from tests.sansio_exchange.session.stage import Stage, lost


@pytest.mark.parametrize("role", ["public", "private", "trade"])
def test_what_cannot_be_read_is_told_and_harms_nothing(live: Stage, role: str) -> None:
    for data in (b"", b"{", b"<html>", b"[" * 100_000, b'{"type":"OrderUpdate"}', b"null", b"\xff\xfe"):
        live.exchange.say(role, data)
        live.settle()
    assert sum(isinstance(event, Unreadable) for event in live.events) >= 7
    live.advance(20)
    assert live.is_live()
    assert lost(live) == []


def test_a_decoder_that_raises_does_not_end_the_process(live: Stage) -> None:
    def broken(role: str, data: bytes) -> list[object]:
        raise KeyError("x")

    live.venue.decode = broken  # type: ignore[method-assign,assignment]
    effects = live.feed(WsMessage(live.conn("public"), b"anything"))
    assert effects == [Publish(Unreadable("public", "KeyError", "anything"))]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"ok":', b'{"ok":{}}', b'{"ok":[1]}', b'{"ok":null}', b"[" * 100_000]
)
def test_a_reply_that_cannot_be_read_is_an_unexpected_reply(live: Stage, body: bytes) -> None:
    live.rules["/account"] = lambda request: HttpReply(request.request_id, 200, {"used": "many"}, body)
    with pytest.raises(UnexpectedReply):
        live.ask(GetAccount())


@given(st.lists(st.tuples(st.sampled_from(["public", "private", "trade"]), st.binary(max_size=30)), max_size=20))
def test_garbage_on_any_socket_never_raises(messages: list[tuple[str, bytes]]) -> None:
    stage = Stage()
    stage.go_live()
    for role, data in messages:
        stage.feed(WsMessage(stage.conn(role), data))
