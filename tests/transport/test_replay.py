"""A recorded session, led through the same machine again, publishes the same events byte for byte."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest

from sansio_exchange.commands import Start
from sansio_exchange.lines import to_line
from sansio_exchange.machine import (
    Command,
    Complete,
    Effect,
    Event,
    HttpReply,
    Input,
    OpenWs,
    Publish,
    SendHttp,
    SessionState,
    Tick,
    Unreadable,
    WsClosed,
    WsMessage,
)
from sansio_exchange.venue import Endpoints
from tests.transport.loopback import Peer, answering, listening, response, talking
from tests.transport.scripted import ScriptedMachine
from transport.driver import Driver
from transport.journal import Header, Journal
from transport.line_files import BadRecording
from transport.replay import is_incomplete, kind_of, replay_journal


def machine(header: Header) -> ScriptedMachine:
    """Publishes something of every input, with the time where it may matter."""

    def react(item: Input) -> Sequence[Effect]:
        made.due = made.times[-1].mono + 0.01 if not isinstance(item, Tick) else None
        seen = Publish(SessionState(True, f"{type(item).__name__} at {made.times[-1]} seed {header.seed}"))
        match item:
            case Command():
                rest = header.endpoints.rest
                return [seen, OpenWs("market#1", header.endpoints.public), SendHttp(1, "GET", rest, {})]
            case WsMessage(conn, data):
                return [Publish(Unreadable(conn, "read", data.decode())), seen]
            case HttpReply():
                return [Publish(Unreadable("http", "read", item.body.decode())), seen]
            case WsClosed():
                return [seen, Complete(1)]
        return [seen]

    made = ScriptedMachine(react)
    return made


@pytest.mark.anyio
async def test_events_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    async def talk(peer: Peer) -> None:
        for number in range(100):
            await peer.send(f"message {number} äöü")

    events: list[Event] = []
    async with (
        listening(talking(talk)) as sockets,
        listening(answering(response(b"listed"))) as pages,
        anyio.create_task_group() as tasks,
    ):
        endpoints = Endpoints(f"http://127.0.0.1:{pages}/", f"ws://127.0.0.1:{sockets}/", "")
        header = Header("binance", "mainnet", endpoints, "s1", 7)
        journal = Journal(tmp_path / "day", header, lambda body: body)
        driven = machine(header)
        driver = Driver(driven, publish=events.append, record=journal.record)
        await tasks.start(driver.run)
        await driver.ask(Start())
        await driven.has("Tick", "HttpReply")
        tasks.cancel_scope.cancel()
    journal.close()
    again = list(replay_journal(tmp_path / "day", machine))
    assert len(again) > 100
    assert [to_line(event) for event in again] == [to_line(event) for event in events]
    assert kind_of(tmp_path / "day") == "journal"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_capture_is_told_from_a_journal(pack: type[bytes], tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(pack(b'{"t":1.5,"kind":"ws_open","url":"wss://x"}\n'))
    assert kind_of(tmp_path / "x") == "capture"


@pytest.mark.parametrize(
    ("content", "looks"),
    [
        (b"", "it is empty"),
        (b"api_key: secret", "no complete line"),
        (b"api_key: secret\n", "its first line is no JSON"),
        (b"\tsecret\r\n", "its first line is no JSON"),
        (b"[1]\n", "neither a journal's header nor an entry of a capture"),
        (b"\x00\xff\n", "it is binary"),
        (b"\x00\x01\n", "it is binary"),
        (b'{"kind":"other","t":1}\n', "neither a journal's header nor an entry of a capture"),
    ],
)
def test_anything_else_is_neither_and_described_without_its_content(content: bytes, looks: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BadRecording, match=f"neither a journal nor a capture: .*{looks}") as refused:
        kind_of(tmp_path / "x")
    assert "secret" not in str(refused.value)


def test_a_recording_is_incomplete_if_its_last_file_is(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"one\ntwo\n")
    assert not is_incomplete(tmp_path / "x")
    (tmp_path / "x.1").write_bytes(gzip.compress(b"three\n")[:-3])
    assert is_incomplete(tmp_path / "x")
    (tmp_path / "x.1").write_bytes(b"three\nfo")
    assert is_incomplete(tmp_path / "x")
    (tmp_path / "x.1").write_bytes(gzip.compress(b"three\n"))
    assert not is_incomplete(tmp_path / "x")


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kind_of(tmp_path / "x")
