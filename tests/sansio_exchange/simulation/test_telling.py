"""What happened is told in order, and each side hears its own."""

from decimal import Decimal

from sansio_exchange.simulation.happenings import AccountChanged, BookChanged, LeverageChanged, MarkChanged
from sansio_exchange.simulation.telling import tell
from sansio_exchange.simulation.wire import VenueEffect

D = Decimal(1)


class Side:
    """Both sides in one: notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def _note(self, what: str) -> None:
        self.heard.append(what)

    def on_trade(self, trade: object, now_ms: int, out: list[VenueEffect]) -> None:
        self._note("trade")

    def on_book(self, change: object, now_ms: int, out: list[VenueEffect]) -> None:
        self._note("book")

    def on_candle(self, change: object, now_ms: int, out: list[VenueEffect]) -> None:
        self._note("candle")

    def on_mark(self, mark: object, now_ms: int, out: list[VenueEffect]) -> None:
        self._note("mark")

    def end_of_batch(self, now_ms: int, out: list[VenueEffect]) -> None:
        self._note("end")

    def on_order(self, change: object, now_ms: int, out: list[VenueEffect]) -> None:
        self._note("order")

    def on_account(self, change: object, now_ms: int, out: list[VenueEffect]) -> None:
        self._note("account")

    def on_leverage(self, change: object, now_ms: int, out: list[VenueEffect]) -> None:
        self._note("leverage")

    def on_marks(self, mark_ms: int, now_ms: int, out: list[VenueEffect]) -> None:
        self._note(f"marks of {mark_ms}")

    def all_told(self, now_ms: int, out: list[VenueEffect]) -> None:
        self._note("all told")


def test_everything_is_told_in_order_and_marks_once_more_at_the_end() -> None:
    side = Side()
    tell(
        [
            LeverageChanged("a", "X", 5, 1),
            BookChanged("X", D, D, D, D, 1),
            MarkChanged("X", D, D, D, 9, 1000),
            MarkChanged("Y", D, D, D, 9, 1000),
            AccountChanged("a", "ORDER", ("X",), 1),
        ],
        side,
        side,
        1500,
        [],
    )
    assert side.heard == ["leverage", "book", "mark", "mark", "account", "end", "marks of 1000", "all told"]


def test_without_marks_there_is_only_an_end() -> None:
    side = Side()
    tell([], side, side, 1, [])
    assert side.heard == ["end", "all told"]
