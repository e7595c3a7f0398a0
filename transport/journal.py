"""The journal: every input that a machine got, with its time, so that the same machine can be led through it again.

One JSON object a line, gzip. The first line of each file is the header; each line after it is an input:

    {"mono": 51.25, "wall_ms": 1700000000000, "input": {"type": "WsMessage", "conn": "market#1", "text": "{...}"}}

A recording is FILE, then FILE.1, FILE.2, ... as each one is full. What is recorded first is what a replay needs most,
so nothing is ever overwritten or removed: a recording that has reached its bounds ends.

Inputs, never effects: effects carry signatures. Inputs pass through the venue's `redact` (listen keys), new credentials
are left out, and so are cookies. What remains is private all the same (orders, fills, balances): files are readable by
their owner alone.

Measured on CPython 3.11: 2 µs for each message of 250 bytes, which become 55. Compressing goes in blocks of 64 KiB
(0.4 ms), in the caller's thread.
"""

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import msgspec
from msgspec import Struct, structs

from sansio_exchange.clock import Now
from sansio_exchange.commands import Credentials, ReplaceCredentials
from sansio_exchange.machine import (
    Abandon,
    Command,
    HttpFailed,
    HttpReply,
    Input,
    Stop,
    Tick,
    WsClosed,
    WsMessage,
    WsOpened,
    WsPong,
)
from sansio_exchange.venue import Endpoints
from transport.line_files import BadRecording, first_line, read_lines

FORMAT = "exchange-connector journal"
VERSION = 1
MAX_FILE = 256 * 2**20
"""Compressed bytes in one file, about 5 million messages."""
MAX_FILES = 64
"""16 GiB together: about four days at 1000 messages a second."""
BLOCK = 64 * 2**10
"""Bytes that are gathered before they are compressed."""
FLUSH_EVERY = 0.5
"""Seconds after which `keep_flushed` writes what has been gathered: all that a killed process loses."""
LEVEL = 1
"""Of compression. Level 6 makes files a third smaller for more than twice the time."""

HIDDEN = Credentials("redacted", "redacted", "redacted")
_PRIVATE_ROLES = ("private", "trade")


class Header(Struct, frozen=True, tag_field="journal", tag=FORMAT):
    """What it takes, beside credentials, to make the machine anew. `part` counts the files of a recording from 0;
    `memory` is what was remembered from before, None where nothing is."""

    venue: str
    network: str
    endpoints: Endpoints
    session: str
    seed: int
    past_is_known: bool = False
    memory: str | None = None
    version: int = VERSION
    part: int = 0


class _Message(Struct, frozen=True, tag_field="type", tag="WsMessage", omit_defaults=True):
    """A message as `text`, which people can read and search; as `data` (base64) where it is no UTF-8."""

    conn: str
    text: str | None = None
    data: bytes = b""


class _Reply(Struct, frozen=True, tag_field="type", tag="HttpReply", omit_defaults=True):
    request_id: int
    status: int
    headers: dict[str, str]
    text: str | None = None
    data: bytes = b""


_Written = WsOpened | _Message | WsPong | WsClosed | _Reply | HttpFailed | Command | Abandon | Tick | Stop


class _Line(Struct, frozen=True):
    mono: float
    wall_ms: int
    input: _Written


