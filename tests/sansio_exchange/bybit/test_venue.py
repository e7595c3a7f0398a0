"""The class that joins the folder's files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.bybit import NETWORKS, Bybit
from sansio_exchange.bybit.requests import CLIENT_ORDER_ID
from sansio_exchange.commands import Start
from sansio_exchange.errors import AuthenticationFailed, OutcomeUnknown, UnexpectedReply
from sansio_exchange.machine import HttpReply
from tests.sansio_exchange.bybit.payloads import bybit, reply
from tests.sansio_exchange.recipes import body

VENUE = bybit()


def test_what_the_session_asks_of_it() -> None:
    assert VENUE.name == "bybit"
    assert VENUE.is_unified_margin
    assert VENUE.max_batch == 10
    assert VENUE.order_lifetime == 5.0
    assert {budget.name for budget in VENUE.budgets()} >= {"place", "cancel", "everything"}


@given(session=st.text(max_size=40), number=st.integers(0, 10**18))
def test_client_order_ids_are_of_the_venues_form(session: str, number: int) -> None:
    assert CLIENT_ORDER_ID.fullmatch(VENUE.client_order_id(session, number))


def test_client_order_ids_are_unique_and_say_whose_they_are() -> None:
    assert VENUE.client_order_id("run-7", 3) == "run-7x3"
    made = {VENUE.client_order_id(session, number) for session in ("a", "a" * 36, "é") for number in range(100)}
    assert len(made) == 300


def test_an_accepted_reply_is_handed_on_as_it_is() -> None:
    assert VENUE.read(HttpReply(1, 200, {}, reply({"a": 1}))) == reply({"a": 1})


@pytest.mark.parametrize(
    ("status", "data", "kind"),
    [
        (200, reply(code=10003, msg="API key is invalid."), AuthenticationFailed),
        (401, b"", AuthenticationFailed),
        (200, b"<html>", UnexpectedReply),
        (502, b"<html>", OutcomeUnknown),
    ],
)
def test_a_refusal_is_raised(status: int, data: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        VENUE.read(HttpReply(1, status, {}, data))


def test_what_a_journal_keeps_has_no_keys() -> None:
    said = {"apiKey": "hnYPo8QvUiDqRzQ", "retMsg": "error sign! origin_string[1683213093517OTHERKEYabc5000a=b]"}
    kept = VENUE.redact(body(said))
    assert b"hnYPo8QvUiDqRzQ" not in kept
    assert b"OTHERKEYabc" not in kept


def test_what_is_the_sessions_is_not_asked_of_the_venue() -> None:
    with pytest.raises(TypeError):
        VENUE.recipe(Start())


def test_two_venues_share_nothing() -> None:
    one, other = Bybit(NETWORKS["mainnet"]), Bybit(NETWORKS["mainnet"])
    assert one.symbols is not other.symbols
