"""Writes docs/states.md from the session's own table: python docs/draw_states.py"""

from pathlib import Path

from sansio_exchange.session.connection import TRANSITIONS, State

PAGE = Path(__file__).parent / "states.md"
HEAD = """\
# The life of a socket

Drawn by `docs/draw_states.py` from `TRANSITIONS` in `sansio_exchange/session/connection.py`; a test keeps it
current. Every socket of a venue lives by it: public ones, the private one, the one for order entry. A pair of state and
trigger that is not drawn is an error.
"""


def page() -> str:
    """The whole page."""
    return f"{HEAD}\n```mermaid\n{mermaid()}```\n"


def mermaid() -> str:
    """The table as a Mermaid state diagram, in the table's order."""
    lines = ["stateDiagram-v2", f"    [*] --> {_name(State.IDLE)}"]
    lines += [f"    {_name(state)}: {state.value}" for state in State]
    lines += [
        f"    {_name(before)} --> {_name(after)}: {trigger.value}" for (before, trigger), after in TRANSITIONS.items()
    ]
    return "\n".join(lines) + "\n"


def _name(state: State) -> str:
    return state.name.lower()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
