"""The README's table of venues says what the code does."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_committed_table_is_current() -> None:
    written = runpy.run_path(str(ROOT / "docs" / "write_venues.py"))
    assert written["written"](README) == README, "run python docs/write_venues.py"
