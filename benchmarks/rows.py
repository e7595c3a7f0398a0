"""One measured figure, and how a benchmark hands it over: a JSON line on stdout."""

import json
from dataclasses import asdict, dataclass


@dataclass
class Row:
    """One line of the table. `target` is an upper bound, or a lower one if `more_is_better`; None for none.

    `figure` and `target` are in `unit`. `peer` says what the same run measured for somebody else's code, in words.
    """

    benchmark: str
    what: str
    figure: float
    unit: str
    target: float | None = None
    more_is_better: bool = False
    peer: str = ""

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.figure >= self.target if self.more_is_better else self.figure <= self.target


def report(row: Row) -> None:
    """Hand one row to whoever runs the benchmark."""
    print(json.dumps({"row": asdict(row)}), flush=True)
