"""What was recorded comes back as it was, through rotation, kill -9 and redaction; what is damaged is refused."""

import gzip
import json
import os
import stat
from decimal import Decimal
from itertools import islice
from pathlib import Path

import anyio
import pytest
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

import transport.journal
from sansio_exchange.clock import Now
from sansio_exchange.commands import (
    Action,
    CancelOrders,
    Credentials,
    GetHistoricalKlines,
    PlaceOrders,
    ReplaceCredentials,
    Start,
    Subscribe,
    Topic,
)
from sansio_exchange.machine import (
    Abandon,
    Command,
    HttpFailed,
    HttpReply,
    Input,
    Tick,
    WsClosed,
    WsMessage,
    WsOpened,
)
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.venue import Endpoints
from transport.journal import Header, Journal, read_journal
from transport.line_files import BadRecording

HEADER = Header("binance", "mainnet", Endpoints("https://r", "wss://p", "wss://q"), "s1", 7)
NOW = Now(12.345678901234567, 1_700_000_000_123)
ORDER = NewOrder("BTCUSDT", Side.SELL, OrderType.LIMIT, Decimal("1E-7"), Decimal("50000.10"), client_order_id="mine-1")
EVERY_KIND: list[Input] = [
    Command(1, Start(), 5.0, "maker"),
    Command(2, PlaceOrders((ORDER,))),
    Command(3, CancelOrders("BTCUSDT", (2**63 - 1,))),
    Command(4, Subscribe(Topic("kline", "BTCUSDT", "1m"))),
    Command(5, GetHistoricalKlines("BTCUSDT", "1m", 500)),
    Abandon(2),
    WsOpened("market#1"),
    WsMessage("market#1", b'{"e":"aggTrade"}'),
    WsMessage("market#1", "Grüße \u2028 \x00 \n".encode()),
    WsMessage("market#1", b"\xff\x00 no utf-8"),
    WsMessage("market#1", b""),
    WsClosed("market#1", "1001 (going away)"),
    WsClosed("market#2", "HTTP 429", 429, 7.0),
    HttpReply(9, 200, {"x-mbx-used-weight-1m": "3"}, b'{"a":1}'),
    HttpReply(9, 502, {}, b"\xff\xfe"),
    HttpFailed(9, True, "ReadError"),
    Tick(),
]


def redact(body: bytes) -> bytes:
    return body.replace(b"hush", b"***")


def record(path: Path, *items: Input, header: Header = HEADER) -> None:
    journal = Journal(path, header, redact)
    for item in items:
        journal.record(item, NOW)
    journal.close()


def inputs(path: Path) -> list[Input]:
    return [item for item, _ in read_journal(path)[1]]


def test_every_kind_of_input_comes_back_with_its_time(tmp_path: Path) -> None:
    record(tmp_path / "day", *EVERY_KIND)
    header, read = read_journal(tmp_path / "day")
    assert header == HEADER
    assert list(read) == [(item, NOW) for item in EVERY_KIND]


def test_a_journal_is_gzip_with_lines_that_people_can_read(tmp_path: Path) -> None:
    record(tmp_path / "day", WsMessage("market#1", b'{"e":"aggTrade"}'))
    header, line = gzip.decompress((tmp_path / "day").read_bytes()).splitlines()
    assert json.loads(header)["venue"] == "binance"
    assert json.loads(line) == {
        "mono": NOW.mono,
        "wall_ms": NOW.wall_ms,
        "input": {"type": "WsMessage", "conn": "market#1", "text": '{"e":"aggTrade"}'},
    }


def test_an_unpacked_journal_reads_the_same(tmp_path: Path) -> None:
    record(tmp_path / "day", *EVERY_KIND)
    (tmp_path / "plain").write_bytes(gzip.decompress((tmp_path / "day").read_bytes()))
    assert inputs(tmp_path / "plain") == EVERY_KIND


