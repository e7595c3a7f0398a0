"""Replies that are spoiled: what comes of them is a value or an error of ours, and never a placement that is lost."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.bitget import Bitget
from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    FetchExchangeInfo,
    GetAccount,
    GetBalance,
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
from sansio_exchange.venue import Request
from tests.sansio_exchange.bitget.asking import BUY, order_with, rows, settled
from tests.sansio_exchange.bitget.payloads import (
    CONTRACTS,
    RATE,
    account,
    ack,
    batch,
    bitget,
    fill,
    fills,
    order,
    orders,
    position,
    refusal,
    reply,
    ticker,
)
from tests.sansio_exchange.spoiling import spoil

DETAIL = {**order(), "state": "live"}
INTEREST = {"openInterestList": [{"symbol": "BTCUSDT", "size": "52234.134"}], "ts": "1"}
OTHER = order_with(client_order_id="mine2")
BOTH = batch([ack(), ack(clientOid="mine2", orderId="9")])
CONVERSATIONS: list[tuple[Action, tuple[bytes, ...]]] = [
    (PlaceOrder(BUY), (reply(ack()),)),
    (PlaceOrders((BUY, OTHER)), (batch([ack()], [refusal("40762", clientOid="mine2")]),)),
    (CancelOrder("BTCUSDT", order_id=7), (reply(ack(orderId="7")),)),
    (CancelOrders("BTCUSDT", (7, 8)), (batch([ack(orderId="7")], [refusal("40768", orderId="8")]),)),
    (CancelAllOrders("BTCUSDT"), (batch([ack()]),)),
    (GetOrder("BTCUSDT", order_id=7), (reply(DETAIL),)),
    (GetOpenOrders(), (orders(order(), order(orderId="2")),)),
    (GetFills("BTCUSDT"), (fills(fill(), fill(tradeId="2")),)),
    (GetAccount(), (reply([account()]), reply([position()]))),
    (GetBalance("USDT"), (reply([account()]),)),
    (GetPositions(), (reply([position()]),)),
    (GetLatestPrice("BTCUSDT"), (reply([ticker()]),)),
    (GetTickers(), (reply([ticker()]),)),
    (GetOpenInterest("BTCUSDT"), (reply(INTEREST),)),
    (GetHistoricalKlines("BTCUSDT", "1m", 3), (reply(rows(10_000, 3)),)),
    (GetFundingRate("BTCUSDT"), (reply([RATE]), reply([ticker()]))),
    (GetFundingRates(), (reply([RATE]), reply([ticker()]))),
    (GetHistoricalFundingRates("BTCUSDT", 2), (reply([settled(2), settled(1)]),)),
    (FetchExchangeInfo(), (CONTRACTS,)),
]
STEPS = 5
"""Requests after which a conversation is left: a spoiled page may look as if there were another."""


def converse(venue: Bitget, action: Action, answers: tuple[bytes, ...]) -> Any:
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
    assert not isinstance(converse(bitget(), action, answers), ExchangeError)


@settings(max_examples=400, deadline=None)
@given(conversation=st.sampled_from(CONVERSATIONS), data=st.data())
def test_a_spoiled_reply_is_read_or_is_an_error_of_ours(
    conversation: tuple[Action, tuple[bytes, ...]], data: st.DataObject
) -> None:
    action, answers = conversation
    at = data.draw(st.integers(0, len(answers) - 1))
    spoiled = (*answers[:at], spoil(data, answers[at]), *answers[at + 1 :])
    converse(bitget(), action, spoiled)
