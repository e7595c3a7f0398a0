"""The account as last known, from whole statements and partial ones."""

from decimal import Decimal

import pytest
from msgspec import structs

from sansio_exchange.account import Account, Balance, Position
from sansio_exchange.session.account_book import AccountBook
from sansio_exchange.venue import AccountChange, LeverageChange

USDT = Balance("USDT", Decimal(1000), Decimal(800))
LONG = Position("BTCUSDT", Decimal(1), Decimal(100), unrealized_pnl=Decimal(5), leverage=10, mark_price=Decimal(105))
WHOLE = Account(Decimal(1000), Decimal(1005), Decimal(800), balances=(USDT,), positions=(LONG,), update_ms=1)


def book() -> AccountBook:
    book = AccountBook()
    book.replace(WHOLE)
    return book


def test_the_first_statement_is_news_as_a_whole() -> None:
    assert AccountBook().replace(WHOLE) == [LONG, WHOLE]


def test_the_same_statement_again_is_no_news() -> None:
    assert book().replace(structs.replace(WHOLE, update_ms=9)) == []


def test_what_a_whole_statement_leaves_out_is_closed() -> None:
    news = book().replace(structs.replace(WHOLE, positions=(), update_ms=7))
    assert isinstance(news[0], Position)
    closed = structs.replace(LONG, size=Decimal(0), unrealized_pnl=Decimal(0), update_ms=7)
    assert news[0] == closed


def test_a_mark_price_that_moves_is_no_news_of_a_position() -> None:
    moved = structs.replace(LONG, mark_price=Decimal(200))
    assert book().replace(structs.replace(WHOLE, positions=(moved,))) == []


def test_what_was_told_since_a_whole_statement_was_asked_for_stands() -> None:
    known = book()
    grown = structs.replace(LONG, size=Decimal(3), unrealized_pnl=Decimal(15), update_ms=7)
    short = Position("ETHUSDT", Decimal(-2), Decimal(50), update_ms=8)
    paid = AccountChange((Balance("USDT", Decimal(990), Decimal(0)),), (grown, short), "ORDER", 8)
    known.apply(paid)
    statement = structs.replace(WHOLE, available_balance=Decimal(700), maintenance_margin=Decimal(9), update_ms=6)
    assert known.replace(statement, [paid]) == [known.account]
    assert known.positions() == (grown, short)
    assert known.account == structs.replace(
        statement,
        wallet_balance=Decimal(990),
        margin_balance=Decimal(1005),
        available_balance=Decimal(700),
        balances=(Balance("USDT", Decimal(990), Decimal(790)),),
        positions=(grown, short),
        update_ms=8,
    )


def test_a_position_that_was_closed_since_a_whole_statement_was_asked_for_stays_closed() -> None:
    known = book()
    closed = AccountChange((), (structs.replace(LONG, size=Decimal(0), update_ms=7),), "ORDER", 7)
    known.apply(closed)
    assert [each for each in known.replace(WHOLE, [closed]) if isinstance(each, Position)] == []
    assert known.positions() == ()
    again = structs.replace(LONG, update_ms=9)
    assert known.replace(structs.replace(WHOLE, positions=(again,)), [closed])[0] == again, "opened after that"


def test_a_position_that_a_statement_dates_before_what_is_known_is_not_told() -> None:
    known = book()
    known.apply(AccountChange((), (structs.replace(LONG, size=Decimal(3), update_ms=2_007),), "ORDER", 2_007))
    late = structs.replace(LONG, size=Decimal(2), update_ms=2_006)
    assert known.replace(structs.replace(WHOLE, positions=(late,)))[:-1] == []
    assert [each.size for each in known.positions()] == [Decimal(3)]


@pytest.mark.parametrize("update_ms", [0, 2_000, 2_007, 2_008])
def test_one_without_a_date_or_of_the_same_second_is(update_ms: int) -> None:
    """Some venues date to the second."""
    known = book()
    known.apply(AccountChange((), (structs.replace(LONG, size=Decimal(3), update_ms=2_007),), "ORDER", 2_007))
    stated = structs.replace(LONG, size=Decimal(2), update_ms=update_ms)
    assert known.replace(structs.replace(WHOLE, positions=(stated,)))[0] == stated


def test_so_is_what_else_an_older_one_says_of_the_same_position() -> None:
    known = book()
    known.apply(AccountChange((), (structs.replace(LONG, size=Decimal(3), update_ms=2_007),), "ORDER", 2_007))
    stated = structs.replace(LONG, size=Decimal(3), leverage=20, update_ms=1_000)
    assert known.replace(structs.replace(WHOLE, positions=(stated,)))[0] == stated


