"""The drawn states are those of the code."""

import runpy
from pathlib import Path

from sansio_exchange.session.connection import TRANSITIONS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_committed_page_is_current() -> None:
    drawn = runpy.run_path(str(DOCS / "draw_states.py"))
    assert (DOCS / "states.md").read_text(encoding="utf-8") == drawn["page"](), "run python docs/draw_states.py"


def test_every_transition_is_drawn() -> None:
    page = (DOCS / "states.md").read_text(encoding="utf-8")
    assert page.count(" --> ") == len(TRANSITIONS) + 1
