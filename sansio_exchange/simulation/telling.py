"""Who is told what happened: the public side of a venue's streams, and the side of its users."""

from collections.abc import Sequence
from typing import Protocol

from sansio_exchange.simulation.happenings import (
    AccountChanged,
    BookChanged,
    CandleChanged,
    Happening,
    LeverageChanged,
    MarkChanged,
    OrderChanged,
    Traded,
)
from sansio_exchange.simulation.wire import VenueEffect


class PublicSide(Protocol):
    """What everybody may hear."""

    def on_trade(self, trade: Traded, now_ms: int, out: list[VenueEffect]) -> None: ...

    def on_book(self, change: BookChanged, now_ms: int, out: list[VenueEffect]) -> None: ...

    def on_candle(self, change: CandleChanged, now_ms: int, out: list[VenueEffect]) -> None: ...

    def on_mark(self, mark: MarkChanged, now_ms: int, out: list[VenueEffect]) -> None: ...

    def end_of_batch(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Everything of this moment has been told: what speaks of all symbols at once can go."""
        ...


class UserSide(Protocol):
    """What the owner of an account hears."""

    def on_order(self, change: OrderChanged, now_ms: int, out: list[VenueEffect]) -> None: ...

    def on_account(self, change: AccountChanged, now_ms: int, out: list[VenueEffect]) -> None: ...

    def on_leverage(self, change: LeverageChanged, now_ms: int, out: list[VenueEffect]) -> None: ...

    def on_marks(self, mark_ms: int, now_ms: int, out: list[VenueEffect]) -> None:
        """All marks moved, as they do once a second, at `mark_ms`."""
        ...

    def all_told(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Everything of this moment has been told: what is said once for all of it can go."""
        ...


class Quiet:
    """What not every venue has a message for."""

    def end_of_batch(self, _now_ms: int, _out: list[VenueEffect]) -> None:
        pass

    def on_leverage(self, _change: LeverageChanged, _now_ms: int, _out: list[VenueEffect]) -> None:
        pass

    def on_marks(self, _mark_ms: int, _now_ms: int, _out: list[VenueEffect]) -> None:
        pass

    def all_told(self, _now_ms: int, _out: list[VenueEffect]) -> None:
        pass


def tell(
    happenings: Sequence[Happening], public: PublicSide, user: UserSide, now_ms: int, out: list[VenueEffect]
) -> None:
    """Tell both sides, in the order in which it happened."""
    mark_ms = 0
    for happening in happenings:
        match happening:
            case Traded():
                public.on_trade(happening, now_ms, out)
            case BookChanged():
                public.on_book(happening, now_ms, out)
            case CandleChanged():
                public.on_candle(happening, now_ms, out)
            case OrderChanged():
                user.on_order(happening, now_ms, out)
            case AccountChanged():
                user.on_account(happening, now_ms, out)
            case MarkChanged():
                public.on_mark(happening, now_ms, out)
                mark_ms = happening.time_ms
            case LeverageChanged():
                user.on_leverage(happening, now_ms, out)
    public.end_of_batch(now_ms, out)
    if mark_ms:
        user.on_marks(mark_ms, now_ms, out)
    user.all_told(now_ms, out)
