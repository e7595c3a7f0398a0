"""The machine's contract: one answer each, deadlines that move on, nothing but the inputs decides."""

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.wire import SocketMessage, VenueEffect
from tests.sansio_exchange.simulation.gate.desk import BTC, PRIVATE, START_MS, Desk, market_order


def listening(desk: Desk) -> int:
    conn = desk.listen(*PRIVATE)
    desk.subscribe(conn, "futures.order_book_update", BTC, "20ms", "20")
    desk.subscribe(conn, "futures.tickers", BTC)
    desk.subscribe(conn, "futures.candlesticks", "1m", BTC)
    return conn


def session(seed: int) -> list[list[VenueEffect]]:
    """A short day's trading, effect for effect."""
    desk = Desk(seed=seed)
    kept: list[list[VenueEffect]] = []
    feed = desk.feed

    def keep(item: object) -> list[VenueEffect]:
        kept.append(feed(item))  # type: ignore[arg-type]  # whatever the desk feeds
        return kept[-1]

    desk.feed = keep  # type: ignore[method-assign]  # to see what the desk does not keep
    listening(desk)
    desk.place(**market_order())
    desk.place()
    desk.wait(2000)
    desk.act("DELETE", "orders", contract=BTC)
    return kept


def test_the_same_inputs_give_the_same_effects() -> None:
    assert session(3) == session(3)
    assert session(3) != session(4)


def test_after_a_tick_at_the_deadline_the_next_is_later(desk: Desk) -> None:
    listening(desk)
    for _ in range(300):
        deadline = desk.machine.deadline()
        assert deadline is not None
        # The clocks of a real driver are not exact: the wall may be a millisecond behind.
        desk.machine.handle(Tick(), Now(deadline, START_MS + int(deadline * 1000) - 1))
        after = desk.machine.deadline()
        assert after is not None
        assert after > deadline


def test_spurious_ticks_say_nothing(desk: Desk) -> None:
    listening(desk)
    desk.wait(1000)
    assert [desk.feed(Tick()) for _ in range(5)] == [[]] * 5


def test_a_driver_that_slept_misses_no_trade() -> None:
    awake, asleep = Desk(), Desk()
    conns = []
    for desk in (awake, asleep):
        conns.append(desk.open())
        desk.subscribe(conns[-1], "futures.trades", BTC)
    awake.wait(20_000)
    asleep.jump(20_000)
    first, second = (
        [row for result in desk.hear(conn, "futures.trades") for row in result]
        for desk, conn in zip((awake, asleep), conns, strict=True)
    )
    assert first == second


def test_messages_of_unknown_sockets_are_ignored(desk: Desk) -> None:
    assert desk.feed(SocketMessage(99, b"{}")) == []
    conn = desk.open()
    desk.hang_up(conn)
    assert desk.feed(SocketMessage(conn, b"{}")) == []
