"""Executions, out of a list of three days and one of three months."""

from decimal import Decimal
from typing import Any

from sansio_exchange.commands import Credentials, GetFills
from sansio_exchange.okx.fills import KEPT_MS, MARGIN_MS, PAGE
from sansio_exchange.orders import Fill, Side
from sansio_exchange.venue import Request
from tests.sansio_exchange.okx.asking import NOW, do
from tests.sansio_exchange.okx.payloads import fill, okx, reply

RECENT, OLD = "/api/v5/trade/fills", "/api/v5/trade/fills-history"


EXPECTED = Fill(
    trade_id="744876980",
    order_id=7,
    symbol="BTCUSDT",
    side=Side.SELL,
    price=Decimal(51858),
    quantity=Decimal("0.03"),
    fee=Decimal("0.0777870"),
    fee_asset="USDT",
    realized_pnl=Decimal("1.5"),
    time_ms=1708587373361,
)


def do_signed(action: GetFills, *answers: bytes, at_ms: int = NOW) -> tuple[Any, list[Request]]:
    """As a session does: each request is signed when it leaves."""
    venue = okx()
    recipe, asked = venue.recipe(action), []
    try:
        step: Any = next(recipe)
        for answer in answers:
            asked.append(step)
            venue.sign(1, step, Credentials("key", "secret", "phrase"), at_ms)
            step = recipe.send(answer)
    except StopIteration as stop:
        return stop.value, asked
    raise AssertionError(f"one more is asked: {step}")


def test_recent_fills_come_page_by_page_oldest_first_and_once_and_nobody_asks_for_the_time() -> None:
    since = NOW - 1_000_000
    rows = [fill(tradeId=str(500 - n), billId=str(500 - n), fillTime=str(NOW - n)) for n in range(PAGE + 2)]
    fills, asked = do_signed(
        GetFills("BTCUSDT", since_ms=since), reply(*rows[:PAGE]), reply(rows[PAGE - 1], *rows[PAGE:])
    )
    assert [request.path for request in asked] == [RECENT, RECENT]
    assert asked[0].params == {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "begin": since, "limit": PAGE}
    assert asked[1].params["after"] == "401"
    assert asked[0].costs == {"fills": 1}
    assert [each.trade_id for each in fills] == [str(n) for n in range(399, 501)]


def test_what_begins_before_the_short_list_does_is_asked_of_both() -> None:
    reach = NOW - KEPT_MS + MARGIN_MS
    assert len(do_signed(GetFills("BTCUSDT", since_ms=reach), reply())[1]) == 1
    new, both, old = (fill(tradeId=str(n), fillTime=str(NOW - KEPT_MS + (n - 6) * 1_000)) for n in (7, 6, 5))
    for action in (GetFills("BTCUSDT", reach - 1), GetFills("BTCUSDT", 1), GetFills("BTCUSDT", 1, 7)):
        fills, asked = do_signed(action, reply(new, both), reply(new, both, old))
        assert [request.path for request in asked] == [RECENT, OLD]
        assert asked[0].params == asked[1].params
        assert asked[1].costs == {"fills_history": 1}
        assert [each.trade_id for each in fills] == (["5", "6", "7"] if action.since_ms == 1 else [])


def test_where_nothing_was_signed_both_are_asked() -> None:
    assert [request.path for request in do(GetFills("BTCUSDT", NOW), reply(), reply())[1]] == [RECENT, OLD]


def test_the_clock_is_that_of_the_question_and_not_of_an_earlier_one() -> None:
    venue = okx()
    credentials = Credentials("key", "secret", "phrase")
    since = NOW - KEPT_MS + MARGIN_MS
    step: Any = next(venue.recipe(GetFills("BTCUSDT")))
    venue.sign(1, step, credentials, NOW)
    recipe = venue.recipe(GetFills("BTCUSDT", since_ms=since))
    step = next(recipe)
    venue.sign(2, step, credentials, NOW + 1)
    step = recipe.send(reply())
    assert step.path == OLD


def test_pages_that_go_in_circles_end() -> None:
    bills = [reply(*(fill(billId=str(start - n), tradeId=str(start - n)) for n in range(PAGE))) for start in (9, 5, 9)]
    _, asked = do(GetFills("BTCUSDT"), *bills)
    assert len(asked) == 3


def test_a_fill_from_before_is_not_told_and_another_instruments_neither() -> None:
    rows = [fill(fillTime=str(NOW)), fill(tradeId="9", fillTime=str(NOW - 9)), fill(tradeId="8", instId="BTC-USDT")]
    fills, _ = do_signed(GetFills("BTCUSDT", since_ms=NOW - 5), reply(*rows))
    assert [each.trade_id for each in fills] == ["744876980"]


def test_a_block_trade_has_no_order_and_is_none_of_ours() -> None:
    fills, _ = do(GetFills("BTCUSDT"), reply(fill(), fill(ordId="", tradeId="9")))
    assert [each.trade_id for each in fills] == ["744876980"]


def test_a_fill_of_the_time_in_hedge_mode_is_past_and_hides_no_other() -> None:
    for side in ("long", "short"):
        fills, _ = do(GetFills("BTCUSDT"), reply(fill(posSide=side, tradeId="9"), fill()))
        assert [each.trade_id for each in fills] == ["744876980"]


def test_the_fills_of_an_order_without_a_time_are_those_of_both_lists() -> None:
    """A list that has some of them is not the whole: an order may trade for longer than three days."""
    late, early = fill(ordId="7"), fill(ordId="7", tradeId="5", fillTime="1708000000000", fillSz="2")
    for recent, long in (((late,), (late, early)), ((late,), (early,)), ((), (late, early))):
        fills, asked = do_signed(GetFills("BTCUSDT", order_id=7), reply(*recent), reply(*long))
        assert [request.path for request in asked] == [RECENT, OLD]
        assert asked[0].params == {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "ordId": "7", "limit": PAGE}
        assert [each.trade_id for each in fills] == ["5", "744876980"]
        assert fills[1:] == (EXPECTED,)
    assert len(do_signed(GetFills("BTCUSDT"), reply())[1]) == 1


def test_a_rebate_is_a_negative_fee() -> None:
    (rebated,), _ = do(GetFills("BTCUSDT"), reply(fill(fee="0.02", execType="M")))
    assert (rebated.fee, rebated.is_maker) == (Decimal("-0.02"), True)
