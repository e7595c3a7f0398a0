"""The machine's contract: one answer each, deadlines that move on, nothing but the inputs decides."""

from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse, SocketMessage, VenueEffect
from tests.sansio_exchange.simulation.binance.desk import START_MS, Desk, market_order, sleepy_venue


def session(seed: int) -> list[list[VenueEffect]]:
    """A short day's trading, effect for effect."""
    desk = Desk(seed=seed)
    kept: list[list[VenueEffect]] = []
    feed = desk.feed

    def keep(item: object) -> list[VenueEffect]:
        kept.append(feed(item))  # type: ignore[arg-type]  # whatever the desk feeds
        return kept[-1]

    desk.feed = keep  # type: ignore[method-assign]  # to see what the desk does not keep
    desk.listen()
    desk.open("/stream", "streams=btcusdt@depth@100ms/btcusdt@kline_1m/!ticker@arr/ethusdt@aggTrade")
    desk.call("POST", "v1/order", **market_order())
    desk.place()
    desk.wait(3000)
    desk.call("DELETE", "v1/allOpenOrders", symbol="BTCUSDT")
    return kept


def test_the_same_inputs_give_the_same_effects() -> None:
    assert session(3) == session(3)
    assert session(3) != session(4)


def test_after_a_tick_at_the_deadline_the_next_is_later() -> None:
    desk = Desk()
    desk.open("/stream", "streams=btcusdt@depth@100ms/btcusdt@kline_1m/!ticker@arr")
    desk.open("/ws-fapi/v1")
    for _ in range(300):
        deadline = desk.machine.deadline()
        assert deadline is not None
        # The clocks of a real driver are not exact: the wall may be a millisecond behind.
        desk.machine.handle(Tick(), Now(deadline, START_MS + int(deadline * 1000) - 1))
        after = desk.machine.deadline()
        assert after is not None
        assert after > deadline


def test_spurious_ticks_say_nothing(desk: Desk) -> None:
    desk.open("/stream", "streams=btcusdt@depth@100ms/btcusdt@kline_1m/!ticker@arr/!markPrice@arr")
    desk.wait(1000)
    assert [desk.feed(Tick()) for _ in range(5)] == [[]] * 5


def test_a_wall_clock_that_steps_back_stops_the_venue_and_no_more(desk: Desk) -> None:
    desk.wait(1000)
    before = desk.get("v1/time")
    desk.now_ms -= 500
    assert desk.get("v1/time") == before
    desk.now_ms += 1000
    assert desk.get("v1/time")["serverTime"] == desk.now_ms


def test_a_driver_that_slept_misses_no_trade() -> None:
    awake, asleep = Desk(), Desk()
    conns = [each.open("/ws/btcusdt@aggTrade") for each in (awake, asleep)]
    awake.wait(20_000)
    asleep.jump(20_000)
    first, second = (
        [(each["a"], each["p"], each["T"]) for each in desk.take(conn)]
        for desk, conn in zip((awake, asleep), conns, strict=True)
    )
    assert first == second


def test_messages_of_unknown_sockets_are_ignored(desk: Desk) -> None:
    assert desk.feed(SocketMessage(99, b"{}")) == []


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
    path=st.sampled_from(["/fapi/v1/order", "/fapi/v1/depth", "/fapi/v1/batchOrders", "/fapi/v1/klines", "/", "/x"]),
    query=st.text(max_size=60),
    body=st.binary(max_size=60),
    key=st.text(max_size=10),
)
def test_any_request_is_answered(method: str, path: str, query: str, body: bytes, key: str) -> None:
    _shared.now_ms += 1000
    now = Now((_shared.now_ms - START_MS) / 1000, _shared.now_ms)
    request = HttpRequest(5, method, path, query, {"x-mbx-apikey": key}, body)
    answers = [each for each in _shared.machine.handle(request, now) if isinstance(each, HttpResponse)]
    assert [each.request_id for each in answers] == [5]
    assert 200 <= answers[0].status < 500


_shared = Desk(machine=sleepy_venue(START_MS))
