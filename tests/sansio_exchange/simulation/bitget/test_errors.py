"""What is answered where the exchange below refuses."""

import pytest

from sansio_exchange.errors import (
    DuplicateClientOrderId,
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    OrderNotFound,
    OrderRejected,
    ReduceOnlyRejected,
    UnknownSymbol,
)
from sansio_exchange.simulation.bitget.errors import refusal


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownSymbol("symbol", "is not listed"), "40034"),
        (InvalidRequest("price", "must be set"), "40020"),
        (InsufficientFunds("no"), "40762"),
        (ReduceOnlyRejected("no"), "22002"),
        (DuplicateClientOrderId("no"), "40786"),
        (OrderNotFound("no"), "40768"),
        (OrderRejected("no"), "40725"),
    ],
)
def test_every_refusal_has_its_code(error: ExchangeError, code: str) -> None:
    assert refusal(error).code == code