@settings(max_examples=30)
@given(st.binary(max_size=200), st.text(max_size=50), st.floats(0, 1e9), st.integers(0, 2**53))
def test_any_bytes_and_times_come_back(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, reason: str, mono: float, wall_ms: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "day"
    journal = Journal(path, HEADER, lambda body: body)
    given_inputs: list[Input] = [WsMessage("a#1", data), HttpReply(1, 200, {}, data), WsClosed("a#1", reason)]
    for item in given_inputs:
        journal.record(item, Now(mono, wall_ms))
    journal.close()
    assert list(read_journal(path)[1]) == [(item, Now(mono, wall_ms)) for item in given_inputs]


def test_a_recording_that_knows_nothing_of_refused_handshakes_is_read(tmp_path: Path) -> None:
    record(tmp_path / "day", WsClosed("a#1", "over"))
    written = gzip.decompress((tmp_path / "day").read_bytes())
    assert b'"input":{"type":"WsClosed","conn":"a#1","reason":"over"}}' in written
    assert inputs(tmp_path / "day") == [WsClosed("a#1", "over")]


# --- secrets ----------------------------------------------------------------------------------------------------


def test_no_secret_is_written(tmp_path: Path) -> None:
    new_key: Action = ReplaceCredentials(Credentials("hush-key", "hush", "hush-phrase"))
    record(
        tmp_path / "day",
        Command(1, new_key),
        HttpReply(1, 200, {"set-cookie": "hush", "x": "kept"}, b'{"listenKey":"hush"}'),
        WsMessage("private#1", b'{"listenKey":"hush"}'),
        WsMessage("trade#1", b'{"listenKey":"hush"}'),
    )
    assert b"hush" not in gzip.decompress((tmp_path / "day").read_bytes())
    command, reply, *messages = inputs(tmp_path / "day")
    assert isinstance(command, Command)
    assert isinstance(command.action, ReplaceCredentials)
    assert reply == HttpReply(1, 200, {"x": "kept"}, b'{"listenKey":"***"}')
    assert [each.data for each in messages if isinstance(each, WsMessage)] == [b'{"listenKey":"***"}'] * 2


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    record(tmp_path / "day")
    assert stat.S_IMODE((tmp_path / "day").stat().st_mode) == 0o600


# --- rotation ---------------------------------------------------------------------------------------------------


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.journal, "MAX_FILE", 2_000)
    monkeypatch.setattr(transport.journal, "BLOCK", 1_000)


def noise(count: int) -> list[Input]:
    """Messages that do not compress."""
    return [WsMessage("a#1", os.urandom(100).hex().encode()) for _ in range(count)]


@pytest.mark.usefixtures("small_files")
def test_full_files_are_followed_by_others_and_read_in_order(tmp_path: Path) -> None:
    items = noise(200)
    record(tmp_path / "day", *items)
    parts = sorted(tmp_path.iterdir(), key=lambda path: int(path.suffix[1:] or 0))
    assert len(parts) > 3
    assert [part.name for part in parts[:3]] == ["day", "day.1", "day.2"]
    assert inputs(tmp_path / "day") == items


@pytest.mark.usefixtures("small_files")
def test_each_file_is_readable_on_its_own(tmp_path: Path) -> None:
    items = noise(200)
    record(tmp_path / "day", *items)
    header, read = read_journal(tmp_path / "day.2")
    assert header.part == 2
    assert header.seed == HEADER.seed
    alone = [item for item, _ in read]
    start = items.index(alone[0])
    assert 0 < len(alone) < len(items)
    assert alone == items[start : start + len(alone)]


@pytest.mark.usefixtures("small_files")
def test_a_recording_that_is_full_ends_and_keeps_what_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.journal, "MAX_FILES", 3)
    journal = Journal(tmp_path / "day", HEADER, redact)
    items = noise(200)
    with pytest.raises(OSError, match="3 files"):  # noqa: PT012 - which of them it is does not matter
        for item in items:
            journal.record(item, NOW)
    with pytest.raises(OSError, match="3 files"):
        journal.record(Tick(), NOW)
    journal.close()
    assert len(list(tmp_path.iterdir())) == 3
    kept = inputs(tmp_path / "day")
    assert kept == items[: len(kept)]


@pytest.mark.usefixtures("small_files")
def test_a_missing_or_a_strange_part_is_refused(tmp_path: Path) -> None:
    items = noise(200)
    record(tmp_path / "day", *items)
    record(tmp_path / "other", *items, header=Header("binance", "mainnet", HEADER.endpoints, "s2", 8))
    (tmp_path / "other.2").rename(tmp_path / "day.2")
    with pytest.raises(BadRecording, match=r"day\.2: belongs to another recording"):
        inputs(tmp_path / "day")
    (tmp_path / "day.2").unlink()
    with pytest.raises(BadRecording, match=r"day\.2: missing, though .*day\.3 is there"):
        inputs(tmp_path / "day")


