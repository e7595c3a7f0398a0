"""Replies that are spoiled: what comes of them is a value or an error of ours, and never a placement that is lost."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.commands import (
    Action,
    CancelOrder,
    CancelOrders,
    FetchExchangeInfo,
    GetAccount,
    GetFills,
    GetFundingRate,
    GetFundingRates,
    GetHistoricalFundingRates,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenInterest,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    GetTickers,
    PlaceOrder,
    PlaceOrders,
)
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import HttpReply
from sansio_exchange.okx import Okx
from sansio_exchange.venue import Request
from tests.sansio_exchange.okx.asking import BUY, candles, order_with, settled
from tests.sansio_exchange.okx.payloads import (
    INSTRUMENTS,
    MARK,
    RATE,
    ack,
    balance,
    fill,
    okx,
    order,
    position,
    reply,
    ticker,
)
from tests.sansio_exchange.spoiling import spoil

INTEREST = {"instId": "BTC-USDT-SWAP", "oi": "5000", "oiCcy": "50.5"}
OTHER = order_with(client_order_id="mine2")
CONVERSATIONS: list[tuple[Action, tuple[bytes, ...]]] = [
    (PlaceOrder(BUY), (reply(ack()),)),
    (PlaceOrders((BUY, OTHER)), (reply(ack(), ack(clOrdId="mine2", ordId="", sCode="51008"), code="2"),)),
    (CancelOrder("BTCUSDT", order_id=7), (reply(ack(ordId="7")),)),
    (CancelOrders("BTCUSDT", (7, 8)), (reply(ack(ordId="7"), ack(ordId="8", sCode="51400"), code="2"),)),
    (GetOrder("BTCUSDT", order_id=7), (reply(order()),)),
    (GetOpenOrders(), (reply(order(), order(ordId="2")),)),
    (GetFills("BTCUSDT"), (reply(fill(), fill(tradeId="2")),)),
    (GetAccount(), (reply(balance()), reply(position()))),
    (GetPositions(), (reply(position()),)),
    (GetLatestPrice("BTCUSDT"), (reply(ticker()),)),
    (GetTickers(), (reply(ticker()), reply(INTEREST))),
    (GetOpenInterest("BTCUSDT"), (reply(INTEREST),)),
    (GetHistoricalKlines("BTCUSDT", "1m", 3), (reply(*candles(10_000, 3)),)),
    (GetFundingRate("BTCUSDT"), (reply(RATE), reply(MARK))),
    (GetFundingRates(), (reply(RATE), reply(MARK))),
    (GetHistoricalFundingRates("BTCUSDT", 2), (reply(settled(1), settled(2)),)),
    (FetchExchangeInfo(), (INSTRUMENTS,)),
]
STEPS = 5
"""Requests after which a conversation is left: a spoiled page may look as if there were another."""


def converse(venue: Okx, action: Action, answers: tuple[bytes, ...]) -> Any:
    """What the action comes to, if the venue answers so; each answer goes through `read` first."""

    def answer(at: int) -> bytes | ExchangeError:
        try:
            return venue.read(HttpReply(1, 200, {}, answers[at % len(answers)]))
        except ExchangeError as error:
            return error

    try:
        recipe = venue.recipe(action)
        step: Request | tuple[Request, ...] = next(recipe)  # type: ignore[assignment]  # no recipe here sleeps
        for asked in range(STEPS):
            if isinstance(step, tuple):
                step = recipe.send([answer(at) for at in range(len(step))])  # type: ignore[assignment]  # as above
                continue
            outcome = answer(asked)
            following = recipe.throw(outcome) if isinstance(outcome, ExchangeError) else recipe.send(outcome)
            step = following  # type: ignore[assignment]  # as above
    except StopIteration as stop:
        return stop.value
    except ExchangeError as error:
        return error
    recipe.close()
    return None


@pytest.mark.parametrize(("action", "answers"), CONVERSATIONS, ids=lambda value: type(value).__name__)
def test_the_conversations_come_to_something_when_nothing_is_spoiled(
    action: Action, answers: tuple[bytes, ...]
) -> None:
    assert not isinstance(converse(okx(), action, answers), ExchangeError)


@settings(max_examples=400, deadline=None)
@given(conversation=st.sampled_from(CONVERSATIONS), data=st.data())
def test_a_spoiled_reply_is_read_or_is_an_error_of_ours(
    conversation: tuple[Action, tuple[bytes, ...]], data: st.DataObject
) -> None:
    action, answers = conversation
    at = data.draw(st.integers(0, len(answers) - 1))
    spoiled = (*answers[:at], spoil(data, answers[at]), *answers[at + 1 :])
    converse(okx(), action, spoiled)
