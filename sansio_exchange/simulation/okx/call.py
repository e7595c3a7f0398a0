"""One call of a client, whichever way it came, and the answer: REST and the private socket end here alike."""

from collections.abc import Sequence

from msgspec import Struct

from sansio_exchange.simulation.okx.parameters import Parameters

ALL_FAILED = "All operations failed"
PARTLY_FAILED = "Bulk operation partially succeeded."


class Call(Struct, frozen=True):
    """`account` is "" where the call needs no key.

    A call that acts has `rows`, one for each order. `expires_ms` is its expTime, 0 where it has none. `by_code` says
    that instruments are named by instIdCode, as on the socket, and not by instId.
    """

    params: Parameters
    account: str
    now_ms: int
    rows: tuple[Parameters, ...] = ()
    expires_ms: int = 0
    by_code: bool = False


class Answer(Struct, frozen=True):
    """What stands in every body: code "0", or the code of what was refused."""

    data: Sequence[object]
    code: str = "0"
    msg: str = ""


def answer_of(rows: Sequence[dict[str, str]]) -> Answer:
    """The answer to a call that acts: code 1 where every row failed, 2 where some did."""
    failed = sum(row["sCode"] != "0" for row in rows)
    if not failed:
        return Answer(rows)
    return Answer(rows, "1", ALL_FAILED) if failed == len(rows) else Answer(rows, "2", PARTLY_FAILED)
