"""Files of lines, plain or gzip, whole or cut off: what journals and captures are made of."""

import zlib
from collections.abc import Iterator
from pathlib import Path

GZIP = b"\x1f\x8b"
_CHUNK = 256 * 2**10


class BadRecording(Exception):
    """A recording that cannot be read: not one at all, damaged, or a part is missing. Says which file and why."""


def read_lines(path: Path, *, whole: bool = False) -> Iterator[bytes]:
    """The complete lines of the file, without their newline, as they were written.

    A process that was killed leaves half a line or half a compressed block at the end: these are left out, or with
    `whole` refused. Raises OSError, and BadRecording where compressed data is damaged.
    """
    rest = b""
    for data in _unpacked(path, whole):
        *lines, rest = (rest + data).split(b"\n")
        yield from lines
    if rest and whole:
        raise BadRecording(f"{path}: cut off within its last line")


def first_line(path: Path) -> bytes:
    """The first complete line of the file, b"" where there is none. Raises as read_lines does."""
    return next(read_lines(path), b"")


def is_cut_off(path: Path) -> bool:
    """Whether the file ends within a line or a compressed block; it is read through. Raises OSError."""
    try:
        for _ in read_lines(path, whole=True):
            pass
    except BadRecording:
        return True
    return False


def _unpacked(path: Path, whole: bool) -> Iterator[bytes]:
    with path.open("rb") as file:
        data = file.read(_CHUNK)
        if not data.startswith(GZIP):
            while data:
                yield data
                data = file.read(_CHUNK)
            return
        unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        while data:
            try:
                yield unpacker.decompress(data, _CHUNK)
            except zlib.error as damage:
                raise BadRecording(f"{path}: damaged: {damage}") from damage
            data = unpacker.unconsumed_tail or file.read(_CHUNK)
        if whole and not unpacker.eof:
            raise BadRecording(f"{path}: cut off")
