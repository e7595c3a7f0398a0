"""Many orders in few requests, of a venue that is made up: its rows are its client order ids, two to a batch."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.batches import Placing, accepted, cancel_many, place_many, place_one
from sansio_exchange.errors import ExchangeError, InvalidRequest, OrderRejected, OutcomeUnknown, UnexpectedReply
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side
from sansio_exchange.venue import Request
from tests.sansio_exchange.recipes import run


def new(name: str) -> NewOrder:
    return NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(1), client_order_id=name)


def order(name: str) -> Order:
    return Order(7, name, "BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(1), OrderStatus.NEW)


def check(sent: NewOrder) -> str:
    if sent.client_order_id == "bad":
        raise InvalidRequest("client_order_id", "no")
    return sent.client_order_id


def request(names: Sequence[str]) -> Request:
    return Request("POST", "/" + "/".join(names))


def read(body: bytes, names: Sequence[str]) -> Sequence[Order | ExchangeError]:
    """Names, the first with ! for a refused one."""
    if body == b"nonsense":
        raise UnexpectedReply("nonsense")
    return [OrderRejected("no") if name.startswith("!") else order(name) for name in body.decode().split()]


PLACING = Placing(check, request, read, 2)


def place(names: str, *answers: Any) -> tuple[list[str], list[str]]:
    outcomes, asked = run(place_many([new(name) for name in names.split()], PLACING), *answers)
    for each, name in zip(outcomes, names.split(), strict=True):
        assert each.client_order_id == name if isinstance(each, Order | OutcomeUnknown) else True
    return [type(each).__name__ for each in outcomes], [each.path for each in asked]


def test_batches_go_side_by_side_and_each_row_has_its_outcome() -> None:
    outcomes, asked = place("a b c d e", [b"a b", b"!c d", b"e"])
    assert asked == ["/a/b", "/c/d", "/e"]
    assert outcomes == ["Order", "Order", "OrderRejected", "Order", "Order"]


def test_a_row_that_breaks_a_rule_is_not_sent_and_fails_alone() -> None:
    assert place("a bad b", [b"a b"]) == (["Order", "InvalidRequest", "Order"], ["/a/b"])
    assert place("bad") == (["InvalidRequest"], [])
    assert place("") == ([], [])


@pytest.mark.parametrize("answer", [OutcomeUnknown("silence"), b"nonsense", b"", b"x y", b"b a"])
def test_a_batch_of_which_nobody_can_tell_leaves_its_own_rows_unknown(answer: Any) -> None:
    outcomes, _ = place("a b c", [answer, b"c"])
    assert outcomes == ["OutcomeUnknown", "OutcomeUnknown", "Order"]


def test_rows_that_a_reply_leaves_out_or_adds() -> None:
    assert place("a b", [b"a"])[0] == ["Order", "OutcomeUnknown"]
    assert place("a b", [b"a b c"])[0] == ["Order", "Order"]


def test_only_what_is_alike_goes_together_and_the_order_is_kept() -> None:
    placing = Placing(check, request, read, 2, apart=len)
    outcomes, asked = run(place_many([new(name) for name in ("a", "bb", "c")], placing), [b"a c", b"bb"])
    assert [each.path for each in asked] == ["/a/c", "/bb"]
    assert [each.client_order_id for each in outcomes] == ["a", "bb", "c"]


def test_one_order_is_checked_before_its_recipe_runs_and_raises_what_came_of_it() -> None:
    with pytest.raises(InvalidRequest):
        place_one(new("bad"), PLACING)
    assert run(place_one(new("a"), PLACING), b"a")[0] == order("a")
    for answer, kind in (
        (b"!a", OrderRejected),
        (OrderRejected("no"), OrderRejected),
        (b"another", OutcomeUnknown),
        (b"", OutcomeUnknown),
        (b"nonsense", OutcomeUnknown),
    ):
        with pytest.raises(kind) as raised:
            run(place_one(new("a"), PLACING), answer)
        assert getattr(raised.value, "client_order_id", "a") == "a"


def test_cancels_are_none_where_they_are_done() -> None:
    unknown = OrderRejected("never heard of")
    rows: list[str | ExchangeError] = ["a", unknown, "b", "c"]
    outcomes, asked = run(cancel_many(rows, 2, request, read), [b"a !b", b"nonsense"])
    assert [each.path for each in asked] == ["/a/b", "/c"]
    assert [type(each) for each in outcomes] == [type(None), OrderRejected, OrderRejected, OutcomeUnknown]
    assert outcomes[1] is unknown


def test_an_acknowledgement_that_makes_no_order_fails_alone() -> None:
    def make(name: str, sent: NewOrder) -> Order:
        if name != sent.client_order_id:
            raise UnexpectedReply("another")
        return order(name)

    acks: list[str | ExchangeError] = ["a", "x", OrderRejected("no")]
    outcomes = accepted(acks, [new("a"), new("b"), new("c")], make)
    assert [type(each) for each in outcomes] == [Order, UnexpectedReply, OrderRejected]
