"""A lost, doubled, invented or wrongly told update is found in the books, and so is growth."""

from decimal import Decimal
from math import inf

import pytest
from msgspec import structs

from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side
from tests.soak.told import Subscriber, Told
from tests.soak.verdict import Placed, compare, growth, judge_answers

ORDER = Order(
    order_id=7,
    client_order_id="k1",
    symbol="BTCUSDT",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    status=OrderStatus.FILLED,
    executed_qty=Decimal(1),
    avg_price=Decimal(100),
    update_ms=1_000,
)
FILL = Fill("a", 7, "BTCUSDT", Side.BUY, Decimal(100), Decimal(1), Decimal(0), "USDT", Decimal(0), 1_000)
KEY = ("BTCUSDT", 7)
FILLS = {(*KEY, "a"): FILL}
TOLD = Told(
    0, "BTCUSDT", 7, "k1", 1, OrderStatus.FILLED, Decimal(1), Decimal(100), "a", Decimal(100), Decimal(1)
)  # fmt: skip


def subscriber(*updates: Told) -> Subscriber:
    heard = Subscriber()
    for each in updates:
        heard.hear(each)
    return heard


def found(heard: Subscriber, until_ms: float = inf) -> list[str]:
    return compare(heard, [ORDER], FILLS, until_ms)


def test_nothing_is_found_where_all_was_told() -> None:
    assert found(subscriber(TOLD)) == []


def test_a_lost_order_and_its_fill_are_found() -> None:
    words = found(subscriber())
    assert len(words) == 2
    assert words[0].startswith("order never told")
    assert words[1].startswith("fill never told")


def test_what_may_be_on_its_way_is_not_lost() -> None:
    assert found(subscriber(), until_ms=999) == []
    assert len(found(subscriber(), until_ms=1_000)) == 2


def test_a_lost_fill_is_found_though_the_order_is_known_to_be_filled() -> None:
    quiet = structs.replace(TOLD, trade_id="", price=Decimal(0), quantity=Decimal(0))
    (words,) = found(subscriber(quiet))
    assert words.startswith("fill never told")


def test_a_lost_last_state_is_found() -> None:
    stale = structs.replace(TOLD, status=OrderStatus.PARTIALLY_FILLED)
    (words,) = found(subscriber(stale))
    assert words.startswith("told as PARTIALLY_FILLED")


def test_wrong_prices_are_found() -> None:
    assert found(subscriber(structs.replace(TOLD, price=Decimal(101))))[0].startswith("fill told as 1 at 101")
    assert found(subscriber(structs.replace(TOLD, average=Decimal(101))))[0].startswith("average price told as 101")


def test_an_invented_fill_is_found_even_if_just_told() -> None:
    (words,) = compare(subscriber(TOLD), [ORDER], {}, 0)
    assert words.startswith("fill that never happened")


def test_an_order_that_was_accepted_must_stand() -> None:
    accepted = Placed("k1", "BTCUSDT", "accepted", 7)
    assert judge_answers([accepted], {KEY: ORDER}) == []
    assert judge_answers([accepted], {})[0].startswith("accepted, and the venue has no such order")


def test_an_order_that_was_refused_must_not_stand_and_of_an_unknown_one_nobody_knows() -> None:
    assert judge_answers([Placed("k1", "BTCUSDT", "refused")], {KEY: ORDER})[0].startswith("refused, and it stands")
    assert judge_answers([Placed("k1", "BTCUSDT", "unknown")], {KEY: ORDER}) == []
    assert judge_answers([Placed("", "BTCUSDT", "refused")], {KEY: ORDER}) == []


def test_an_order_placed_twice_is_found() -> None:
    twice = {KEY: ORDER, ("BTCUSDT", 8): structs.replace(ORDER, order_id=8)}
    assert judge_answers([], twice) == ["placed 2 times: k1"]


def test_growth_is_of_the_last_third_over_the_first() -> None:
    assert growth([10, 99, 10, 11, 10, 10, 10, 99, 10]) == 0
    assert growth([10, 11, 12, 13, 14, 15]) == 4
    with pytest.raises(ValueError, match="three"):
        growth([1, 2])
