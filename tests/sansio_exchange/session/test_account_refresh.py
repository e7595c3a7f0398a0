"""The account book stays true: whole statements follow changes, and older ones never replace newer ones."""

from decimal import Decimal
from itertools import groupby

import msgspec
import pytest
from msgspec import structs

from sansio_exchange.account import Account, Balance, Position
from sansio_exchange.commands import PlaceOrder, ReplaceCredentials
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.orders import Side
from sansio_exchange.session.account_refresh import LATE, REFRESH_SPACING
from sansio_exchange.session.silence import TELLS_WITHIN
from sansio_exchange.venue import AccountChange, LeverageChange
from tests.sansio_exchange.session.fake_exchange import FakeExchange
from tests.sansio_exchange.session.fake_venue import CREDENTIALS
from tests.sansio_exchange.session.stage import Stage, limit
from tests.sansio_exchange.session.test_recovery import asking, away, fills

WHOLE = FakeExchange().account()


def change(stage: Stage, wallet: int) -> None:
    balance = Balance("USDT", Decimal(wallet), Decimal(0))
    stage.exchange.say("private", AccountChange((balance,), (), "ORDER", 1))
    stage.settle()


def accounts(stage: Stage) -> list[Account]:
    return [event for event in stage.events if isinstance(event, Account)]


def wallets(stage: Stage) -> list[Decimal]:
    return [account.wallet_balance for account in accounts(stage)]


def test_a_busy_account_is_not_asked_for_all_the_time(live: Stage) -> None:
    for n in range(100):
        change(live, n)
        live.advance(0.2)
    assert live.sent.count("/account") <= 20 / REFRESH_SPACING + 1


def test_a_statement_overtaken_by_a_change_does_not_undo_it(live: Stage) -> None:
    change(live, 900)
    live.rules["/account"] = "hold"
    live.advance(6)
    change(live, 800)
    live.release()
    assert wallets(live) == [900, 800]
    live.advance(10)
    assert wallets(live) == [900, 800, 1000]


def test_what_the_stream_does_not_name_is_stated_though_the_account_never_rests(live: Stage) -> None:
    live.exchange.account = lambda: structs.replace(WHOLE, maintenance_margin=Decimal(7))  # type: ignore[method-assign]
    for n in range(40):
        change(live, n)
        live.rules["/account"] = "hold"
        live.advance(0.1)
        change(live, 100 + n)
        live.release()
        live.advance(0.1)
    account = accounts(live)[-1]
    assert account.maintenance_margin == 7
    assert account.wallet_balance == 139


def test_a_statement_that_is_late_is_waited_for_though_the_account_never_rests(live: Stage) -> None:
    live.exchange.account = lambda: structs.replace(WHOLE, maintenance_margin=Decimal(7))  # type: ignore[method-assign]
    live.rules["/account"] = "hold"
    for n in range(40):
        change(live, n)
        live.advance(0.2)
    assert live.sent.count("/account") == 1
    live.release()
    assert accounts(live)[-1].maintenance_margin == 7


def test_a_leverage_that_was_set_meanwhile_is_not_undone() -> None:
    live = Stage()
    live.exchange.position = Decimal(1)
    live.go_live()
    live.advance(6)
    change(live, 800)
    live.rules["/account"] = "hold"
    live.advance(6)
    live.exchange.say("private", LeverageChange("BTCUSDT", 20, live.exchange.now_ms))
    live.settle()
    live.release()
    told = [event for event in live.events if isinstance(event, Position)]
    assert [position.leverage for position in told] == [20]


def test_a_statement_that_failed_is_asked_for_again(live: Stage) -> None:
    change(live, 900)
    live.rules["/account"] = "lose"
    live.advance(6)
    live.rules.clear()
    live.advance(6)
    assert wallets(live) == [900, 1000]


