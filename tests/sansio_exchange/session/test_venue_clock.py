"""The venue's time, whatever our own wall clock does."""

import pytest

from sansio_exchange.clock import Now
from sansio_exchange.commands import PlaceOrder
from sansio_exchange.errors import ClockSkew
from sansio_exchange.machine import HttpReply
from sansio_exchange.session.venue_clock import RESYNC_EVERY, VenueClock
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, places


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
