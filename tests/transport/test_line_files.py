"""Lines come back whole, from plain and packed files, also where the file stops in the middle of one."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transport.line_files
from transport.line_files import BadRecording, first_line, read_lines

LINES = [b"one", b"", b"three \xff", b"x" * 5000]
TEXT = b"".join(line + b"\n" for line in LINES)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_lines_come_back(pack: type[bytes], tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(pack(TEXT))
    assert list(read_lines(tmp_path / "x")) == LINES
    assert list(read_lines(tmp_path / "x", whole=True)) == LINES
    assert first_line(tmp_path / "x") == b"one"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_cut_off_end_is_left_out_or_refused(pack: type[bytes], tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(pack(TEXT)[:-4])
    assert list(read_lines(tmp_path / "x"))[:3] == LINES[:3]
    with pytest.raises(BadRecording, match="cut off"):
        list(read_lines(tmp_path / "x", whole=True))


def test_damage_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[20:30] = bytes(10)
    (tmp_path / "x").write_bytes(packed)
    with pytest.raises(BadRecording, match="damaged"):
        list(read_lines(tmp_path / "x"))


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b""))), st.integers(1, 40), st.booleans())
def test_however_the_file_is_read_the_lines_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], chunk: int, packed: bool
) -> None:
    text = b"".join(line + b"\n" for line in lines)
    if text.startswith(transport.line_files.GZIP):
        return
    path = tmp_path_factory.mktemp("lines") / "x"
    path.write_bytes(gzip.compress(text) if packed else text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport.line_files, "_CHUNK", max(chunk, 2))
        assert list(read_lines(path, whole=True)) == lines