def test_a_position_that_a_statement_dates_before_its_end_is_not_opened_again() -> None:
    known = book()
    known.apply(AccountChange((), (structs.replace(LONG, size=Decimal(0), update_ms=2_007),), "ORDER", 2_007))
    known.replace(structs.replace(WHOLE, positions=(structs.replace(LONG, update_ms=2_006),)))
    assert known.positions() == ()


def test_one_that_was_closed_because_a_statement_left_it_out_is_opened_by_the_next_that_has_it() -> None:
    """It was opened again before that statement was dated, and is not listed yet."""
    known = book()
    known.replace(structs.replace(WHOLE, positions=(), update_ms=3_007))
    opened = structs.replace(LONG, size=Decimal(2), update_ms=3_001)
    assert known.replace(structs.replace(WHOLE, positions=(opened,), update_ms=4_000))[0] == opened


def test_of_another_account_what_differs_is_told_whatever_its_date() -> None:
    known = book()
    known.apply(AccountChange((), (structs.replace(LONG, size=Decimal(3), update_ms=2_007),), "ORDER", 2_007))
    known.forget()
    other = structs.replace(LONG, size=Decimal(-1), update_ms=5)
    assert known.replace(structs.replace(WHOLE, positions=(other,)))[0] == other


def test_nor_does_it_count_when_a_position_of_the_account_before_was_closed() -> None:
    known = book()
    known.apply(AccountChange((), (structs.replace(LONG, size=Decimal(0), update_ms=2_007),), "ORDER", 2_007))
    known.forget()
    other = structs.replace(LONG, update_ms=5)
    assert known.replace(structs.replace(WHOLE, positions=(other,)))[0] == other


def test_a_position_that_was_opened_and_closed_since_a_whole_statement_was_asked_for_is_not_opened() -> None:
    """The stream told of its end alone."""
    known = book()
    closed = AccountChange((), (Position("ETHUSDT", Decimal(0), Decimal(0), update_ms=8),), "ORDER", 8)
    known.apply(closed)
    short = Position("ETHUSDT", Decimal(-2), Decimal(50), update_ms=7)
    assert known.replace(structs.replace(WHOLE, positions=(LONG, short), update_ms=9), [closed]) == []
    assert known.apply(AccountChange((), (short,), "ORDER", 7))[:-1] == [], "nor by what is told late"


def test_a_balance_that_was_told_since_a_whole_statement_was_asked_for_does_not_go_back() -> None:
    """Whatever the date of the statement, which is that of its reply on most venues."""
    known = book()
    paid = [AccountChange((Balance("USDT", Decimal(wallet), Decimal(0)),), (), "ORDER", 7) for wallet in (995, 990)]
    for change in paid:
        known.apply(change)
    known.replace(structs.replace(WHOLE, update_ms=9), paid)
    assert known.account is not None
    assert known.account.wallet_balance == 990
    assert known.account.margin_balance == 995


def test_what_the_stream_leaves_out_of_a_position_is_taken_from_the_statement_that_has_it() -> None:
    known = book()
    opened = Position("ETHUSDT", Decimal(-2), Decimal(50), unrealized_pnl=Decimal(-1), update_ms=8)
    changes = [AccountChange((), (opened,), "ORDER", 8), AccountChange((), (opened,), "ORDER", 8)]
    for change in changes:
        known.apply(change)
    stated = structs.replace(opened, unrealized_pnl=Decimal(-3), leverage=5, liquidation_price=Decimal(90))
    statement = structs.replace(WHOLE, margin_balance=Decimal(1002), positions=(LONG, stated), update_ms=9)
    known.replace(statement, changes)
    assert known.positions() == (LONG, structs.replace(stated, unrealized_pnl=Decimal(-1)))
    assert known.account is not None
    assert known.account.margin_balance == 1004, "the difference counts once"


def test_what_was_not_told_of_is_stated_whatever_else_was() -> None:
    known = book()
    short = Position("ETHUSDT", Decimal(-2), Decimal(50), update_ms=8)
    opened = AccountChange((), (short,), "ORDER", 8)
    known.apply(opened)
    other = Position("SOLUSDT", Decimal(4), Decimal(20), update_ms=6)
    news = known.replace(structs.replace(WHOLE, positions=(other,), update_ms=7), [opened])
    assert [each.symbol for each in news if isinstance(each, Position)] == ["BTCUSDT", "SOLUSDT"]
    assert known.positions() == (short, other)


