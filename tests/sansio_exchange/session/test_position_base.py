"""What a position was before the fills that were told shows a fill that was not."""

from decimal import Decimal

from msgspec import structs

from sansio_exchange.account import Position
from sansio_exchange.orders import Fill, Side
from sansio_exchange.session.position_base import PositionBase

BOUGHT = Fill("1", 1, "BTCUSDT", Side.BUY, Decimal(100), Decimal(2), Decimal(0), "USDT", Decimal(0), 1)
SOLD = structs.replace(BOUGHT, side=Side.SELL)


def listed(base: PositionBase, size: int, *meanwhile: Fill) -> tuple[int, int] | None:
    """Its base, and what that is by this list; None where it is not believed yet. `meanwhile` is told before the list
    comes."""
    asked = base.all_told()
    for fill in meanwhile:
        base.tell(fill)
    compared = base.compare([Position("BTCUSDT", Decimal(size), Decimal(100))] if size else [], asked)
    if "BTCUSDT" not in compared:
        return 0 if base.is_settled else None  # type: ignore[return-value]  # nobody ever had one
    known, said = compared["BTCUSDT"]
    return int(known), int(said)


def settled(size: int) -> PositionBase:
    base = PositionBase()
    assert listed(base, size) is None
    assert listed(base, size) == (size, size)
    return base


def suspected(listed: int) -> PositionBase:
    """Of 3, which are listed as so many, and what explains that is being asked for."""
    base = settled(3)
    base.suspect("BTCUSDT", Decimal(listed))
    return base


def test_what_is_listed_twice_is_believed() -> None:
    settled(3)


def test_of_what_was_never_listed_the_base_is_none() -> None:
    base = PositionBase()
    base.compare([], base.all_told())
    assert base.is_settled
    assert listed(base, 4) == (0, 4)


def test_fills_that_are_told_explain_what_a_position_became() -> None:
    base = settled(3)
    base.tell(BOUGHT)
    assert listed(base, 5) == (3, 3)
    base.tell(SOLD)
    base.tell(SOLD)
    assert listed(base, 1) == (3, 3)


def test_what_was_told_after_it_was_listed_is_not_taken_for_the_base() -> None:
    base = PositionBase()
    assert listed(base, 3, BOUGHT) is None, "listed before it was told"
    assert listed(base, 5) is None, "another base than the last time"
    assert listed(base, 5) == (3, 3)


def test_what_moved_while_nothing_was_told_is_no_base() -> None:
    """It was the first that was right."""
    base = PositionBase()
    assert listed(base, 3) is None
    assert listed(base, 4) == (3, 4)


def test_what_explains_a_difference_leaves_the_base_as_it_was() -> None:
    base = settled(3)
    assert listed(base, 5) == (3, 5)
    base.suspect("BTCUSDT", Decimal(5))
    base.tell(BOUGHT)
    assert listed(base, 5) == (3, 3)


def test_so_does_a_list_that_was_wrong() -> None:
    base = suspected(5)
    assert listed(base, 3) == (3, 3)


def test_what_is_found_where_nobody_had_a_position_leaves_none_before() -> None:
    base = PositionBase()
    base.compare([], base.all_told())
    assert listed(base, 2) == (0, 2)
    base.suspect("BTCUSDT", Decimal(2))
    base.tell(BOUGHT)
    assert listed(base, 2) == (0, 0)


def test_where_it_differs_though_all_was_found_more_was_missed() -> None:
    base = suspected(5)
    base.tell(BOUGHT)
    assert listed(base, 7) == (3, 5)


def test_what_nothing_explains_is_the_base_from_then_on() -> None:
    base = suspected(5)
    assert listed(base, 5) == (5, 5)


def test_so_it_is_where_it_moves_on_and_nothing_is_told() -> None:
    base = suspected(5)
    assert listed(base, 6) == (5, 6)


def test_where_fills_are_told_meanwhile_it_is_so_once_it_was_asked_for_twice() -> None:
    """For another one may have been missed that is as large as the one that was found."""
    base = suspected(4)
    assert listed(base, 6, BOUGHT) == (3, 4)
    base.suspect("BTCUSDT", Decimal(4))
    assert listed(base, 8, BOUGHT) == (4, 4)


def test_what_was_found_in_between_has_it_begin_anew() -> None:
    base = suspected(4)
    assert listed(base, 6, BOUGHT) == (3, 4)
    base.suspect("BTCUSDT", Decimal(4))
    assert listed(base, 7, BOUGHT) == (3, 3)
    base.suspect("BTCUSDT", Decimal(4))
    assert listed(base, 10, BOUGHT) == (3, 4)


def unexplained(base: PositionBase, size: int) -> bool:
    return bool(base.unexplained([Position("BTCUSDT", Decimal(size), Decimal(100))] if size else []))


def test_a_position_is_unexplained_while_what_was_told_does_not_lead_to_what_is_listed() -> None:
    base = PositionBase()
    assert not unexplained(base, 3), "nothing is known yet"
    base.compare([], base.all_told())
    assert not unexplained(base, 0)
    assert unexplained(base, 2)
    base.tell(BOUGHT)
    assert not unexplained(base, 2)
    assert unexplained(base, 0)


def test_one_that_is_being_asked_for_is_not() -> None:
    assert not unexplained(suspected(5), 5)
