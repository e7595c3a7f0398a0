"""Of which symbol the orders are that were heard of."""

from decimal import Decimal

from sansio_exchange.gate.known_orders import REMEMBERED, KnownOrders
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side
from sansio_exchange.venue import OrderState, Recipe
from tests.sansio_exchange.recipes import run


def told(order_id: int, symbol: str, name: str = "a") -> Order:
    return Order(order_id, name, symbol, Side.BUY, OrderType.LIMIT, Decimal(1), OrderStatus.NEW)


def sent(symbol: str) -> NewOrder:
    return NewOrder(symbol, Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(1), client_order_id="a")


def listed() -> KnownOrders:
    """It knows which orders are open: none."""
    known = KnownOrders()

    def nothing() -> Recipe[tuple[Order, ...]]:
        yield from ()
        return ()

    run(known.listing(nothing()))
    return known


def test_an_order_is_known_by_its_id_and_by_the_name_that_it_was_sent_with() -> None:
    known = listed()
    assert not known.is_of("1", "BTCUSDT")
    known.note_told([told(1, "BTCUSDT"), OrderState(told(2, "ETHUSDT")), "anything else"])
    assert known.is_of("1", "BTCUSDT")
    assert known.is_of("2", "ETHUSDT")
    assert not known.is_of("1", "ETHUSDT")
    assert not known.is_of("t-a", "BTCUSDT"), "names may be given anew"
    known.note_sent(sent("BTCUSDT"))
    assert known.is_of("t-a", "BTCUSDT")


def test_a_name_that_is_given_anew_is_the_newer_orders() -> None:
    known = KnownOrders()
    known.note_sent(sent("BTCUSDT"))
    known.note_sent(sent("ETHUSDT"))
    known.note_told([told(1, "BTCUSDT")])
    assert known.is_of("t-a", "ETHUSDT")


def test_the_latest_are_remembered() -> None:
    known = listed()
    known.note("1", "BTCUSDT")
    known.note("2", "BTCUSDT")
    for number in range(3, REMEMBERED + 1):
        known.note(str(number), "BTCUSDT")
    known.note("1", "BTCUSDT")
    known.note("new", "BTCUSDT")
    assert known.is_of("1", "BTCUSDT")
    assert not known.is_of("2", "BTCUSDT")
