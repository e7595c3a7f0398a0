"""What is remembered stands in the file before the call returns; one process at a time."""

from pathlib import Path

import pytest

from sansio_exchange.machine import Remember
from transport.order_memory import FILE, OrderMemory


def test_what_was_remembered_is_there_again(tmp_path: Path) -> None:
    memory = OrderMemory(tmp_path / "new" / "folder")
    assert memory.kept == b""
    memory.remember(Remember(b"one\n"))
    memory.remember(Remember(b"two\n"))
    assert (tmp_path / "new" / "folder" / FILE).read_bytes() == b"one\ntwo\n", "before it is closed"
    memory.close()
    again = OrderMemory(tmp_path / "new" / "folder")
    assert again.kept == b"one\ntwo\n"
    again.close()


def test_told_anew_it_takes_the_place_of_what_was_before(tmp_path: Path) -> None:
    memory = OrderMemory(tmp_path)
    memory.remember(Remember(b"old\n"))
    memory.remember(Remember(b"all\n", anew=True))
    memory.remember(Remember(b"next\n"))
    memory.close()
    assert (tmp_path / FILE).read_bytes() == b"all\nnext\n"


def test_half_of_what_was_being_told_anew_counts_for_nothing(tmp_path: Path) -> None:
    memory = OrderMemory(tmp_path)
    memory.remember(Remember(b"old\n"))
    memory.close()
    (tmp_path / "orders.next").write_bytes(b"ha")
    again = OrderMemory(tmp_path)
    assert again.kept == b"old\n"
    again.remember(Remember(b"all\n", anew=True))
    again.close()
    assert (tmp_path / FILE).read_bytes() == b"all\n"


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    memory = OrderMemory(tmp_path)
    with pytest.raises(BlockingIOError):
        OrderMemory(tmp_path)
    memory.close()
    OrderMemory(tmp_path).close()


def test_others_cannot_read_it(tmp_path: Path) -> None:
    memory = OrderMemory(tmp_path / "kept")
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    assert (tmp_path / "kept" / FILE).stat().st_mode & 0o077 == 0
    memory.close()


def test_what_cannot_be_kept_whole_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = OrderMemory(tmp_path)
    memory.remember(Remember(b"old\n"))

    def full(_file: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("transport.order_memory.os.write", full)
    with pytest.raises(OSError, match="No space"):
        memory.remember(Remember(b"new\n"))
    assert not (tmp_path / FILE).exists(), "a restart must not believe that nothing came after"
    memory.close()


def test_who_must_remove_what_the_disk_does_not_let_go_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    memory = OrderMemory(tmp_path)
    memory.remember(Remember(b"old\n"))

    def read_only(*_: object, **__: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("transport.order_memory.os.write", read_only)
    monkeypatch.setattr(Path, "unlink", read_only)
    with pytest.raises(OSError, match="Read-only"):
        memory.remember(Remember(b"new\n"))
    memory.close()
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert str(tmp_path / FILE) in record.getMessage()
    assert "remove it before the next start" in record.getMessage()
