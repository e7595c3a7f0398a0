"""The venue's time, whatever our own wall clock does."""

import pytest

from sansio_exchange.clock import Now
from sansio_exchange.commands import PlaceOrder
from sansio_exchange.errors import ClockSkew
from sansio_exchange.machine import HttpReply
from sansio_exchange.session.venue_clock import RESYNC_AGAIN_AFTER, RESYNC_EVERY, VenueClock
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, lost, places


def test_before_a_measurement_our_own_clock_has_to_do() -> None:
    assert VenueClock().ms(Now(5.0, 1234)) == 1234


def test_a_measurement_is_taken_for_the_middle_of_the_way() -> None:
    clock = VenueClock()
    clock.measured(1_000_000, 10.0, Now(10.5, 77))
    assert clock.ms(Now(10.5, 77)) == 1_000_250
    assert clock.resync_at == 10.5 + RESYNC_EVERY


def test_a_wall_clock_that_is_set_moves_nothing() -> None:
    clock = VenueClock()
    clock.measured(1_000_000, 10.0, Now(10.0, 0))
    assert clock.ms(Now(11.0, 0)) == clock.ms(Now(11.0, 3_600_000)) == 1_001_000


@pytest.mark.parametrize("jump_ms", [1_500, -1_500, 7_200_000])
def test_clocks_that_part_are_a_reason_to_measure_anew(jump_ms: int) -> None:
    clock = VenueClock()
    assert clock.measurement_is_due(Now(0.0, 0))
    clock.measured(0, 0.0, Now(0.0, 0))
    assert not clock.measurement_is_due(Now(100.0, 100_400))
    doubted = [clock.is_doubted]
    assert clock.measurement_is_due(Now(101.0, 101_400 + jump_ms))
    doubted.append(clock.is_doubted)
    clock.measured(jump_ms, 101.0, Now(101.0, 0))
    doubted.append(clock.is_doubted)
    assert doubted == [False, True, False]


def test_a_clock_that_jumps_all_the_time_is_measured_once_a_minute() -> None:
    clock = VenueClock()
    measured = 0
    for second in range(600):
        now = Now(float(second), second * 5_000)
        if clock.measurement_is_due(now):
            clock.measured(second, now.mono, now)
            measured += 1
    assert measured == 600 / RESYNC_AGAIN_AFTER


# --- in a session -----------------------------------------------------------------------------------------------------


def test_the_venues_clock_is_measured_from_time_to_time(live: Stage) -> None:
    live.advance(1300)
    assert live.sent.count("/time") == 2


def test_a_timestamp_that_the_venue_refuses_is_measured_anew_and_the_order_sent_once_more() -> None:
    stage = Stage(FakeVenue(trade=False))
    stage.wall_ms += 3_600_000
    stage.go_live()
    stage.connector._clock.measured(stage.exchange.now_ms + 10_000, stage.mono, stage.connector._now)
    assert stage.ask(PlaceOrder(limit("a"))).client_order_id == "a"
    assert stage.sent == ["/place", "/time", "/place"]
    assert len(stage.exchange.orders) == 1


def test_a_venue_that_refuses_every_timestamp_is_not_asked_forever(rest: Stage) -> None:
    rest.rules["/place"] = lambda request: HttpReply(request.request_id, 400, {}, b'{"error":"ClockSkew"}')
    with pytest.raises(ClockSkew):
        rest.ask(PlaceOrder(limit("a")))
    assert places(rest) == 2


def test_after_a_sleep_that_the_clock_did_not_count_no_login_is_refused() -> None:
    stage = Stage(FakeVenue(login=True))
    stage.go_live()
    stage.advance(RESYNC_AGAIN_AFTER)
    stage.sleep(7200)
    stage.cut("trade")
    stage.advance(1)
    assert stage.conns("trade")
    assert [each.reason for each in lost(stage)] == ["connection reset"]


def test_a_refused_login_is_tried_again_only_when_the_clock_has_been_measured() -> None:
    stage = Stage(FakeVenue(login=True))
    stage.go_live()
    stage.connector._clock.measured(stage.exchange.now_ms - 3_600_000, stage.mono, stage.connector._now)
    stage.rules["/time"] = "hold"
    stage.cut("trade")
    stage.advance(1)
    assert [each.reason for each in lost(stage)] == ["connection reset", "login refused: -3600000 ms off"]
    assert stage.sent == ["/time"]
    stage.release()
    stage.advance(1)
    assert stage.conns("trade")
    assert len(lost(stage)) == 2


def test_a_key_that_no_venue_takes_costs_one_question_for_each_login() -> None:
    stage = Stage(FakeVenue(login=True))
    stage.go_live()
    stage.exchange.keys.clear()
    stage.cut("private")
    stage.advance(300)
    logins = sum(name.startswith("private#") for name in stage.opened) - 1
    assert stage.sent.count("/time") <= logins + 300 / RESYNC_AGAIN_AFTER
