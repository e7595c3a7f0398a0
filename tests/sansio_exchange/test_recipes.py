"""Steps of recipes: what comes back, and what is made of what went wrong."""

import pytest

from sansio_exchange.errors import OrderRejected, OutcomeUnknown, UnexpectedReply, VenueUnavailable
from sansio_exchange.recipes import ask, asking, or_raise, row_error
from sansio_exchange.venue import Request

TIME = Request("GET", "/time")


def test_a_question_evaluates_to_what_its_reply_says() -> None:
    recipe = ask(TIME, int)
    assert next(recipe) is TIME
    with pytest.raises(StopIteration) as stop:
        recipe.send(b"7")
    assert stop.value.value == 7


def test_a_question_without_an_answer_may_be_asked_again() -> None:
    recipe = asking(ask(TIME, int))
    next(recipe)
    with pytest.raises(VenueUnavailable, match="backend was silent") as refused:
        recipe.throw(OutcomeUnknown("the backend was silent"))
    assert refused.value.retry_after == 1.0


def test_one_of_several_is_a_body_or_raises() -> None:
    assert or_raise(b"x") == b"x"
    with pytest.raises(OrderRejected):
        or_raise(OrderRejected("no"))


def test_what_is_not_known_of_an_order_names_it_and_what_is_known_stays() -> None:
    for doubt in (OutcomeUnknown("silence"), UnexpectedReply("silence")):
        told = row_error(doubt, "mine")
        assert isinstance(told, OutcomeUnknown)
        assert (told.client_order_id, told.reason) == ("mine", "silence")
    refusal = OrderRejected("no")
    assert row_error(refusal, "mine") is refusal
