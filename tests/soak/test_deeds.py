"""The random trader keeps to the rules of its symbols and within its bounds."""

from decimal import Decimal

from sansio_exchange.commands import CancelAllOrders, CancelOrder, PlaceOrder, PlaceOrders
from sansio_exchange.numbers import is_multiple
from sansio_exchange.orders import NewOrder, Side
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.symbols import default_rules
from tests.soak.deeds import MOST_WORKING, Deeds

RULES = {each.symbol: each for each in default_rules() if each.symbol in ("BTCUSDT", "ETHUSDT")}


def trader(**prices: int) -> Deeds:
    deeds = Deeds(Prng(1, "test"), RULES, "k")
    deeds.prices.update({symbol: Decimal(price) for symbol, price in prices.items()})
    return deeds


def orders(deeds: Deeds, many: int) -> list[NewOrder]:
    found: list[NewOrder] = []
    for _ in range(many):
        match deeds.next():
            case PlaceOrder(order):
                found.append(order)
            case PlaceOrders(batch):
                found += batch
    return found


def test_nothing_is_done_before_all_prices_are_known() -> None:
    assert trader(BTCUSDT=90_000).next() is None


def test_orders_keep_to_the_rules_and_no_name_comes_twice() -> None:
    placed = orders(trader(BTCUSDT=90_000, ETHUSDT=3_000), 500)
    names = [order.client_order_id for order in placed if order.client_order_id]
    assert len(names) == len(set(names)) > 100
    for order in placed:
        rules = RULES[order.symbol]
        assert is_multiple(order.quantity, rules.step_size)
        assert order.quantity >= rules.min_quantity
        if order.price is not None:
            assert is_multiple(order.price, rules.tick_size)
            assert order.price * order.quantity > rules.min_notional


def test_a_large_position_is_only_reduced() -> None:
    deeds = trader(BTCUSDT=90_000, ETHUSDT=3_000)
    deeds.positions.update({"BTCUSDT": Decimal(5), "ETHUSDT": Decimal(-50)})
    assert {(order.symbol, order.side) for order in orders(deeds, 200)} == {
        ("BTCUSDT", Side.SELL), ("ETHUSDT", Side.BUY),
    }  # fmt: skip


def test_too_many_working_orders_are_all_cancelled() -> None:
    deeds = trader(BTCUSDT=90_000, ETHUSDT=3_000)
    for number in range(MOST_WORKING + 1):
        deeds.on_order("BTCUSDT", number, is_final=False)
    assert isinstance(deeds.next(), CancelAllOrders)
    deeds.on_order("BTCUSDT", 0, is_final=True)
    assert any(isinstance(deeds.next(), CancelOrder) for _ in range(50))
