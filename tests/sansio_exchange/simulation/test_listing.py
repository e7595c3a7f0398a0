from sansio_exchange.numbers import plain
from tests.sansio_exchange.simulation.bare import BUY, SELL, START_MS, D, bare_listing


def test_prices_and_quantities_go_there_and_back() -> None:
    listing = bare_listing()
    for side in (BUY, SELL):
        key = listing.key(side, D("99.5"))
        assert listing.price(key) == D("99.5")
    assert listing.key(BUY, D("99.5")) == 199
    assert listing.key(SELL, D("99.5")) == -199
    assert listing.quantity(listing.steps(D("1.23"))) == D("1.23")
    assert plain(listing.value(200 * 100)) == "100.000"


def test_a_book_change_is_told_once() -> None:
    listing = bare_listing()
    assert listing.book_change(START_MS) is None
    listing.book.bids.set_house(199, 5)
    listing.book.asks.set_house(-201, 7)
    change = listing.book_change(START_MS)
    assert change is not None
    assert (change.bid, change.bid_quantity) == (D("99.5"), D("0.05"))
    assert (change.ask, change.ask_quantity) == (D("100.5"), D("0.07"))
    assert listing.book_change(START_MS) is None
    listing.book.bids.set_house(198, 5)
    assert listing.book_change(START_MS) is None, "not at the top"
    listing.book.asks.set_house(-201, 0)
    change = listing.book_change(START_MS)
    assert change is not None
    assert (change.ask, change.ask_quantity) == (D(0), D(0))


def test_depth_is_best_first_and_limited() -> None:
    listing = bare_listing()
    for ticks in (197, 198, 199):
        listing.book.bids.set_house(ticks, 1)
        listing.book.asks.set_house(-ticks - 5, 1)
    bids, asks = listing.depth(2)
    assert [price for price, _ in bids] == [D("99.5"), D("99")]
    assert [price for price, _ in asks] == [D("101"), D("101.5")]
    assert listing.depth(0) == ([], [])
    assert [len(each) for each in listing.depth(100)] == [3, 3]


def test_middle() -> None:
    listing = bare_listing()
    assert listing.middle(7.0) == 7.0
    listing.book.bids.set_house(199, 1)
    listing.book.asks.set_house(-202, 1)
    assert listing.middle(7.0) == 200.5