class Journal:
    """Records inputs. `record` is what Driver takes by that name; `keep_flushed` runs beside it, `close` ends it.

    The first failure (disk full, recording full) ends the recording; whatever is recorded after that raises it again.
    """

    def __init__(self, path: Path, header: Header, redact: Callable[[bytes], bytes]) -> None:
        """Begin a recording at `path`. `redact` is Venue.redact.

        What it puts in a secret's place must pass for one in the venue's own reading, or a replay takes another way.

        Raises FileExistsError if a recording of that name is there already, OSError if it cannot be written.
        """
        self._path = path
        self._header = header
        self._redact = redact
        self._encode = msgspec.json.Encoder().encode
        self._gathered = bytearray()
        self._failure: OSError | None = None
        existing = [part for part in _parts(path) if part.exists()] or sorted(path.parent.glob(f"{path.name}.[0-9]*"))
        if existing:
            raise FileExistsError(f"{existing[0]} exists; a recording never overwrites another")
        self._open(0)

    def record(self, item: Input, now: Now) -> None:
        """Write one input down. Raises OSError when it cannot, also because the recording is full."""
        if self._failure is not None:
            raise self._failure
        line = _Line(now.mono, now.wall_ms, self._written(item))
        self._gathered += self._encode(line)
        self._gathered += b"\n"
        if len(self._gathered) >= BLOCK:
            self.flush()

    def flush(self) -> None:
        """Hand what has been gathered to the operating system, in a form that can be read up to here."""
        if not self._gathered or self._failure is not None:
            return
        try:
            self._write(self._packer.compress(self._gathered) + self._packer.flush(zlib.Z_SYNC_FLUSH))
            self._gathered.clear()
            if self._size >= MAX_FILE:
                self._finish()
                if self._part + 1 >= MAX_FILES:
                    raise OSError(f"the recording has reached its {MAX_FILES} files of {MAX_FILE} bytes")
                self._open(self._part + 1)
        except OSError as failure:
            self._failure = failure
            self._close_file()
            raise

    async def keep_flushed(self) -> None:
        """Flush twice a second until cancelled. A failure is left to `record`, which meets it too."""
        while True:
            await anyio.sleep(FLUSH_EVERY)
            try:
                self.flush()
            except OSError:
                return

    def close(self) -> None:
        """Write the rest and end the file. May be called twice."""
        if self._failure is None:
            self.flush()
            self._finish()
            self._failure = OSError("the recording has been closed")

    def _written(self, item: Input) -> _Written:
        match item:
            case WsMessage(conn, data):
                if conn.partition("#")[0] in _PRIVATE_ROLES:
                    data = self._redact(data)
                text, raw = _as_text(data)
                return _Message(conn, text, raw)
            case HttpReply(request_id, status, headers, body):
                text, raw = _as_text(self._redact(body))
                shown = {name: value for name, value in headers.items() if name != "set-cookie"}
                return _Reply(request_id, status, shown, text, raw)
            case Command(action=ReplaceCredentials()):
                return structs.replace(item, action=ReplaceCredentials(HIDDEN))
            case _:
                return item

    def _open(self, part: int) -> None:
        self._part = part
        self._size = 0
        self._packer = zlib.compressobj(LEVEL, wbits=16 + zlib.MAX_WBITS)
        name = _part_name(self._path, part)
        self._file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        header = self._encode(structs.replace(self._header, part=part)) + b"\n"
        self._write(self._packer.compress(header) + self._packer.flush(zlib.Z_SYNC_FLUSH))

    def _write(self, data: bytes) -> None:
        self._size += len(data)
        while data:
            data = data[os.write(self._file, data) :]

    def _finish(self) -> None:
        self._write(self._packer.flush())
        self._close_file()

    def _close_file(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


def read_journal(path: Path) -> tuple[Header, Iterator[tuple[Input, Now]]]:
    """The header and all inputs of the recording that begins at `path`, through all its files.

    A later file (FILE.3) is read alone; only a recording read from its start replays to the same events. The end may
    be cut off anywhere, the files before it may not.

    Raises OSError, and BadRecording for what is no journal, is of a newer version, lacks a part or is damaged; what
    concerns later lines and files while iterating.
    """
    header = _header(path)
    return header, _inputs(path, header)


def _inputs(path: Path, header: Header) -> Iterator[tuple[Input, Now]]:
    decode = msgspec.json.Decoder(_Line).decode
    files = _files(path) if header.part == 0 else [path]
    for part, file in enumerate(files, header.part):
        if (found := _header(file)) != structs.replace(header, part=part):
            raise BadRecording(f"{file}: belongs to another recording (session {found.session}, part {found.part})")
        for number, line in enumerate(read_lines(file, whole=file is not files[-1]), 1):
            if number > 1:
                try:
                    read = decode(line)
                except msgspec.DecodeError as error:
                    raise BadRecording(f"{file}: line {number}: {error}") from error
                yield _read(read.input), Now(read.mono, read.wall_ms)


def _files(path: Path) -> list[Path]:
    existing = [file for file in _parts(path) if file.exists()]
    for file, expected in zip(existing, _parts(path), strict=False):
        if file != expected:
            raise BadRecording(f"{expected}: missing, though {file} is there")
    # A process that was killed at the very moment leaves a last file without even a header.
    return existing if first_line(existing[-1]) else existing[:-1]


def _header(path: Path) -> Header:
    try:
        header = msgspec.json.decode(first_line(path), type=Header)
    except msgspec.DecodeError as error:
        raise BadRecording(f"{path}: not a journal: {error}") from error
    if header.version > VERSION:
        raise BadRecording(f"{path}: of version {header.version}; this program reads up to {VERSION}")
    return header


def _read(item: _Written) -> Input:
    match item:
        case _Message(conn, text, data):
            return WsMessage(conn, data if text is None else text.encode())
        case _Reply(request_id, status, headers, text, data):
            return HttpReply(request_id, status, headers, data if text is None else text.encode())
        case _:
            return item


def _as_text(data: bytes) -> tuple[str | None, bytes]:
    try:
        return data.decode(), b""
    except UnicodeDecodeError:
        return None, data


def _part_name(path: Path, part: int) -> Path:
    return path.with_name(f"{path.name}.{part}") if part else path


def _parts(path: Path) -> Iterator[Path]:
    return (_part_name(path, part) for part in range(MAX_FILES))
