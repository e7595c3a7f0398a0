"""One call of a client, whichever way it came."""

from msgspec import Struct

from sansio_exchange.simulation.bitget.parameters import Parameters


class Call(Struct, frozen=True):
    """`params` are those of the query, or the members of the body. `account` is "" where the call needs no key.

    The answer to a call is what stands in its body as `data`.
    """

    params: Parameters
    account: str
    now_ms: int