@pytest.mark.usefixtures("small_files")
def test_a_cut_in_the_middle_is_refused(tmp_path: Path) -> None:
    record(tmp_path / "day", *noise(200))
    whole = (tmp_path / "day.1").read_bytes()
    (tmp_path / "day.1").write_bytes(whole[:-200])
    with pytest.raises(BadRecording, match=r"day\.1: cut off"):
        inputs(tmp_path / "day")


def test_a_recording_never_overwrites_another(tmp_path: Path) -> None:
    record(tmp_path / "day", Tick())
    with pytest.raises(FileExistsError, match="day exists"):
        record(tmp_path / "day")
    (tmp_path / "day").rename(tmp_path / "day.3")
    with pytest.raises(FileExistsError, match=r"day\.3 exists"):
        record(tmp_path / "day")


def test_an_unwritable_place_says_so_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        Journal(tmp_path / "nowhere" / "day", HEADER, redact)


# --- the end ----------------------------------------------------------------------------------------------------


def test_what_was_flushed_survives_a_kill(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "day", HEADER, redact)
    for item in EVERY_KIND:
        journal.record(item, NOW)
    journal.flush()
    journal.record(Tick(), NOW)
    assert inputs(tmp_path / "day") == EVERY_KIND  # as a reader finds it that comes now
    journal.close()


@pytest.mark.parametrize(
    "anyio_backend", [("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})], ids=["trio, autojump"]
)
@pytest.mark.anyio
async def test_a_quiet_recording_is_on_disk_within_a_second(tmp_path: Path, anyio_backend: object) -> None:
    async with anyio.create_task_group() as tasks:
        journal = Journal(tmp_path / "day", HEADER, redact)
        tasks.start_soon(journal.keep_flushed)
        await anyio.sleep(100)
        journal.record(Tick(), NOW)
        await anyio.sleep(1)
        assert inputs(tmp_path / "day") == [Tick()]
        tasks.cancel_scope.cancel()
    journal.close()


def test_a_journal_cut_off_anywhere_reads_up_to_there(tmp_path: Path) -> None:
    record(tmp_path / "day", *EVERY_KIND)
    whole = (tmp_path / "day").read_bytes()
    lengths = set()
    for cut in (*range(300, len(whole), 3), len(whole)):
        (tmp_path / "cut").write_bytes(whole[:cut])
        read = inputs(tmp_path / "cut")
        assert read == EVERY_KIND[: len(read)]
        lengths.add(len(read))
    assert {0, len(EVERY_KIND)} < lengths


def test_a_last_file_without_a_header_is_passed_over(tmp_path: Path) -> None:
    record(tmp_path / "day", Tick())
    (tmp_path / "day.1").write_bytes(b"")
    assert inputs(tmp_path / "day") == [Tick()]


def test_a_full_disk_ends_the_recording_once_and_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "day", HEADER, redact)
    journal.record(Tick(), NOW)
    journal.flush()
    journal.record(Abandon(1), NOW)
    with monkeypatch.context() as full:
        full.setattr(os, "write", _no_space)
        with pytest.raises(OSError, match="no space"):
            journal.flush()
    with pytest.raises(OSError, match="no space"):
        journal.record(Tick(), NOW)
    journal.close()
    assert inputs(tmp_path / "day") == [Tick()]


def _no_space(file: int, data: bytes) -> int:
    raise OSError("no space left on device")


# --- what is no journal -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"", b"hello\n", b'{"journal":"another"}\n', b"\x1f\x8bnot gzip", b'{"t":1,"kind":"http"}\n', b"\x00" * 100],
    ids=["empty", "text", "another format", "broken gzip", "a capture", "zeros"],
)
def test_what_is_no_journal_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BadRecording, match="x: "):
        read_journal(tmp_path / "x")


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    newer = Header("binance", "mainnet", HEADER.endpoints, "s1", 7, version=2)
    record(tmp_path / "day", header=newer)
    with pytest.raises(BadRecording, match="version 2"):
        read_journal(tmp_path / "day")


def test_a_line_that_is_no_input_is_named(tmp_path: Path) -> None:
    record(tmp_path / "day", Tick())
    lines = gzip.decompress((tmp_path / "day").read_bytes()) + b'{"mono":1,"wall_ms":1,"input":{"type":"Nonsense"}}\n'
    (tmp_path / "plain").write_bytes(lines)
    read = read_journal(tmp_path / "plain")[1]
    assert [item for item, _ in islice(read, 1)] == [Tick()]
    with pytest.raises(BadRecording, match="line 3"):
        next(read)
