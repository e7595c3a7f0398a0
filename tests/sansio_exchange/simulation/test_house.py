"""The ladder of the house against users' orders."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.errors import ExchangeError
from sansio_exchange.orders import OrderStatus
from sansio_exchange.simulation.house import LEVELS, SPARE, House
from sansio_exchange.simulation.prng import Prng
from tests.sansio_exchange.simulation.bare import BUY, SELL, START_MS, D, Floor


def laddered(floor: Floor, *, bid: int = 1_000, ask: int = 1_001) -> House:
    house = House(floor.engine, floor.listing, Prng(1), 100.0, 2.0)
    house.follow(bid, ask, START_MS)
    return house


def tops(floor: Floor) -> tuple[int, int]:
    return floor.listing.book.bids.keys[-1], -floor.listing.book.asks.keys[-1]


def test_quotes_stand_at_the_prices_asked_for_with_depth_behind_them() -> None:
    floor = Floor()
    laddered(floor)
    assert tops(floor) == (1_000, 1_001)
    assert len(floor.listing.book.bids) == len(floor.listing.book.asks) == LEVELS


def test_depth_grows_away_from_the_top() -> None:
    floor = Floor()
    laddered(floor)
    bids, _ = floor.listing.depth(LEVELS)
    sizes = [float(quantity) for _, quantity in bids]
    assert sum(sizes[-8:]) > 2 * sum(sizes[:8])


def test_the_ladder_follows_and_never_runs_short_or_full() -> None:
    floor = Floor()
    house = laddered(floor)
    draw = Prng(9)
    at = 1_000
    for _ in range(300):
        at = max(200, at + draw.below(41) - 20)
        spread = 1 + draw.below(3)
        house.follow(at, at + spread, START_MS)
        house.flicker()
        assert tops(floor) == (at, at + spread)
        for side in (floor.listing.book.bids, floor.listing.book.asks):
            assert LEVELS <= len(side) <= LEVELS + SPARE
    assert floor.trades() == []


def test_a_price_near_zero_has_no_bids_below_one_tick() -> None:
    floor = Floor()
    house = laddered(floor)
    house.follow(3, 4, START_MS)
    assert floor.listing.book.bids.keys[0] >= 1
    assert tops(floor) == (3, 4)


def test_an_order_in_the_way_of_the_price_is_taken_by_the_house() -> None:
    floor = Floor()
    house = laddered(floor)
    bid = floor.limit("ann", BUY, "0.5", "499.5")
    house.follow(990, 991, START_MS)
    assert floor.state(bid).status is OrderStatus.FILLED
    assert floor.state(bid).avg_price == D("499.5")
    assert tops(floor) == (990, 991)


def test_a_large_order_in_the_way_is_taken_bit_by_bit_and_quoted_around() -> None:
    floor = Floor()
    house = laddered(floor)
    bid = floor.limit("ann", BUY, "10", "499.5")
    house.follow(990, 991, START_MS)
    assert floor.state(bid).executed_qty == 3
    assert tops(floor) == (999, 1_000)
    for _ in range(3):
        house.follow(990, 991, START_MS)
    assert floor.state(bid).status is OrderStatus.FILLED
    assert tops(floor) == (990, 991)


def test_what_was_taken_away_is_quoted_again() -> None:
    floor = Floor()
    house = laddered(floor)
    floor.engine.take(floor.listing, BUY, 10_000, 1_005, START_MS)
    assert tops(floor)[1] > 1_005
    house.follow(1_000, 1_001, START_MS)
    assert tops(floor) == (1_000, 1_001)


def test_more_is_shown_on_demand_but_never_through_an_order_in_the_way() -> None:
    floor = Floor()
    house = laddered(floor)
    house.show(SELL, -1_001, 100_000)
    assert floor.listing.book.asks.house_at(-1_001) == 100_000
    house.show(SELL, -1_001, 5)
    assert floor.listing.book.asks.house_at(-1_001) == 100_000
    floor.limit("ann", BUY, "1", "500")
    house.show(SELL, -1_000, 5)
    assert tops(floor) == (1_000, 1_001)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("follow"), st.integers(980, 1_020), st.integers(1, 4)),
            st.tuples(st.sampled_from(["buy", "sell"]), st.integers(975, 1_025), st.integers(1, 1_500)),
            st.tuples(st.sampled_from(["take", "hit"]), st.integers(975, 1_025), st.integers(1, 3_000)),
        ),
        max_size=30,
    )
)
def test_bids_are_always_below_asks(actions: list[tuple[str, int, int]]) -> None:
    floor = Floor(balance="100000000")
    house = laddered(floor)
    for what, ticks, number in actions:
        try:
            if what == "follow":
                house.follow(ticks, ticks + number, START_MS)
                assert len(floor.listing.book.bids) >= LEVELS
                assert len(floor.listing.book.asks) >= LEVELS
            elif what in ("buy", "sell"):
                side = BUY if what == "buy" else SELL
                floor.limit("ann" if number % 2 else "bob", side, str(D("0.01") * number), str(D("0.5") * ticks))
            elif what == "take":
                floor.engine.take(floor.listing, BUY, number, ticks, START_MS)
            else:
                floor.engine.take(floor.listing, SELL, number, -ticks, START_MS)
        except ExchangeError:
            continue
        bids, asks = floor.listing.book.bids, floor.listing.book.asks
        assert not bids.keys or not asks.keys or bids.keys[-1] < -asks.keys[-1]
        held = sum(floor.engine.traders[name].holding(floor.listing).steps for name in ("ann", "bob"))
        assert held + floor.listing.house_steps == 0
