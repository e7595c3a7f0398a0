"""One call of a client, whichever way it came, and the answer: REST and the socket end here alike."""

from collections.abc import Mapping

from msgspec import Struct

from sansio_exchange.simulation.gate.parameters import Parameters


class Call(Struct, frozen=True):
    """`account` is "" where the call needs no key.

    `target` is what the path names (an order, a contract). A call that acts on orders has `rows`, one for each, or
    `ids`. `expires_ms` is its x-gate-exptime, 0 where it has none. `is_decimal` says that sizes are to be texts.
    """

    params: Parameters
    account: str
    now_ms: int
    target: str = ""
    rows: tuple[Parameters, ...] = ()
    ids: tuple[str, ...] = ()
    expires_ms: int = 0
    is_decimal: bool = False


class Answer(Struct, frozen=True):
    """The body as it stands in the response, and what pages of it there are."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = {}
