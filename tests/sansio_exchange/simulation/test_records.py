import pytest

from sansio_exchange.orders import OrderType, TimeInForce
from sansio_exchange.simulation import records as records_module
from sansio_exchange.simulation.matching import WorkingOrder
from sansio_exchange.simulation.records import Records
from tests.sansio_exchange.simulation.bare import BUY, SYMBOL


def order(order_id: int, client_order_id: str = "") -> WorkingOrder:
    name = client_order_id or f"c{order_id}"
    return WorkingOrder("ann", SYMBOL, order_id, name, BUY, OrderType.LIMIT, TimeInForce.GTC, 1, 1, False, 0)


def test_orders_are_found_by_either_id() -> None:
    records = Records()
    placed = order(1, "mine")
    records.accept(placed)
    assert records.find(1, "") is placed
    assert records.find(0, "mine") is placed
    assert records.find(2, "") is None
    assert records.find(0, "other") is None


def test_of_several_orders_with_one_client_id_the_newest_is_found() -> None:
    records = Records()
    old, new = order(1, "mine"), order(2, "mine")
    records.accept(old)
    assert records.duplicate("mine")
    records.finish(old)
    assert not records.duplicate("mine")
    records.accept(new)
    assert records.find(0, "mine") is new
    assert records.find(1, "") is old


def test_the_oldest_finished_orders_are_forgotten_but_never_a_working_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_module, "MAX_FINISHED", 3)
    records = Records()
    working = order(1, "mine")
    records.accept(working)
    for order_id in range(2, 10):
        each = order(order_id, "again")
        records.accept(each)
        records.finish(each)
    assert list(records.orders) == [1, 7, 8, 9]
    assert records.find(0, "mine") is working
    newest = records.find(0, "again")
    assert newest is not None
    assert newest.order_id == 9
