"""Whatever the exchange below refuses has a code of Binance's."""

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
    WouldTake,
)
from sansio_exchange.simulation.binance.errors import refusal


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownSymbol("symbol", "is unknown"), -1121),
        (InvalidRequest("leverage", "is too high"), -4028),
        (InvalidRequest("quantity", "is odd"), -1130),
        (InsufficientFunds("no"), -2019),
        (WouldTake("no"), -5022),
        (ReduceOnlyRejected("no"), -2022),
        (DuplicateClientOrderId("no"), -4116),
        (OrderNotFound("no"), -2013),
        (OrderRejected("no"), -2010),
    ],
)
def test_every_error_has_its_code(error: ExchangeError, code: int) -> None:
    refused = refusal(error)
    assert (refused.status, refused.code) == (400, code)
    assert refused.row() == {"code": code, "msg": refused.message}
