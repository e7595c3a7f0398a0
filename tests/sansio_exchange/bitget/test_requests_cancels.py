"""Cancelling orders, one by one and many at once."""

import pytest

from sansio_exchange.bitget.requests import BATCH_ROWS
from sansio_exchange.commands import CancelAllOrders, CancelOrder, CancelOrders
from sansio_exchange.errors import (
    InvalidRequest,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
    VenueUnavailable,
)
from sansio_exchange.venue import Access, Priority, Request
from tests.sansio_exchange.bitget.asking import detail, do
from tests.sansio_exchange.bitget.payloads import ack, batch, bitget, refusal, reply


@pytest.mark.parametrize(
    ("action", "which"),
    [
        (CancelOrder("BTCUSDT", order_id=7), {"orderId": "7"}),
        (CancelOrder("BTCUSDT", client_order_id="mine1"), {"clientOid": "mine1"}),
        (CancelOrder("BTCUSDT", order_id=7, client_order_id="mine1"), {"orderId": "7"}),
        (CancelOrder("BTCUSDT", client_order_id="web:" + "x" * 36), {"clientOid": "web:" + "x" * 36}),
    ],
)
@pytest.mark.parametrize("said", [{}, {"orderId": "7", "clientOid": ""}], ids=["both", "one"])
def test_an_order_is_cancelled_by_either_id(action: CancelOrder, which: dict[str, str], said: dict[str, str]) -> None:
    answer = said or {"orderId": "7", "clientOid": which.get("clientOid", "mine1")}
    result, (asked,) = do(action, reply(answer))
    assert result is None
    assert asked == Request(
        "POST",
        "/api/v2/mix/order/cancel-order",
        {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", **which},
        Access.SIGNED,
        {"cancel": 1, "everything": 1},
        Priority.CANCEL,
        "cancel-order",
    )


def test_a_cancel_without_an_id_or_with_a_bad_one_is_refused() -> None:
    for action, field in (
        (CancelOrder("BTCUSDT"), "order_id"),
        (CancelOrder("BTCUSDT", client_order_id="a b"), "client_order_id"),
        (CancelOrder("BTCUSDT", client_order_id="a" * 65), "client_order_id"),
        (CancelOrder("GONEUSDT", order_id=7), "symbol"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            bitget().recipe(action)
        assert refused.value.field == field


def test_a_cancel_says_what_happened() -> None:
    with pytest.raises(OrderNotFound):
        do(CancelOrder("BTCUSDT", order_id=7), OrderNotFound("gone"))
    for answer in (reply(None), reply({}), reply({"orderId": "8", "clientOid": ""}), reply(ack(clientOid="other"))):
        with pytest.raises(OutcomeUnknown) as raised:
            do(CancelOrder("BTCUSDT", 7, "mine1") if b'"8"' in answer else cancel_mine(), answer)
        assert raised.value.client_order_id in ("mine1", "")


def cancel_mine() -> CancelOrder:
    return CancelOrder("BTCUSDT", client_order_id="mine1")


OWN_ID = "1111465253393825792"


def test_an_order_without_a_client_order_id_is_cancelled_by_the_name_under_which_it_is_told() -> None:
    action = CancelOrder("BTCUSDT", client_order_id=OWN_ID)
    _, asked = do(action, OrderNotFound("22001"), detail(clientOid=""), reply(ack(clientOid="")))
    assert [request.path.rpartition("/")[2] for request in asked] == ["cancel-order", "detail", "cancel-order"]
    assert [request.params.get("orderId") for request in asked] == [None, OWN_ID, OWN_ID]
    with pytest.raises(OutcomeUnknown) as raised:
        do(action, OrderNotFound("22001"), detail(clientOid=""), OutcomeUnknown("lost"))
    assert raised.value.client_order_id == OWN_ID


def test_an_order_that_has_another_name_is_not_cancelled() -> None:
    action = CancelOrder("BTCUSDT", client_order_id=OWN_ID)
    with pytest.raises(OrderNotFound):
        do(action, OrderNotFound("22001"), detail(clientOid="mine1"))
    with pytest.raises(OrderNotFound):
        do(action, OrderNotFound("22001"), OrderNotFound("40109"))
    with pytest.raises(VenueUnavailable):
        do(action, OrderNotFound("22001"), OutcomeUnknown("lost"))
    with pytest.raises(OutcomeUnknown):
        do(action, OutcomeUnknown("lost"))


def test_cancels_go_in_batches_of_objects_with_an_outcome_each() -> None:
    ids = tuple(range(1, BATCH_ROWS + 3))
    done = [ack(orderId=str(n), clientOid=f"c{n}") for n in ids[:BATCH_ROWS] if n != 2]
    first = batch(done, [refusal("22001", orderId="2", clientOid="")])
    outcomes, asked = do(CancelOrders("BTCUSDT", ids), [first, OutcomeUnknown("lost")])
    assert asked[0].path == "/api/v2/mix/order/batch-cancel-orders"
    assert asked[0].params["orderIdList"][:2] == ({"orderId": "1"}, {"orderId": "2"})
    assert (asked[0].params["symbol"], asked[0].params["marginCoin"]) == ("BTCUSDT", "USDT")
    assert asked[0].costs == {"cancel_batch": 1, "everything": 1}
    assert asked[0].priority is Priority.CANCEL
    assert [type(each) for each in outcomes[:3]] == [type(None), OrderNotFound, type(None)]
    assert [type(each) for each in outcomes[-2:]] == [OutcomeUnknown] * 2
    assert do(CancelOrders("BTCUSDT", ()))[0] == ()


def test_a_failure_to_cancel_without_a_code_is_none_that_is_certain() -> None:
    """As in the documentation's example."""
    said = batch([ack(orderId="1")], [{"orderId": "2", "clientOid": "321342", "errorMsg": "notExistend"}])
    outcomes, _ = do(CancelOrders("BTCUSDT", (1, 2)), [said])
    assert [type(each) for each in outcomes] == [type(None), OutcomeUnknown]


@pytest.mark.parametrize(
    ("symbol", "path", "params"),
    [
        ("BTCUSDT", "batch-cancel-orders", {"productType": "USDT-FUTURES", "marginCoin": "USDT", "symbol": "BTCUSDT"}),
        ("", "cancel-all-orders", {"productType": "USDT-FUTURES", "marginCoin": "USDT"}),
    ],
)
def test_all_orders_are_cancelled_at_once(symbol: str, path: str, params: dict[str, str]) -> None:
    gone = batch([ack()], [refusal("22001", orderId="2")])
    for answer in (batch([ack()]), batch([]), gone, OrderNotFound("22001")):
        result, (asked,) = do(CancelAllOrders(symbol), answer)
        assert (result, asked.path, asked.params) == (None, f"/api/v2/mix/order/{path}", params)
        assert asked.priority is Priority.CANCEL


def test_what_could_not_be_cancelled_is_raised() -> None:
    for answer, kind in (
        (batch([], [refusal("22001"), refusal("45056", orderId="3")]), OrderRejected),
        (batch([], [refusal("40010", orderId="3")]), OutcomeUnknown),
        (OutcomeUnknown("lost"), OutcomeUnknown),
        (b"{", OutcomeUnknown),
        (RateLimited("no"), RateLimited),
    ):
        with pytest.raises(kind):
            do(CancelAllOrders(), answer)