def test_a_statement_from_before_an_interruption_is_not_told_after_it(live: Stage) -> None:
    change(live, 900)
    live.rules["/account"] = "hold"
    live.advance(6)
    held = live._held
    live._held, live.rules = [], {}
    live.cut("private")
    live.advance(3)
    live.events.clear()
    live._held = held
    live.exchange.account = lambda: structs.replace(WHOLE, wallet_balance=Decimal(1))  # type: ignore[method-assign]
    live.release()
    assert wallets(live) == []
    assert live.ask(ReplaceCredentials(CREDENTIALS)) is None


def positions(stage: Stage) -> list[Decimal]:
    return [event.size for event in stage.events if isinstance(event, Position)]


def opened(stage: Stage) -> None:
    """A position of 1 is told, which lists do not have yet."""
    stage.ask(PlaceOrder(limit("a")))
    stage.exchange.fill(1, "1")
    at = stage.exchange.now_ms
    position = Position("BTCUSDT", Decimal(1), Decimal(100), update_ms=at)
    stage.exchange.say("private", AccountChange((Balance("USDT", Decimal(900), Decimal(0)),), (position,), "ORDER", at))
    stage.settle()
    stage.rules["/account"] = late_account
    assert positions(stage) == [1]


def late_account(request: SendHttp) -> HttpReply:
    return HttpReply(request.request_id, 200, {}, msgspec.json.encode({"ok": WHOLE}))


@pytest.mark.parametrize("interruption", ["none", "a doubt", "a lost socket"])
def test_a_statement_that_lags_behind_the_stream_takes_nothing_back(live: Stage, interruption: str) -> None:
    opened(live)
    if interruption == "a doubt":
        live.exchange.say("private", b"{")
        live.settle()
    elif interruption == "a lost socket":
        live.cut("private")
    live.advance(2.5)
    del live.rules["/account"]
    live.advance(30)
    assert live.is_live()
    assert positions(live) == [1]
    assert 1000 not in wallets(live)[:-1]


def sold_unheard(stage: Stage, quantity: str) -> None:
    """Shortly after a position of 1 was told, the stream breaks and so much is sold before it is back."""
    opened(stage)
    stage.advance(0.5)
    stage.rules["private"] = "refuse"
    stage.cut("private")
    sell = stage.exchange.accept(structs.replace(limit("b"), side=Side.SELL))
    stage.exchange.fill(sell.order_id, quantity)
    stage.exchange.position = 1 - Decimal(quantity)
    del stage.rules["private"]


def test_a_position_that_was_closed_while_nobody_listened_is_closed_though_it_was_told_shortly_before(
    live: Stage,
) -> None:
    sold_unheard(live, "1")
    live.advance(1)
    assert live.is_live()
    assert positions(live) == [1, 0]


def test_one_that_was_only_reduced_meanwhile_is_not_closed_by_a_statement_that_lags(live: Stage) -> None:
    sold_unheard(live, "0.4")
    live.advance(1)
    assert live.is_live()
    assert positions(live) == [1]
    del live.rules["/account"]
    live.advance(10)
    assert positions(live) == [1, Decimal("0.6")]


