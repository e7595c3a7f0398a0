"""Numbers of fills that grow with time, for venues whose fills are numbered across all symbols."""

from sansio_exchange.orders import Fill


def fill_number(fill: Fill, place: int) -> int:
    """`place` is that of its symbol, as trade ids are unique in one only. Nineteen digits, within 64 bits."""
    return fill.time_ms * 1_000_000 + int(fill.trade_id) % 10_000 * 100 + place % 100
