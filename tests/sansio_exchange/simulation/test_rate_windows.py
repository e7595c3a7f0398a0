"""Windows follow the clock, and what does not fit is not used."""

from sansio_exchange.simulation.rate_windows import Window


def test_what_is_too_much_is_not_used() -> None:
    window = Window(2000)
    assert window.spend(2, 3, 1000)
    assert not window.spend(2, 3, 1500)
    assert window.at(1999) == 2
    assert window.spend(3, 3, 2000)


def test_the_rest_of_a_window_is_rounded_up() -> None:
    assert Window(2000).seconds_left(999) == 2
    assert Window(2000).seconds_left(1000) == 1
