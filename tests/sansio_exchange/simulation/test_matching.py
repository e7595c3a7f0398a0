"""The book alone: where things stand in their queues. How orders trade is in test_engine."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.orders import OrderType, Side, TimeInForce
from sansio_exchange.simulation.matching import Book, BookSide, HouseQuantity, WorkingOrder


def order(order_id: int, key: int, steps: int = 10, *, account: str = "ann", side: Side = Side.BUY) -> WorkingOrder:
    return WorkingOrder(
        account, "COINUSDT", order_id, str(order_id), side, OrderType.LIMIT, TimeInForce.GTC, steps, key, False, 0
    )


def queue(side: BookSide, key: int) -> list[int | str]:
    """Order ids, and the house's steps as text."""
    return [
        str(each.remaining) if isinstance(each, HouseQuantity) else each.order_id for each in side.levels[key].queue
    ]


def test_the_best_price_is_the_largest_key() -> None:
    bids = BookSide()
    for order_id, key in enumerate((5, 7, 6)):
        bids.add(order(order_id, key))
    assert bids.keys == [5, 6, 7]
    assert bids.best == 7


def test_what_the_house_adds_waits_behind_a_users_order() -> None:
    bids = BookSide()
    bids.set_house(5, 30)
    bids.add(order(1, 5))
    bids.set_house(5, 50)
    assert queue(bids, 5) == ["30", 1, "20"]
    assert bids.levels[5].total == 60


def test_what_the_house_takes_away_comes_off_the_back_first() -> None:
    bids = BookSide()
    bids.set_house(5, 30)
    bids.add(order(1, 5))
    bids.set_house(5, 50)
    bids.set_house(5, 40)
    assert queue(bids, 5) == ["30", 1, "10"]
    bids.set_house(5, 12)
    assert queue(bids, 5) == ["12", 1]
    bids.set_house(5, 0)
    assert queue(bids, 5) == [1]
    assert bids.levels[5].total == 10


def test_an_empty_level_is_gone() -> None:
    bids = BookSide()
    bids.set_house(5, 3)
    bids.consume(5, 3)
    assert bids.keys == []
    assert bids.best is None
    bids.set_house(6, 0)
    assert len(bids) == 0


def test_a_cancelled_order_leaves_from_the_middle_of_its_queue() -> None:
    bids = BookSide()
    orders = [order(each, 5) for each in (1, 2, 3)]
    for each in orders:
        bids.add(each)
    bids.remove(orders[1])
    assert queue(bids, 5) == [1, 3]
    assert bids.levels[5].total == 20


def test_a_shrunk_order_keeps_its_place() -> None:
    bids = BookSide()
    orders = [order(each, 5) for each in (1, 2)]
    for each in orders:
        bids.add(each)
    bids.shrink(orders[0], 4)
    assert queue(bids, 5) == [1, 2]
    assert orders[0].remaining == 6
    assert bids.levels[5].total == 16


def test_would_take_looks_at_the_other_side() -> None:
    book = Book()
    assert not book.would_take(Side.BUY, 100)
    book.asks.set_house(-101, 1)
    book.bids.set_house(99, 1)
    assert not book.would_take(Side.BUY, 100)
    assert book.would_take(Side.BUY, 101)
    assert not book.would_take(Side.SELL, -100)
    assert book.would_take(Side.SELL, -99)


def test_quote_of_walks_the_levels() -> None:
    book = Book()
    book.asks.set_house(-10, 3)
    book.asks.set_house(-11, 3)
    assert book.quote_of(Side.BUY, 4) == 3 * 10 + 11
    assert book.quote_of(Side.BUY, 100) == 3 * 10 + 3 * 11


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("house"), st.integers(1, 6), st.integers(0, 20)),
            st.tuples(st.just("add"), st.integers(1, 6), st.integers(1, 20)),
            st.tuples(st.just("remove"), st.integers(0, 30), st.just(0)),
            st.tuples(st.just("consume"), st.just(0), st.integers(1, 20)),
        ),
        max_size=40,
    )
)
def test_totals_and_keys_always_agree_with_the_queues(actions: list[tuple[str, int, int]]) -> None:
    side = BookSide()
    resting: list[WorkingOrder] = []
    for place, (what, number, steps) in enumerate(actions):
        if what == "house":
            side.set_house(number, steps)
            assert side.house_at(number) == steps
        elif what == "add":
            resting.append(order(place, number, steps))
            side.add(resting[-1])
        elif what == "remove" and resting:
            side.remove(resting.pop(number % len(resting)))
        elif what == "consume" and side.best is not None:
            side.consume(side.best, min(steps, side.levels[side.best].queue[0].remaining))
            resting = [each for each in resting if each.remaining]
        assert side.keys == sorted(side.levels)
        for level in side.levels.values():
            assert level.queue
            assert all(each.remaining > 0 for each in level.queue)
            assert level.total == sum(each.remaining for each in level.queue)
            kinds = [isinstance(each, HouseQuantity) for each in level.queue]
            assert not any(a and b for a, b in pairwise(kinds)), "two house stretches side by side"
