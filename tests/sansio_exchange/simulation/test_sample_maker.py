from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from sansio_exchange.market import SymbolRules
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.sample_maker import CANCEL_AGAIN, PAUSE, SETTLE, Cancel, Intent, Place, SampleMaker

RULES = SymbolRules(
    symbol="BTCUSDT",
    venue_symbol="BTCUSDT",
    base_asset="BTC",
    quote_asset="USDT",
    tick_size=Decimal("0.10"),
    step_size=Decimal("0.001"),
    min_quantity=Decimal("0.001"),
    min_notional=Decimal(5),
)
PRICE = Decimal(100_000)


def make_maker() -> SampleMaker:
    return SampleMaker(RULES, quantity=Decimal("0.01"), max_position=Decimal("0.03"), half_spread=Decimal("0.0002"))


def placed(intents: list[Intent]) -> dict[Side, NewOrder]:
    return {each.order.side: each.order for each in intents if isinstance(each, Place)}


def cancelled(intents: list[Intent]) -> list[str]:
    return [each.client_order_id for each in intents if isinstance(each, Cancel)]


def as_order(
    new: NewOrder, order_id: int, status: OrderStatus = OrderStatus.NEW, executed: Decimal = Decimal(0)
) -> Order:
    assert new.price is not None
    return Order(
        order_id=order_id,
        client_order_id=new.client_order_id,
        symbol=new.symbol,
        side=new.side,
        type=new.type,
        quantity=new.quantity,
        status=status,
        price=new.price,
        executed_qty=executed,
    )


def quoting() -> tuple[SampleMaker, dict[Side, NewOrder]]:
    """A flat maker with both its quotes working as orders 1 (bid) and 2 (ask)."""
    maker = make_maker()
    maker.on_position(Decimal(0), 0.0)
    orders = placed(maker.on_price(PRICE, 0.0))
    assert maker.on_order(as_order(orders[Side.BUY], 1), 0.0) == []
    assert maker.on_order(as_order(orders[Side.SELL], 2), 0.0) == []
    return maker, orders


def test_waits_until_it_knows_both_price_and_position() -> None:
    maker = make_maker()
    assert maker.on_price(PRICE, 0.0) == []
    assert maker.on_timer(1.0) == []
    assert len(maker.on_position(Decimal(0), 1.0)) == 2


def test_quotes_post_only_on_both_sides_of_the_price() -> None:
    _, orders = quoting()
    bid, ask = orders[Side.BUY], orders[Side.SELL]
    assert (bid.price, ask.price) == (Decimal("99980.0"), Decimal("100020.0"))
    for order in (bid, ask):
        assert order.type is OrderType.LIMIT
        assert order.time_in_force is TimeInForce.GTX
        assert order.quantity == Decimal("0.01")
    assert bid.client_order_id != ask.client_order_id


def test_places_nothing_more_while_its_quotes_stand() -> None:
    maker, _ = quoting()
    assert maker.on_price(PRICE, 1.0) == []
    assert maker.on_timer(2.0) == []


def test_a_price_that_moved_has_both_quotes_cancelled_once_and_placed_anew_when_they_are_gone() -> None:
    maker, orders = quoting()
    moved = Decimal(100_100)
    intents = maker.on_price(moved, 1.0)
    assert cancelled(intents) == [orders[Side.BUY].client_order_id, orders[Side.SELL].client_order_id]
    assert maker.on_price(moved, 1.1) == []
    assert maker.on_order(as_order(orders[Side.BUY], 1, OrderStatus.CANCELED), 1.2) == []
    again = placed(maker.on_timer(1.2 + PAUSE))
    assert list(again) == [Side.BUY]
    assert again[Side.BUY].price == Decimal("100079.9")


def test_a_quote_stands_while_it_is_not_further_off_than_tolerated() -> None:
    maker = SampleMaker(
        make_maker().rules, quantity=Decimal("0.01"), max_position=Decimal("0.05"), tolerance=Decimal(2)
    )
    maker.on_position(Decimal(0), 0.0)
    for number, order in enumerate(placed(maker.on_price(PRICE, 0.0)).values(), 1):
        maker.on_order(as_order(order, number), 0.0)
    assert maker.on_price(PRICE + 39, 1.0) == []  # a half spread is 20
    assert len(cancelled(maker.on_price(PRICE + 41, 2.0))) == 2


def test_a_cancel_that_nothing_came_of_is_asked_for_again() -> None:
    maker, _ = quoting()
    maker.on_price(Decimal(100_100), 1.0)
    assert maker.on_timer(1.0 + CANCEL_AGAIN - 0.1) == []
    assert len(cancelled(maker.on_timer(1.0 + CANCEL_AGAIN))) == 2


def test_an_order_that_the_venue_has_not_named_yet_is_not_cancelled() -> None:
    maker = make_maker()
    maker.on_position(Decimal(0), 0.0)
    maker.on_price(PRICE, 0.0)
    assert maker.on_price(Decimal(101_000), 1.0) == []