def test_what_a_partial_statement_leaves_out_stands() -> None:
    short = Position("ETHUSDT", Decimal(-2), Decimal(50), unrealized_pnl=Decimal(-1))
    news = book().apply(AccountChange((Balance("USDT", Decimal(990), Decimal(0)),), (short,), "ORDER", 5))
    account = news[-1]
    assert news[0] == short
    assert isinstance(account, Account)
    assert account.positions == (LONG, short)
    assert account.wallet_balance == 990
    assert account.margin_balance == 994, "ten paid, one lost on paper"
    assert account.available_balance == 789
    assert account.balances == (Balance("USDT", Decimal(990), Decimal(790)),)


def test_what_the_stream_says_late_does_not_undo_a_whole_statement_that_overtook_it() -> None:
    """Balances and positions each have their own time: what is older than its own is known already."""
    known = book()
    grown = structs.replace(LONG, size=Decimal(3), update_ms=7)
    paid = Balance("USDT", Decimal(990), Decimal(790))
    known.replace(
        structs.replace(WHOLE, wallet_balance=Decimal(990), balances=(paid,), positions=(grown,), update_ms=7)
    )
    late = structs.replace(LONG, size=Decimal(2), update_ms=6)
    news = known.apply(AccountChange((Balance("USDT", Decimal(995), Decimal(0)),), (late,), "ORDER", 6))
    assert [each for each in news if isinstance(each, Position)] == []
    assert known.positions() == (grown,)
    assert known.account is not None
    assert known.account.wallet_balance == 990
    assert known.account.update_ms == 7


def test_what_the_stream_does_not_name_of_a_position_stands() -> None:
    grown = Position("BTCUSDT", Decimal(2), Decimal(101))
    position = book().apply(AccountChange((), (grown,), "ORDER", 5))[0]
    assert isinstance(position, Position)
    assert position == structs.replace(grown, leverage=10, mark_price=Decimal(105))


def test_a_position_of_size_zero_is_closed_once() -> None:
    its = book()
    closed = AccountChange((), (Position("BTCUSDT", Decimal(0), update_ms=5),), "ORDER", 5)
    assert [type(each) for each in its.apply(closed)] == [Position, Account]
    assert [type(each) for each in its.apply(closed)] == [Account]
    assert its.positions() == ()


def test_another_asset_moves_no_total() -> None:
    its = book()
    its.apply(AccountChange((Balance("BNB", Decimal(3), Decimal(3)),), (), "DEPOSIT", 5))
    assert its.account is not None
    assert its.account.wallet_balance == 1000
    assert [balance.asset for balance in its.account.balances] == ["USDT", "BNB"]


def test_leverage_is_news_of_an_open_position_only() -> None:
    its = book()
    assert its.set_leverage(LeverageChange("ETHUSDT", 5, 1)) == []
    assert its.set_leverage(LeverageChange("BTCUSDT", 10, 1)) == []
    assert its.set_leverage(LeverageChange("BTCUSDT", 20, 1)) == [structs.replace(LONG, leverage=20)]


def test_before_a_whole_statement_a_partial_one_says_nothing() -> None:
    assert AccountBook().apply(AccountChange((USDT,), (LONG,), "ORDER", 5)) == []


@pytest.mark.parametrize("by_statement", [True, False])
def test_what_is_told_late_opens_no_position_again_that_was_closed(by_statement: bool) -> None:
    known = book()
    if by_statement:
        known.replace(structs.replace(WHOLE, positions=(), update_ms=7))
    else:
        known.apply(AccountChange((), (structs.replace(LONG, size=Decimal(0), update_ms=7),), "ORDER", 7))
    late = AccountChange((), (structs.replace(LONG, size=Decimal(3), update_ms=6),), "ORDER", 6)
    assert not [each for each in known.apply(late) if isinstance(each, Position)]
    assert known.positions() == ()
    anew = structs.replace(LONG, size=Decimal(2), update_ms=8)
    assert known.apply(AccountChange((), (anew,), "ORDER", 8))[0] == anew


def test_a_statement_that_moves_a_position_alone_states_the_account_too() -> None:
    """It lists its positions: who reads the account alone must not keep the old ones."""
    moved = structs.replace(LONG, size=Decimal(3), update_ms=7)
    position, account = book().replace(structs.replace(WHOLE, positions=(moved,)))
    assert position == moved
    assert isinstance(account, Account)
    assert account.positions == (moved,)
