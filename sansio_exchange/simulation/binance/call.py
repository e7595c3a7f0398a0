"""One call of a client, whichever way it came: REST and the order-entry socket end here alike."""

from msgspec import Struct

from sansio_exchange.simulation.binance.parameters import Parameters


class Call(Struct, frozen=True):
    """`account` is "" where the call needs no key."""

    params: Parameters
    account: str
    now_ms: int
