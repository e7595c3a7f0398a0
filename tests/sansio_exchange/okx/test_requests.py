"""What holds for every command: who answers it, and what an unreadable reply comes to."""

import pytest

from sansio_exchange.commands import (
    Action,
    FetchExchangeInfo,
    GetBalance,
    GetFills,
    GetHistoricalFundingRates,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenInterest,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    Start,
)
from sansio_exchange.errors import UnexpectedReply
from tests.sansio_exchange.okx.asking import do


def test_what_the_session_answers_itself_is_not_asked_of_the_venue() -> None:
    with pytest.raises(TypeError):
        do(Start())


@pytest.mark.parametrize(
    "action",
    [
        GetOrder("BTCUSDT", order_id=1),
        GetOpenOrders(),
        GetFills("BTCUSDT"),
        GetPositions(),
        GetBalance("USDT"),
        GetLatestPrice("BTCUSDT"),
        GetOpenInterest("BTCUSDT"),
        GetHistoricalKlines("BTCUSDT", "1m", 5),
        GetHistoricalFundingRates("BTCUSDT", 5),
        FetchExchangeInfo(),
    ],
    ids=lambda action: type(action).__name__,
)
@pytest.mark.parametrize("nonsense", [b"", b"{}", b'{"data":5}', b'{"data":[5]}', b"<html>", b"\xff", b'{"data":[[]]}'])
def test_a_reply_that_cannot_be_read_is_said_to_be(action: Action, nonsense: bytes) -> None:
    with pytest.raises(UnexpectedReply):
        do(action, nonsense)
