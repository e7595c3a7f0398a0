"""Runs recipes with given answers, as a session would, and finds collected payloads."""

import json
from pathlib import Path
from typing import Any

from sansio_exchange.errors import ExchangeError
from sansio_exchange.venue import Recipe, Request


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


Rows = dict[str, dict[str, Any]]
"""Collected payloads by id."""


def collected(shared: Path, venue: str) -> Rows:
    """The venue's collection that is kept beside the project."""
    lines = (shared / "fixtures" / f"{venue}.jsonl").read_text().splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def names(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


def run(recipe: Recipe[Any], *answers: Any) -> tuple[Any, list[Request]]:
    """The recipe's result and the requests that it made. An answer is what a step evaluates to: bytes, an error to be
    raised, or for requests side by side a list of those."""
    asked: list[Request] = []
    waiting = list(answers)
    try:
        step: Any = next(recipe)
        while True:
            asked += step if isinstance(step, tuple) else [step]
            answer = waiting.pop(0)
            step = recipe.throw(answer) if isinstance(answer, ExchangeError) else recipe.send(answer)
    except StopIteration as stop:
        assert not waiting, f"{len(waiting)} answers were not asked for"
        return stop.value, asked
