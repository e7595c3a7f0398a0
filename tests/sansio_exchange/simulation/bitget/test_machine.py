"""The machine's contract: one answer each, deadlines that move on, nothing but the inputs decides."""

import pytest

from sansio_exchange.simulation.wire import VenueEffect
from tests.sansio_exchange.simulation.bitget.desk import Desk, market_order


def session(seed: int) -> list[list[VenueEffect]]:
    """A short day's trading, effect for effect."""
    desk = Desk(seed=seed)
    kept: list[list[VenueEffect]] = []
    feed = desk.feed

    def keep(item: object) -> list[VenueEffect]:
        kept.append(feed(item))  # type: ignore[arg-type]  # whatever the desk feeds
        return kept[-1]

    desk.feed = keep  # type: ignore[method-assign]  # to see what the desk does not keep
    desk.listen("orders", "fill", "account", "positions")
    conn = desk.open()
    for channel in ("trade", "ticker", "books", "books1", "candle1m"):
        desk.subscribe(conn, channel)
    desk.place(**market_order())
    desk.place()
    desk.wait(3000)
    desk.act("mix/order/cancel-all-orders")
    return kept


def test_the_same_inputs_give_the_same_effects() -> None:
    assert session(3) == session(3)
    assert session(3) != session(4)


def test_after_a_tick_at_the_deadline_the_next_is_later() -> None:
    desk = Desk()
    conn = desk.open()
    for channel in ("trade", "ticker", "books", "books1", "candle1m"):
        desk.subscribe(conn, channel)
    for _ in range(300):
        before = desk.machine.deadline()
        assert before is not None
        desk.jump(max(1, round(before * 1000) - (desk.now_ms - desk.start_ms)))
        after = desk.machine.deadline()
        assert after is not None
        assert after > before


@pytest.mark.parametrize("asleep_ms", [10_000, 100_000])
def test_a_driver_that_slept_misses_nothing(asleep_ms: int) -> None:
    awake, sleepy = Desk(), Desk()
    conns = [each.open() for each in (awake, sleepy)]
    for desk, conn in zip((awake, sleepy), conns, strict=True):
        desk.subscribe(conn, "trade")
        desk.take(conn)
    awake.wait(asleep_ms)
    sleepy.jump(asleep_ms)
    heard = [
        [row for each in desk.hear(conn, "trade") for row in each["data"]]
        for desk, conn in zip((awake, sleepy), conns, strict=True)
    ]
    assert heard[0] == heard[1] != []
