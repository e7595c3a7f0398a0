"""Positions and margin by hand, and in exact decimals."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.simulation.margin import Fees, Holding, Trader
from tests.sansio_exchange.simulation.bare import BUY, SELL, D, bare_listing

FEES = Fees(D("0.0002"), D("0.0005"), D("0.004"))


def trade(holding: Holding, side: object, price: str, quantity: str) -> Decimal:
    assert side in (BUY, SELL)
    ticks, steps = int(D(price) / holding.listing.tick), holding.listing.steps(D(quantity))
    return holding.trade(BUY if side is BUY else SELL, ticks, steps)


def test_entries_add_up_and_exits_take_their_part() -> None:
    holding = Holding(bare_listing())
    assert trade(holding, BUY, "100", "2") == 0
    assert trade(holding, BUY, "103", "1") == 0
    assert holding.cost == 303
    assert trade(holding, SELL, "110", "1") == 9
    assert (holding.size, holding.cost) == (D(2), D(202))


def test_going_through_zero_realises_the_closed_part_only() -> None:
    holding = Holding(bare_listing())
    trade(holding, BUY, "100", "2")
    assert trade(holding, SELL, "105", "3") == 10
    assert (holding.size, holding.cost) == (D(-1), D(105))
    assert trade(holding, BUY, "100", "1") == 5
    assert (holding.size, holding.cost) == (D(0), D(0))


def test_short_positions_gain_when_the_mark_falls() -> None:
    listing = bare_listing()
    holding = Holding(listing)
    trade(holding, SELL, "100", "2")
    listing.mark_price = D(90)
    assert holding.unrealized == 20
    assert holding.notional == -180


TRADES = st.lists(st.tuples(st.booleans(), st.integers(1, 500), st.integers(1, 500)), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(TRADES)
def test_no_cent_is_lost(trades: list[tuple[bool, int, int]]) -> None:
    """Realised profit is exactly what was received less what was paid, once the position is closed."""
    holding = Holding(bare_listing())
    realized = cash = D(0)
    for is_buy, ticks, steps in trades:
        realized += holding.trade(BUY if is_buy else SELL, ticks, steps)
        cash += holding.listing.value(ticks * steps) * (-1 if is_buy else 1)
        assert holding.cost >= 0
        assert (holding.cost == 0) == (holding.steps == 0)
        assert realized - cash == (holding.cost if holding.steps > 0 else -holding.cost)
    if holding.steps:
        side = SELL if holding.steps > 0 else BUY
        steps = abs(holding.steps)
        realized += holding.trade(side, 77, steps)
        cash += holding.listing.value(77 * steps) * (-1 if side is BUY else 1)
    assert realized == cash


def test_initial_margin_is_that_of_the_worse_side() -> None:
    holding = Holding(bare_listing())
    trade(holding, BUY, "100", "1")
    assert holding.initial_margin() == 5
    ticks_steps = 200 * 300  # 3 coins at 100
    holding.sells = ticks_steps
    assert holding.initial_margin() == 10  # short 2 after them
    holding.buys = ticks_steps
    assert holding.initial_margin() == 20  # long 4
    assert holding.initial_margin(leverage=10) == 40


def test_fees_are_rounded_down_to_eight_places() -> None:
    assert FEES.of(D("0.12345"), is_maker=False) == D("0.00006172")
    assert FEES.of(D(100), is_maker=True) == D("0.02")


def test_account_totals() -> None:
    listing = bare_listing()
    trader = Trader("ann", D(1000), FEES)
    trade(trader.holding(listing), BUY, "100", "10")
    listing.mark_price = D(110)
    account = trader.account()
    assert account.wallet_balance == 1000
    assert account.margin_balance == 1100
    assert account.maintenance_margin == D("4.4")
    assert account.available_balance == 1045
    assert [each.symbol for each in account.positions] == [listing.symbol]
    position = account.positions[0]
    assert (position.size, position.entry_price, position.unrealized_pnl) == (D(10), D(100), D(100))


def test_a_closed_position_is_not_listed() -> None:
    listing = bare_listing()
    trader = Trader("ann", D(1000), FEES)
    trade(trader.holding(listing), BUY, "100", "10")
    trade(trader.holding(listing), SELL, "100", "10")
    assert trader.account().positions == ()
    assert trader.position(listing).size == 0


@settings(max_examples=60, deadline=None)
@given(st.booleans(), st.integers(100, 20_000), st.integers(10, 400), st.integers(50, 3_000))
def test_at_the_liquidation_price_margin_meets_maintenance(is_buy: bool, steps: int, ticks: int, balance: int) -> None:
    listing = bare_listing()
    trader = Trader("ann", D(balance), FEES)
    holding = trader.holding(listing)
    holding.trade(BUY if is_buy else SELL, ticks, steps)
    price = trader.liquidation_price(holding)
    if price:
        listing.mark_price = price
        assert abs(trader.margin_balance() - trader.maintenance_margin()) < D("0.001")
    else:
        listing.mark_price = D("0.0001")
        assert trader.margin_balance() > 0
