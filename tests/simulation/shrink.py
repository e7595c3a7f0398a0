"""Cuts a failing episode down: a shorter time, fewer troubles, fewer deeds, while it fails the same way."""

import re
from collections.abc import Callable, Collection, Iterator

from tests.simulation.episode import TRADES_FOR, Episode, LeftOut
from tests.simulation.runs import Failure

MOST_RUNS = 200


def shrink(failure: Failure, *, most_runs: int = MOST_RUNS) -> Iterator[str]:
    """What is left of it, in lines for people. It takes up to `most_runs` episodes."""
    cut = _Cut(failure, most_runs)
    cut.time()
    cut.troubles()
    cut.deeds()
    cut.troubles()
    yield from cut.told()


def how(failure: str) -> str:
    """In which way it failed: without the numbers and names of this time."""
    return re.sub(r"\d+", "#", failure.split(":", 2)[1] if failure.startswith("Wrong:") else failure.split(":", 1)[0])


class _Cut:
    def __init__(self, failure: Failure, most_runs: int) -> None:
        self._seed = failure.seed
        self._venue = failure.venue
        self._how = how(failure.what)
        self._runs_left = most_runs
        self._trades_for = TRADES_FOR
        self._left_out = LeftOut()
        self._episode: Episode | None = None
        self._what = failure.what
        self._fails(self._trades_for, self._left_out)

    def time(self) -> None:
        """Halve the time, and what halving took off too much is tried in smaller pieces."""
        piece = self._trades_for / 2
        while piece > 1.0:
            if not self._fails(self._trades_for - piece, self._left_out):
                piece /= 2
            piece = min(piece, self._trades_for / 2)

    def troubles(self) -> None:
        assert self._episode is not None
        there = [
            number
            for number, trouble in enumerate(self._episode.troubles)
            if trouble.at <= self._episode.trades_until and number not in self._left_out.troubles
        ]
        self._leave_out(
            there, lambda numbers: LeftOut(self._left_out.troubles | frozenset(numbers), self._left_out.deeds)
        )

    def deeds(self) -> None:
        assert self._episode is not None
        self._leave_out(
            list(self._episode.traders.deeds),
            lambda numbers: LeftOut(self._left_out.troubles, self._left_out.deeds | frozenset(numbers)),
        )

    def told(self) -> Iterator[str]:
        episode = self._episode
        if episode is None:
            yield f"seed {self._seed} on {self._venue} did not fail again"
            return
        yield f"seed {self._seed} on {self._venue}, trading for {self._trades_for:g} s: what is left of it"
        yield f"{'remembering' if episode.lives.remembers else 'without memory'}; what goes wrong:"
        for number, trouble in enumerate(episode.troubles):
            if number not in self._left_out.troubles and trouble.at <= episode.trades_until:
                yield f"  {trouble}"
        yield "what is asked for:"
        for _, deed in sorted(episode.traders.deeds.items()):
            yield f"  {deed}"
        yield f"and then, at {episode.world.now:.3f} s:"
        yield f"  {self._what}"

    def _leave_out(self, numbers: list[int], without: Callable[[Collection[int]], LeftOut]) -> None:
        size = len(numbers)
        while size >= 1:
            for at in range(0, len(numbers), size):
                if piece := numbers[at : at + size]:
                    self._fails(self._trades_for, without(piece))
            numbers = [number for number in numbers if without(()) != without((number,))]
            size = size // 2

    def _fails(self, trades_for: float, left_out: LeftOut) -> bool:
        """Whether it fails the same way with that; then that is what is left."""
        if not self._runs_left:
            return False
        self._runs_left -= 1
        episode = Episode(self._seed, self._venue, trades_for=trades_for, left_out=left_out)
        try:
            episode.run()
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            if how(what) == self._how:
                self._trades_for, self._left_out = trades_for, left_out
                self._episode, self._what = episode, what
                self._tell_progress(episode)
                return True
        return False

    def _tell_progress(self, episode: Episode) -> None:
        left = [trouble for number, trouble in enumerate(episode.troubles) if number not in self._left_out.troubles]
        troubles = sum(trouble.at <= episode.trades_until for trouble in left)
        print(
            f"fails with {self._trades_for:.0f} s of trade, {troubles} troubles, {len(episode.traders.deeds)} commands"
            f" ({self._runs_left} more plays)",
            flush=True,
        )
