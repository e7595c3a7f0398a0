import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_the_embedding_example_trades_without_any_io(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "embedding.py"))
    lines = capsys.readouterr().out.splitlines()
    told, answered = sorted(lines[:2])  # over two sockets: either may be first
    assert told == "NEW"
    assert answered.startswith("placed example-")
    assert "FILLED" in lines
    assert lines[-1].startswith("equity after five minutes ")
