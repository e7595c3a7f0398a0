"""A book kept from a snapshot and the changes after it is the book."""

from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.symbols import default_rules

START_MS = 1_700_000_000_000
BTC = "BTCUSDT"


def market() -> SimulatedExchange:
    return SimulatedExchange(default_rules()[:1], seed=1, start_ms=START_MS)


def test_changes_make_the_next_state_of_the_snapshot() -> None:
    exchange = market()
    books = Books(exchange)
    books.follow(BTC, "stream")
    bids, asks = (dict(each) for each in exchange.depth(BTC, 1000))
    number = books.current_id(BTC)
    for second in range(1, 6):
        exchange.advance(START_MS + second * 1000)
        change = books.changes(BTC, "stream")
        assert change is not None
        assert (change.previous_id, change.first_id) == (number, number + 1)
        number = change.last_id
        for side, levels in ((bids, change.bids), (asks, change.asks)):
            side |= dict(levels)
        bids, asks = ({price: size for price, size in side.items() if size} for side in (bids, asks))
        assert (bids, asks) == tuple(dict(each) for each in exchange.depth(BTC, 1000))


def test_nothing_is_said_of_a_book_that_stood_still() -> None:
    books = Books(market())
    books.follow(BTC, "stream")
    assert books.changes(BTC, "stream") is None
    books.unfollow(BTC, "stream")


def test_each_follower_has_its_own_past() -> None:
    exchange = market()
    books = Books(exchange)
    books.follow(BTC, "fast")
    books.follow(BTC, "slow")
    exchange.advance(START_MS + 1000)
    first = books.changes(BTC, "fast")
    exchange.advance(START_MS + 2000)
    second, both = books.changes(BTC, "fast"), books.changes(BTC, "slow")
    assert first is not None
    assert second is not None
    assert both is not None
    assert second.previous_id == first.last_id
    assert (both.first_id, both.last_id) == (first.first_id, second.last_id)


def test_a_change_of_the_best_prices_and_a_snapshot_have_numbers_of_their_own() -> None:
    books = Books(market())
    numbers = [books.current_id(BTC), books.bump(BTC), books.current_id(BTC)]
    assert numbers == sorted(set(numbers))
