"""Every error of the exchange below has a code of OKX's."""

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
from sansio_exchange.simulation.okx.errors import refusal


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownSymbol("symbol", "x"), "51001"),
        (InvalidRequest("quantity", "x"), "51000"),
        (InsufficientFunds("x"), "51008"),
        (ReduceOnlyRejected("x"), "51169"),
        (DuplicateClientOrderId("x"), "51016"),
        (OrderNotFound("x"), "51603"),
        (OrderRejected("x"), "50026"),
    ],
)
def test_errors_have_codes(error: ExchangeError, code: str) -> None:
    assert refusal(error).code == code
