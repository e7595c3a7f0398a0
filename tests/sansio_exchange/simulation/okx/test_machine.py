"""The machine's contract: one answer each, deadlines that move on, nothing but the inputs decides."""

import json

from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse, SocketMessage, VenueEffect
from tests.sansio_exchange.simulation.okx.desk import BTC, START_MS, Desk, market_order, sleepy_venue


def subscribe_to_much(desk: Desk) -> None:
    public, business = desk.open(), desk.open("business")
    for channel in ("books", "books5", "tickers", "trades", "bbo-tbt", "open-interest", "funding-rate"):
        desk.subscribe(public, channel, instId=BTC)
    desk.subscribe(business, "candle1m", instId=BTC)


def session(seed: int) -> list[list[VenueEffect]]:
    """A short day's trading, effect for effect."""
    desk = Desk(seed=seed)
    kept: list[list[VenueEffect]] = []
    feed = desk.feed

    def keep(item: object) -> list[VenueEffect]:
        kept.append(feed(item))  # type: ignore[arg-type]  # whatever the desk feeds
        return kept[-1]

    desk.feed = keep  # type: ignore[method-assign]  # to see what the desk does not keep
    desk.listen("orders", "account", "positions", "balance_and_position")
    subscribe_to_much(desk)
    desk.place(**market_order())
    placed = desk.place()
    desk.wait(3000)
    desk.act("trade/cancel-order", {"instId": BTC, "ordId": placed["ordId"]})
    return kept


def test_the_same_inputs_give_the_same_effects() -> None:
    assert session(3) == session(3)
    assert session(3) != session(4)


def test_after_a_tick_at_the_deadline_the_next_is_later() -> None:
    desk = Desk()
    subscribe_to_much(desk)
    for _ in range(300):
        deadline = desk.machine.deadline()
        assert deadline is not None
        # The clocks of a real driver are not exact: the wall may be a millisecond behind.
        desk.machine.handle(Tick(), Now(deadline, START_MS + int(deadline * 1000) - 1))
        after = desk.machine.deadline()
        assert after is not None
        assert after > deadline


def test_spurious_ticks_say_nothing(desk: Desk) -> None:
    subscribe_to_much(desk)
    desk.wait(1000)
    assert [desk.feed(Tick()) for _ in range(5)] == [[]] * 5


def test_a_driver_that_slept_misses_no_trade() -> None:
    awake, asleep = Desk(), Desk()
    conns = [each.open() for each in (awake, asleep)]
    for desk, conn in zip((awake, asleep), conns, strict=True):
        desk.subscribe(conn, "trades", instId=BTC)
    awake.wait(20_000)
    asleep.jump(20_000)
    first, second = (
        [each["data"] for each in desk.hear(conn, "trades")] for desk, conn in zip((awake, asleep), conns, strict=True)
    )
    assert first == second


def test_messages_of_unknown_sockets_are_ignored(desk: Desk) -> None:
    assert desk.feed(SocketMessage(99, b"{}")) == []


NAMES = ["instId", "tdMode", "side", "ordType", "sz", "px", "ordId", "clOrdId", "newSz", "newPx", "lever", "reduceOnly"]
_shared = Desk(machine=sleepy_venue(START_MS))


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    path=st.sampled_from(["/api/v5/trade/order", "/api/v5/market/candles", "/api/v5/public/instruments", "/", "/x"]),
    query=st.text(max_size=60),
    body=st.binary(max_size=60),
    key=st.text(max_size=10),
)
def test_any_request_is_answered(method: str, path: str, query: str, body: bytes, key: str) -> None:
    _shared.now_ms += 1000
    now = Now((_shared.now_ms - START_MS) / 1000, _shared.now_ms)
    request = HttpRequest(5, method, path, query, {"ok-access-key": key}, body)
    answers = [each for each in _shared.machine.handle(request, now) if isinstance(each, HttpResponse)]
    assert [each.request_id for each in answers] == [5]
    assert 200 <= answers[0].status < 500


@given(
    path=st.sampled_from(["trade/order", "trade/amend-order", "trade/cancel-order", "account/set-leverage"]),
    body=st.dictionaries(
        st.sampled_from(NAMES),
        st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.none(), st.sampled_from([BTC, "buy", "limit"])),
    ),
)
def test_any_signed_body_is_answered(path: str, body: dict[str, object]) -> None:
    _shared.now_ms += 1000
    text = json.dumps({"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1"} | body)
    assert _shared.signed("POST", path, body=text).status < 500