def test_fills_make_the_position_whatever_order_updates_come_in() -> None:
    maker, orders = quoting()
    bid = orders[Side.BUY]
    part = as_order(bid, 1, OrderStatus.PARTIALLY_FILLED, Decimal("0.004"))
    maker.on_order(part, 1.0)
    maker.on_order(part, 1.0)
    maker.on_order(as_order(bid, 1), 1.0)
    assert maker.position == Decimal("0.004")
    maker.on_order(as_order(bid, 1, OrderStatus.FILLED, Decimal("0.010")), 1.0)
    maker.on_order(part, 1.0)
    assert maker.position == Decimal("0.010")


def test_leans_against_its_position() -> None:
    maker, orders = quoting()
    maker.on_order(as_order(orders[Side.BUY], 1, OrderStatus.FILLED, Decimal("0.010")), 1.0)
    lower = placed(maker.on_timer(2.0))[Side.BUY]
    assert lower.price == Decimal("99973.3")


def test_quotes_only_the_side_that_reduces_at_its_position_limit() -> None:
    maker = make_maker()
    maker.on_position(Decimal("0.03"), 0.0)
    assert list(placed(maker.on_price(PRICE, 0.0))) == [Side.SELL]


def test_quotes_what_the_limit_leaves() -> None:
    maker = make_maker()
    maker.on_position(Decimal("-0.025"), 0.0)
    orders = placed(maker.on_price(PRICE, 0.0))
    assert orders[Side.SELL].quantity == Decimal("0.005")
    assert orders[Side.BUY].quantity == Decimal("0.01")


def test_a_refused_order_is_replaced_after_a_pause() -> None:
    maker = make_maker()
    maker.on_position(Decimal(0), 0.0)
    bid = placed(maker.on_price(PRICE, 0.0))[Side.BUY]
    assert maker.on_refused(bid.client_order_id, 0.1) == []
    assert maker.on_timer(0.1 + PAUSE / 2) == []
    again = placed(maker.on_timer(0.1 + PAUSE))
    assert list(again) == [Side.BUY]
    assert again[Side.BUY].client_order_id != bid.client_order_id


def test_the_venues_position_wins_only_when_the_difference_lasts() -> None:
    maker, _ = quoting()
    maker.on_position(Decimal("0.02"), 1.0)
    maker.on_timer(1.0)
    assert maker.position == 0
    maker.on_timer(1.0 + SETTLE - 0.1)
    assert maker.position == 0
    maker.on_timer(1.0 + SETTLE)
    assert maker.position == Decimal("0.02")


def test_a_difference_that_passes_changes_nothing() -> None:
    maker, orders = quoting()
    maker.on_position(Decimal("0.01"), 1.0)
    maker.on_timer(1.0)
    maker.on_order(as_order(orders[Side.BUY], 1, OrderStatus.FILLED, Decimal("0.010")), 1.1)
    for second in range(2, 20):
        maker.on_timer(float(second))
    assert maker.position == Decimal("0.01")


def test_after_a_reset_it_waits_for_the_position_and_starts_anew() -> None:
    maker, orders = quoting()
    maker.reset()
    assert maker.on_price(PRICE, 10.0) == []
    again = placed(maker.on_position(Decimal("-0.01"), 10.0))
    assert maker.position == Decimal("-0.01")
    assert {each.client_order_id for each in again.values()}.isdisjoint(
        each.client_order_id for each in orders.values()
    )


def test_orders_of_others_are_none_of_its_business() -> None:
    maker, orders = quoting()
    foreign = structs.replace(
        as_order(orders[Side.BUY], 9, OrderStatus.FILLED, Decimal("0.010")), client_order_id="mine"
    )
    assert maker.on_order(foreign, 1.0) == []
    assert maker.position == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-300, 300), st.floats(0.05, 3), st.integers(0, 3)), max_size=40))
def test_never_risks_more_than_its_limit(steps: list[tuple[int, float, int]]) -> None:
    """Whatever the price does and whichever quotes are filled: one order a side, and the limit holds."""
    maker = make_maker()
    now, price, order_id = 0.0, PRICE, 0
    working: dict[str, Order] = {}

    def carry_out(intents: list[Intent]) -> None:
        nonlocal order_id
        for intent in intents:
            if isinstance(intent, Place):
                order_id += 1
                order = as_order(intent.order, order_id)
                working[order.client_order_id] = order
                carry_out(maker.on_order(order, now))
            else:
                order = structs.replace(working.pop(intent.client_order_id), status=OrderStatus.CANCELED)
                carry_out(maker.on_order(order, now))
        for side in Side:
            mine = [each for each in working.values() if each.side is side]
            assert len(mine) <= 1
            assert abs(
                maker.position + sum(each.quantity for each in mine) * (1 if side is Side.BUY else -1)
            ) <= Decimal("0.03")

    carry_out(maker.on_position(Decimal(0), now))
    for change, seconds, filled in steps:
        now += seconds
        price += change
        carry_out(maker.on_price(price, now))
        for order in list(working.values()):
            if filled & order.side and order.client_order_id in working:
                del working[order.client_order_id]
                full = structs.replace(order, status=OrderStatus.FILLED, executed_qty=order.quantity)
                carry_out(maker.on_order(full, now))
        carry_out(maker.on_timer(now))
