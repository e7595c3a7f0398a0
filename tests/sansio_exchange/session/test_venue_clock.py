"""The venue's time, whatever our own wall clock does."""

from sansio_exchange.clock import Now
from sansio_exchange.session.venue_clock import RESYNC_EVERY, VenueClock


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
