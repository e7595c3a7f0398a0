"""Sessions broken on purpose: the simulation finds each, so its silence about the real one says something."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from msgspec import structs

from sansio_exchange.account import Position
from sansio_exchange.commands import PlaceOrder
from sansio_exchange.orders import Order, OrderUpdate
from sansio_exchange.session import order_entry, order_ledger, placing, recovery
from sansio_exchange.session.account_book import AccountBook
from sansio_exchange.session.calls import Calls, Run
from sansio_exchange.session.order_ledger import OrderLedger, Question
from sansio_exchange.session.placing import Placing
from sansio_exchange.session.reconcile import Truth
from sansio_exchange.session.recovery import Recovery
from sansio_exchange.simulation.world import START_MS
from sansio_exchange.venue import Recipe
from tests.simulation.episode import Episode
from tests.simulation.witness import Wrong

Break = Callable[[pytest.MonkeyPatch], None]


def _send_again(patch: pytest.MonkeyPatch) -> None:
    def find_out(self: Placing, question: Question, doubt: Exception) -> Recipe[Order]:
        placed: Order = yield from self._venue.recipe(PlaceOrder(question.order))
        return placed

    patch.setattr(Placing, "_find_out", find_out)


def _forget_trade_ids(patch: pytest.MonkeyPatch) -> None:
    class Forgetful(set[str]):
        def __contains__(self, trade_id: object) -> bool:
            return False

    init = order_ledger._Entry.__init__

    def forgetful(self: Any, order: Order) -> None:
        init(self, order)
        self.trade_ids = Forgetful()

    patch.setattr(order_ledger._Entry, "__init__", forgetful)


def _believe_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(placing, "LIFETIME_MARGIN", -100.0)


def _never_reconcile_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(recovery, "missed", lambda ledger, truth: [])


def _lose_what_is_held(patch: pytest.MonkeyPatch) -> None:
    take = Recovery._take

    def forgetful(self: Recovery, truth: Truth) -> None:
        self.forget_held()
        take(self, truth)

    patch.setattr(Recovery, "_take", forgetful)


def _turn_positions_round(patch: pytest.MonkeyPatch) -> None:
    merge = AccountBook._merge

    def turned(self: AccountBook, told: Position) -> Position | None:
        return merge(self, structs.replace(told, size=-told.size))

    patch.setattr(AccountBook, "_merge", turned)


def _tell_whatever_comes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(order_ledger, "later_of", lambda known, told: told)


def _forget_placements_that_nobody_waits_for(patch: pytest.MonkeyPatch) -> None:
    def let_go(self: order_entry.OrderEntry, placement: Any) -> None:
        placement.run.drop()
        self._forget(placement)

    patch.setattr(order_entry.OrderEntry, "_let_go", let_go)


def _say_nothing_was_sent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Run, "mark_sent", lambda self, priority: None)


def _place_anew_what_is_known(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OrderLedger, "find_client", lambda self, client_order_id: None)


def _take_fees_for_gains(patch: pytest.MonkeyPatch) -> None:
    apply = OrderLedger.apply

    def free(self: OrderLedger, update: OrderUpdate) -> OrderUpdate | None:
        fill = update.fill and structs.replace(update.fill, fee=-update.fill.fee)
        return apply(self, OrderUpdate(update.order, fill))

    patch.setattr(OrderLedger, "apply", free)


def _let_the_stream_tell_old_positions(patch: pytest.MonkeyPatch) -> None:
    merge = AccountBook._merge

    def believing(self: AccountBook, told: Position) -> Position | None:
        return merge(self, structs.replace(told, update_ms=START_MS * 2))

    patch.setattr(AccountBook, "_merge", believing)


def _forget_lost_frames(patch: pytest.MonkeyPatch) -> None:
    def lost(self: Calls, conn: str, reason: str) -> None:
        self.trade_conn = ""
        for frame_id in list(self._frames):
            self._frames.pop(frame_id)

    patch.setattr(Calls, "on_trade_conn_lost", lost)


BROKEN: dict[Break, int] = {
    _send_again: 2,
    _forget_trade_ids: 1,
    _believe_at_once: 343,
    _never_reconcile_again: 2,
    _lose_what_is_held: 3,
    _turn_positions_round: 1,
    _tell_whatever_comes: 1,
    _forget_placements_that_nobody_waits_for: 2,
    _say_nothing_was_sent: 1,
    _place_anew_what_is_known: 1,
    _take_fees_for_gains: 1,
    _let_the_stream_tell_old_positions: 36,
    _forget_lost_frames: 1,
}
"""With the seed that found it first; where it does not any more, others are tried."""
SEEDS = 150


@pytest.mark.parametrize("broken", BROKEN, ids=lambda each: each.__name__.strip("_"))
def test_a_broken_session_is_found(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises(Wrong):
        _run((BROKEN[broken], *range(1, SEEDS)))


def _run(seeds: Iterable[int]) -> None:
    for seed in seeds:
        Episode(seed).run()
