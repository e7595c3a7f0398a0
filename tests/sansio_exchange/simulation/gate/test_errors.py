"""What the exchange below raises, in Gate's words."""

import pytest

from sansio_exchange.errors import (
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    NotConnected,
    ReduceOnlyRejected,
    WouldTake,
)
from sansio_exchange.simulation.gate.errors import refusal, wrong


@pytest.mark.parametrize(
    ("error", "label", "status"),
    [
        (InvalidRequest("quantity", "is odd"), "INVALID_PARAM_VALUE", 400),
        (InsufficientFunds("no"), "INSUFFICIENT_AVAILABLE", 400),
        (WouldTake("no"), "ORDER_POC_IMMEDIATE", 400),
        (ReduceOnlyRejected("no"), "INCREASE_POSITION", 400),
        (NotConnected("no"), "SERVER_ERROR", 500),
    ],
    ids=lambda value: value.__class__.__name__ if isinstance(value, ExchangeError) else str(value),
)
def test_every_refusal_has_a_label_and_a_status(error: ExchangeError, label: str, status: int) -> None:
    refused = refusal(error)
    assert (refused.label, refused.status) == (label, status)
    assert refused.body() == {"label": label, "message": refused.message}


def test_a_value_is_quoted_in_part() -> None:
    assert wrong("text", "abc").message == "Invalid parameter `text` with value: abc"
    assert len(wrong("text", "x" * 1000).message) < 120