def test_what_was_missed_is_told_though_the_statement_of_the_account_lagged_behind_its_fill(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    live.advance(30)
    away(live)
    live.exchange.fill(1, "1")
    live.rules["/account"] = late_account
    del live.rules["private"]
    live.advance(2.5)
    assert fills(live) == ["1"]
    assert positions(live) == []
    del live.rules["/account"]
    live.advance(LATE)
    assert positions(live) == [1]


def test_what_was_to_be_asked_for_before_a_reconciliation_waits_until_it_cannot_be_late(live: Stage) -> None:
    live.advance(30)
    change(live, 900)
    live.sent.clear()
    live.exchange.say("private", b"?")
    live.settle()
    live.advance(LATE - 0.1)
    assert live.sent.count("/account") == 1
    live.advance(0.2)
    assert live.sent.count("/account") == 2


def test_a_fill_that_no_list_had_yet_is_asked_for_when_its_position_is_stated(live: Stage) -> None:
    """Another program's: nothing else tells of it."""
    live.advance(30)
    away(live)
    order = live.exchange.accept(limit("another program's"))
    live.exchange.fill(order.order_id, "1")
    live.exchange.listed_fills = False
    live.rules["/account"] = late_account
    del live.rules["private"]
    live.advance(2.5)
    assert live.is_live()
    assert fills(live) == []
    live.exchange.listed_fills = True
    del live.rules["/account"]
    live.advance(LATE + TELLS_WITHIN + 1)
    assert fills(live) == ["1"]


def test_what_moves_while_the_venue_is_asked_what_was_missed_is_told_in_the_end(live: Stage) -> None:
    """The account was stated before the rest of it."""
    live.ask(PlaceOrder(limit("a")))
    away(live)
    live.exchange.fill(1, "0.4")
    asking(live, "/fills", seconds=3)
    live.exchange.fill(1, "0.6")
    position = Position("BTCUSDT", Decimal(1), Decimal(100))
    live.exchange.say("private", AccountChange((), (position,), "ORDER", live.exchange.now_ms))
    live.settle()
    live.release()
    live.advance(60)
    told = [event for event in live.events if isinstance(event, Position)]
    assert told[-1].size == live.exchange.position == 1


@pytest.fixture
def behind(live: Stage) -> Stage:
    """What the venue states is the account of 0.3 s ago, dated now."""
    live.exchange.wallets = [(0.0, Decimal(1000))]  # type: ignore[attr-defined]

    def account() -> Account:
        wallet = [each for at, each in live.exchange.wallets if at <= live.mono - 0.3][-1]  # type: ignore[attr-defined]
        balances = (Balance("USDT", wallet, wallet),)
        return Account(wallet, wallet, wallet, wallet / 100, balances=balances, update_ms=live.wall_ms)

    live.exchange.account = account  # type: ignore[method-assign]
    live.advance(30)
    live.events.clear()
    return live


def moves(stage: Stage, wallet: int) -> None:
    stage.exchange.wallets.append((stage.mono, Decimal(wallet)))  # type: ignore[attr-defined]
    balance = Balance("USDT", Decimal(wallet), Decimal(0))
    stage.exchange.say("private", AccountChange((balance,), (), "ORDER", stage.wall_ms))
    stage.settle()


def test_a_statement_that_is_older_than_what_was_told_before_it_was_asked_for_undoes_nothing(behind: Stage) -> None:
    moves(behind, 999)
    behind.advance(0.9)
    moves(behind, 990)
    behind.advance(60)
    assert [wallet for wallet, _ in groupby(wallets(behind))] == [999, 990]
    assert accounts(behind)[-1].maintenance_margin == Decimal("9.9"), "which a later one stated"


def test_nor_does_the_one_that_follows_a_reconciliation(behind: Stage) -> None:
    behind.rules["/account"] = "hold reply"
    behind.exchange.say("private", b"?")
    behind.settle()
    behind.advance(0.5)
    moves(behind, 990)
    behind.advance(0.1)
    behind.release()
    behind.advance(60)
    assert wallets(behind)[-1] == 990


def test_what_was_too_old_to_be_told_is_not_put_above_a_statement_either(live: Stage) -> None:
    def says(wallet: int, time_ms: int) -> None:
        balance = Balance("USDT", Decimal(wallet), Decimal(0))
        live.exchange.say("private", AccountChange((balance,), (), "ORDER", time_ms))
        live.settle()

    live.exchange.account = lambda: structs.replace(  # type: ignore[method-assign]
        WHOLE, wallet_balance=Decimal(990), balances=(Balance("USDT", Decimal(990), Decimal(990)),)
    )
    live.advance(30)
    live.events.clear()
    now_ms = live.wall_ms
    says(990, now_ms)
    live.advance(0.05)
    says(995, now_ms - 20)
    live.advance(60)
    assert set(wallets(live)) == {990}
