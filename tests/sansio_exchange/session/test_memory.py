"""Lines that outlive the process: read back they say the same, and what was cut off says nothing."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, OrderUpdate, Side
from sansio_exchange.session.memory import (
    Accepted,
    Asked,
    Banned,
    Began,
    Known,
    Line,
    NotPlaced,
    Owner,
    Unknown,
    Untold,
    from_bytes,
    to_bytes,
)
from sansio_exchange.session.order_ledger import OrderLedger
from tests.sansio_exchange.session.test_joining import fill, state

ORDER = NewOrder("BTCUSDT", Side.SELL, OrderType.LIMIT, Decimal("0.3"), Decimal("64123.40"), client_order_id="mine")
LINES: list[Line] = [
    Owner("a digest"),
    Began(1_700_000_000_000),
    Banned(1_700_000_000_000, 60.0, ("weight",)),
    Untold(1_700_000_000_001),
    Asked(ORDER, 5),
    Accepted(state(0)),
    OrderUpdate(state(4), fill("a", 4)),
    Known(state(4), Decimal(4), ("a",), Decimal(1), 7, 6),
    NotPlaced("mine"),
    Unknown("BTCUSDT", 7),
]


def test_lines_say_the_same_when_they_are_read() -> None:
    assert from_bytes(to_bytes(LINES)) == (LINES, 0)
    assert from_bytes(b"") == ([], 0)


def test_a_last_line_that_was_cut_off_is_left_out() -> None:
    data = to_bytes(LINES)
    for length in range(len(data)):
        lines, unreadable = from_bytes(data[:length])
        assert lines == LINES[: len(lines)]
        assert unreadable == 0


def test_lines_that_cannot_be_read_are_counted() -> None:
    data = b"\x00\x00\n" + to_bytes(LINES[:1]) + b'{"type":"Began","ms":"soon"}\n' + b"[" * 5000 + b"\n"
    assert from_bytes(data) == (LINES[:1], 3)


STEPS: list[Any] = [
    lambda ledger: ledger.ask(structs.replace(ORDER, client_order_id="mine"), 1),
    lambda ledger: ledger.ask(structs.replace(ORDER, client_order_id="other"), 2),
    lambda ledger: ledger.not_placed("other"),
    lambda ledger: ledger.expect(state(0), 100.0),
    lambda ledger: ledger.adopt(state(3), (fill("old", 2),)),
    lambda ledger: ledger.apply(OrderUpdate(state(0))),
    lambda ledger: ledger.apply(OrderUpdate(state(4), fill("a", 4))),
    lambda ledger: ledger.apply(OrderUpdate(state(6))),
    lambda ledger: ledger.write_off(),
    lambda ledger: ledger.apply(OrderUpdate(state(6), fill("b", 2))),
    lambda ledger: ledger.apply(OrderUpdate(state(6, "CANCELED"))),
    lambda ledger: ledger.stop_awaiting(("BTCUSDT", 7)),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, len(STEPS) - 1), max_size=12), st.integers(0, 12))
def test_a_ledger_that_reads_what_another_noted_knows_the_same(steps: list[int], anew: int) -> None:
    """Also where what was noted before was told anew in between."""
    noted: list[Line] = []
    one = OrderLedger()
    one.note = noted.append
    for number, step in enumerate(steps):
        if number == anew:
            noted[:] = one.lines(0)
        STEPS[step](one)
    other = OrderLedger()
    for line in noted:
        other.read(line)
    assert list(other.lines(0)) == list(one.lines(0))
    assert other.short() == one.short()


def test_what_ended_before_a_time_is_left_out() -> None:
    ledger = OrderLedger()
    ledger.apply(OrderUpdate(state(0, "CANCELED", update_ms=5)))
    other: Order = structs.replace(state(0), order_id=8, update_ms=1)
    ledger.apply(OrderUpdate(other))
    assert [line.order.order_id for line in ledger.lines(6) if isinstance(line, Known)] == [8]
    assert ledger.newest_ms() == 5
    assert other.status is OrderStatus.NEW
