"""Runs recipes with given answers, as a session would."""

import json
from typing import Any

from sansio_exchange.errors import ExchangeError
from sansio_exchange.venue import Recipe, Request


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


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
