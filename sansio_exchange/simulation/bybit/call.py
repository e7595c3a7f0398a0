"""One call of a client, whichever way it came, and the answer: REST and the order-entry socket end here alike."""

from collections.abc import Mapping

from msgspec import Struct

from sansio_exchange.simulation.bybit.parameters import Parameters


class Call(Struct, frozen=True):
    """`account` is "" where the call needs no key.

    A batch has `rows`, one for each order, of which the rate limit lets the first `granted` through.
    """

    params: Parameters
    account: str
    now_ms: int
    rows: tuple[Parameters, ...] = ()
    granted: int = 0


class Answer(Struct, frozen=True):
    """What stands in a body as result and retExtInfo."""

    result: Mapping[str, object]
    extra: Mapping[str, object] = {}
