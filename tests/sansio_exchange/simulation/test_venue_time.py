"""A venue's time: steps of a second at most, never backwards, and deadlines that lie ahead."""

from sansio_exchange.clock import Now
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.symbols import default_rules
from sansio_exchange.simulation.venue_time import VenueTime

START_MS = 1_700_000_000_000


def test_a_long_sleep_is_lived_through_second_by_second() -> None:
    exchange = SimulatedExchange(default_rules()[:1], seed=1, start_ms=START_MS)
    looks: list[int] = []
    time = VenueTime(exchange, lambda now_ms, out: looks.append(now_ms), lambda now_ms, out: None)
    assert time.deadline([]) is None
    assert time.live_until(Now(0.0, START_MS), []) == START_MS
    assert time.live_until(Now(2.5, START_MS + 2500), []) == START_MS + 2500
    assert looks == [START_MS + each for each in (0, 1000, 2000, 2500)]
    assert exchange.now_ms == START_MS + 2500


def test_a_clock_that_is_set_back_stops_the_time() -> None:
    exchange = SimulatedExchange(default_rules()[:1], seed=1, start_ms=START_MS)
    time = VenueTime(exchange, lambda now_ms, out: None, lambda now_ms, out: None)
    time.live_until(Now(0.0, START_MS + 500), [])
    assert time.live_until(Now(1.0, START_MS), []) == START_MS + 500
    deadline = time.deadline([None, START_MS + 501])
    assert deadline is not None
    assert 1.0 < deadline <= 1.001
