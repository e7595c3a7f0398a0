"""What a recording says, once more: journals through the machine itself, captures through the venue's decoder."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count, takewhile
from pathlib import Path

import msgspec

from sansio_exchange.clock import Now
from sansio_exchange.machine import Effect, Event, Input, Machine, Publish
from transport.capture import is_capture
from transport.journal import FORMAT, Header, read_journal
from transport.line_files import BadRecording, first_line, is_cut_off


def effects_of(machine: Machine, inputs: Iterable[tuple[Input, Now]]) -> Iterator[Effect]:
    """Lead `machine` through `inputs` and yield what it answers. Nothing is sent anywhere."""
    for item, now in inputs:
        yield from machine.handle(item, now)


def replay_journal(path: Path, make: Callable[[Header], Machine]) -> Iterator[Event]:
    """The events that were published while the journal at `path` was recorded: the same values in the same order.

    `make` builds the machine of the header, with any credentials. Raises as read_journal does.
    """
    header, inputs = read_journal(path)
    return (effect.event for effect in effects_of(make(header), inputs) if isinstance(effect, Publish))


def kind_of(path: Path) -> str:
    """Whether the file is a "journal" or a "capture". Raises OSError, and BadRecording if it is neither."""
    line = first_line(path)
    try:
        first = msgspec.json.decode(line)
    except msgspec.DecodeError:
        first = None
    if isinstance(first, dict) and first.get("journal") == FORMAT:
        return "journal"
    if is_capture(first):
        return "capture"
    raise BadRecording(f"{path}: neither a journal nor a capture: {_looks_like(path, line)}")


def is_incomplete(path: Path) -> bool:
    """Whether the recording that begins at `path` ends in the middle of something. It is read through."""
    parts = takewhile(Path.exists, (path.with_name(f"{path.name}.{part}") for part in count(1)))
    return is_cut_off([path, *parts][-1])


def _looks_like(path: Path, line: bytes) -> str:
    """In words, as the content of a file given by mistake may be secret."""
    if not path.stat().st_size:
        return "it is empty"
    if not line:
        return "it has no complete line, or an empty first one"
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return "it is binary"
    if not text.replace("\t", " ").rstrip("\r").isprintable():
        return "it is binary"
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError:
        return "it is text, but its first line is no JSON"
    return "its first line is JSON, but neither a journal's header nor an entry of a capture"
