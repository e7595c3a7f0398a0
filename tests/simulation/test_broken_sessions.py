"""Connectors broken on purpose: the simulation finds each, so its silence about the real one says something."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from msgspec import Struct, structs

from sansio_exchange.account import Position
from sansio_exchange.commands import PlaceOrder
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import WsMessage
from sansio_exchange.orders import NewOrder, Order, OrderUpdate
from sansio_exchange.session import calls, connector, order_entry, order_ledger, placing, reconcile, recovery, sockets
from sansio_exchange.session.account_book import AccountBook
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.connection import Connection, Duty
from sansio_exchange.session.connector import Connector
from sansio_exchange.session.joining import Joining
from sansio_exchange.session.order_ledger import OrderLedger, Question
from sansio_exchange.session.overlap import MarketEvent, Overlap
from sansio_exchange.session.placing import Placing
from sansio_exchange.session.rate_budget import RateBudget
from sansio_exchange.session.reconcile import Truth
from sansio_exchange.session.recovery import Recovery
from sansio_exchange.session.remembering import Remembering
from sansio_exchange.session.run import Run
from sansio_exchange.session.silence import Silence
from sansio_exchange.session.sockets import Sockets
from sansio_exchange.simulation.faults import (
    Answer,
    Asleep,
    BlackHole,
    Disconnect,
    Gateway,
    Latency,
    Mute,
    Narrow,
    OldAge,
    Refuse,
)
from sansio_exchange.simulation.world import START_MS
from sansio_exchange.venue import AccountChange, Recipe
from service import ask, outbox
from service.hub import Hub
from service.listener import _Connection
from service.outbox import Outbox
from tests.simulation.episode import Episode
from tests.simulation.weather import OLD_AGE, LateLists, Takeovers, Trouble
from tests.simulation.witness import Wrong

Break = Callable[[pytest.MonkeyPatch], None]


def _send_again(patch: pytest.MonkeyPatch) -> None:
    def find_out(self: Placing, question: Question, doubt: Exception, *_: object) -> Recipe[Order]:
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


def _take_silence_for_peace(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Silence, "watch", lambda self, positions: None)


def _lose_what_is_held(patch: pytest.MonkeyPatch) -> None:
    take = Recovery._take

    def forgetful(self: Recovery, truth: Truth) -> None:
        self.forget_held()
        take(self, truth)

    patch.setattr(Recovery, "_take", forgetful)
    patch.setattr(Recovery, "_check", lambda self, positions: None)  # which would ask for what was lost
    _take_silence_for_peace(patch)  # likewise, a minute later


def _believe_the_first_list(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile, "WAITS_FOR_ORDERS", ())
    patch.setattr(OrderLedger, "disown", OrderLedger.stop_awaiting)


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


def _forget_what_is_to_be_found_out_when_the_asker_leaves(patch: pytest.MonkeyPatch) -> None:
    def careless(self: order_entry.OrderEntry, _placement: Any, client_ids: Iterable[str]) -> None:
        for client_id in client_ids:
            self._ledger.not_placed(client_id)

    patch.setattr(order_entry.OrderEntry, "_not_placed", careless)


def _count_the_age_of_an_order_from_the_doubt(patch: pytest.MonkeyPatch) -> None:
    clear_up = Placing._clear_up

    def clear_up_late(self: Placing, order: NewOrder, doubt: ExchangeError) -> Recipe[Order]:
        self._ask(order)
        return (yield from clear_up(self, order, doubt))

    patch.setattr(Placing, "_clear_up", clear_up_late)


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
        self.on_trade_conn("")
        for frame_id in list(self._frames):
            self._frames.pop(frame_id)

    patch.setattr(Calls, "on_trade_conn_lost", lost)


def _never_judge_the_order_entry_socket(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Calls, "_judge", lambda self, frame_id, conn: None)


def _close_before_the_successor_lives(patch: pytest.MonkeyPatch) -> None:
    succeed = Sockets.succeed

    def abrupt(self: Sockets, connection: Connection) -> None:
        succeed(self, connection)
        self._close(connection, "another is on its way")

    patch.setattr(Sockets, "succeed", abrupt)
    patch.setattr(connector, "NOTHING_HEARD", None)  # by which it would be asked for what was lost
    _take_silence_for_peace(patch)  # as above


def _hear_nothing_of_the_account_from_who_was_succeeded(patch: pytest.MonkeyPatch) -> None:
    heard = tuple(kind for kind in sockets.HEARD[Duty.OUTGOING] if kind is not AccountChange)
    patch.setitem(sockets.HEARD, Duty.OUTGOING, heard)


def _take_any_word_of_who_was_succeeded_for_its_last(patch: pytest.MonkeyPatch) -> None:
    on_message = Connector._on_message

    def trusting(self: Connector, message: WsMessage) -> None:
        on_message(self, message)
        connection = self._sockets.find(message.conn)
        if connection is not None and connection.duty is Duty.OUTGOING:
            connection.heard_at = self._now.mono

    patch.setattr(Connector, "_on_message", trusting)
    _take_silence_for_peace(patch)  # as above


def _ask_on_though_refused(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(RateBudget, "ban", lambda self, seconds, mono, budgets=(): None)


def _forget_what_was_told(patch: pytest.MonkeyPatch) -> None:
    keep = Remembering._keep

    def forgetful(self: Remembering, line: Any) -> None:
        if not isinstance(line, OrderUpdate):
            keep(self, line)

    patch.setattr(Remembering, "_keep", forgetful)


def _tell_only_the_first_of_what_joins(patch: pytest.MonkeyPatch) -> None:
    join = Joining._join
    patch.setattr(Joining, "_join", lambda self, key, apart, mono: join(self, key, apart, mono)[:1])


def _keep_nothing_for_slow_clients(patch: pytest.MonkeyPatch) -> None:
    def lose(self: Outbox) -> None:
        self._is_holding = True
        self._pending = []
        self._wake.set()

    patch.setattr(Outbox, "_hold_pending", lose)


def _send_what_is_held_twice(patch: pytest.MonkeyPatch) -> None:
    send = Outbox._send

    async def twice(self: Outbox, frames: list[bytes]) -> None:
        await send(self, [*frames, frames[-1]])

    patch.setattr(Outbox, "_send", twice)


def _wait_for_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outbox, "PATIENCE", 0.0)


def _wait_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Outbox, "_bear", lambda self: None)


def _forget_all_when_one_leaves(patch: pytest.MonkeyPatch) -> None:
    leave = Hub._leave

    def careless(self: Hub, outbox: Outbox) -> None:
        leave(self, outbox)
        self._orders.clear()

    patch.setattr(Hub, "_leave", careless)


def _serve_the_gone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_Connection, "connection_lost", lambda self, error: None)


def _tell_all_that_both_sockets_say(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Overlap, "_is_news", lambda self, event: True)


def _tell_old_prices_again(patch: pytest.MonkeyPatch) -> None:
    tell = Connector._tell
    before: list[MarketEvent] = []

    def tells(self: Connector, connection: Connection, event: MarketEvent) -> None:
        tell(self, connection, event)
        before.append(event)
        tell(self, connection, before[-min(len(before), 5)])

    patch.setattr(Connector, "_tell", tells)


def _heed_no_header(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(calls, "_heeding", lambda reply, error: error)


def _connect_though_refused(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sockets, "TOO_MANY", ())


def _answer_when_the_client_has_given_up(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ask, "SHARE_OF_WAY_BACK", 0.0)


def _leave_ends_to_the_stream(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OrderLedger, "expect_end", lambda self, key, by: None)


def _believe_that_lists_are_never_late(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Recovery, "_check", lambda self, positions: None)
    patch.setattr(Silence, "suspected", lambda self, positions: self.suspects)


def _take_any_price_for_the_same_order(patch: pytest.MonkeyPatch) -> None:
    is_retry = placing.is_retry

    def careless(order: NewOrder, found: Order) -> bool:
        return is_retry(structs.replace(order, price=found.price if order.price is not None else None), found)

    for module in (placing, order_entry):
        patch.setattr(module, "is_retry", careless)


class Play(Struct, frozen=True):
    """Where a break is found: on which venue, with which seed, within how many seconds of trading, and in which
    troubles where not in those that the seed draws."""

    seed: int
    venue: str = "binance"
    trades_for: float = 20.0
    troubles: tuple[Trouble, ...] = ()

    def run(self) -> None:
        Episode(self.seed, self.venue, trades_for=self.trades_for, troubles=self.troubles).run()


NOBODY_TRADES = -55.0
"""Over before it begins: all that happens on the account another program does."""
NOTHING_TOLD = (Trouble(75.0, "mute", (Mute(75.0, 70.0, target="private"),)),)
PINGS_ALONE = (Trouble(70.0, "narrow", (Narrow(70.0, 10.0, target="trade"),)),)
SLOW_SUCCESSIONS = (
    Trouble(0.0, "latency", (Latency(0.4, 0.4, 0.05),)),
    Trouble(0.0, "old age", (OldAge(OLD_AGE),)),
)
OLD_ONE_LATE = (*SLOW_SUCCESSIONS, Trouble(0.0, "takeovers", (Takeovers(2.5, breaks=False),)))
OLD_ONE_BREAKS = (*SLOW_SUCCESSIONS, Trouble(0.0, "takeovers", (Takeovers(2.5, breaks=True),)))
LISTS_LATE_AND_ASKED = (
    Trouble(0.0, "latency", (Latency(0.02, 0.02, 0.01),)),
    Trouble(
        30.0, "late lists", (LateLists(30.0, 60.0, 2.5), *(Disconnect(31.0 + 3.7 * n, "private") for n in range(14)))
    ),
)
LONG_SLEEP = (
    SLOW_SUCCESSIONS[0],
    Trouble(50.0, "asleep", (Asleep(50.0, 70.0, is_counted=True), BlackHole(50.0, 70.0))),
)
UNKNOWN_AND_AWAY = (
    SLOW_SUCCESSIONS[0],
    Trouble(50.0, "unanswered", (BlackHole(50.0, 5.0, ways=("response", "in")),)),
    Trouble(55.0, "away", (Disconnect(55.0), Refuse(55.0, 42.0))),
)

REFUSES_HANDSHAKES = Gateway(50.0, 5.0, Answer(429, {"Retry-After": "10"}, b""), ways=("open",))
HANDSHAKES_REFUSED = (Trouble(50.0, "refused", (REFUSES_HANDSHAKES, Disconnect(50.0))),)


BROKEN: dict[Break, Play] = {
    # the ledger
    _forget_trade_ids: Play(3),
    _tell_whatever_comes: Play(1),
    _take_fees_for_gains: Play(3),
    # joining
    _tell_only_the_first_of_what_joins: Play(3, "bybit"),
    # calls
    _say_nothing_was_sent: Play(3),
    _forget_lost_frames: Play(3),
    _never_judge_the_order_entry_socket: Play(2, "okx", troubles=PINGS_ALONE),
    _heed_no_header: Play(16, "bitget", 90.0),
    _connect_though_refused: Play(1, "okx", troubles=HANDSHAKES_REFUSED),
    # placing and order entry
    _send_again: Play(4),
    _believe_at_once: Play(29, trades_for=90.0),
    _forget_placements_that_nobody_waits_for: Play(26),
    _place_anew_what_is_known: Play(3),
    _forget_what_is_to_be_found_out_when_the_asker_leaves: Play(10, "okx", 50.0, UNKNOWN_AND_AWAY),
    _count_the_age_of_an_order_from_the_doubt: Play(13, troubles=LONG_SLEEP),
    _take_any_price_for_the_same_order: Play(2),
    # recovery and reconciliation
    _leave_ends_to_the_stream: Play(32, trades_for=90.0),
    _believe_that_lists_are_never_late: Play(30000324, "bybit", 90.0),
    _never_reconcile_again: Play(1),
    _lose_what_is_held: Play(36, trades_for=90.0),
    _take_silence_for_peace: Play(6, troubles=NOTHING_TOLD),
    _believe_the_first_list: Play(2, "okx", 60.0, LISTS_LATE_AND_ASKED),
    # the account
    _turn_positions_round: Play(3),
    _let_the_stream_tell_old_positions: Play(2),
    # the sockets' succession
    _close_before_the_successor_lives: Play(8, trades_for=60.0, troubles=SLOW_SUCCESSIONS),
    _hear_nothing_of_the_account_from_who_was_succeeded: Play(1, "bybit", NOBODY_TRADES, OLD_ONE_LATE),
    _take_any_word_of_who_was_succeeded_for_its_last: Play(6, "okx", 0.0, OLD_ONE_BREAKS),
    _tell_all_that_both_sockets_say: Play(2, "okx", 60.0, SLOW_SUCCESSIONS),
    # the market
    _tell_old_prices_again: Play(1),
    # the rate budget
    _ask_on_though_refused: Play(18, trades_for=60.0),
    # what is remembered
    _forget_what_was_told: Play(3, trades_for=90.0),
    # the service, its outbox, hub and listener
    _answer_when_the_client_has_given_up: Play(1, trades_for=90.0),
    _keep_nothing_for_slow_clients: Play(2),
    _send_what_is_held_twice: Play(2),
    _wait_for_nobody: Play(8),
    _wait_for_ever: Play(13, trades_for=90.0),
    _forget_all_when_one_leaves: Play(2),
    _serve_the_gone: Play(2),
}
"""With a short play that finds it. Where a change of the connector has that play go another way, it is looked for in
others: write down the one that is found."""
OTHERS = range(1, 60)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda each: each.__name__.strip("_"))
def test_a_broken_session_is_found(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    play = BROKEN[broken]
    with pytest.raises(Wrong):
        _run(play, *(Play(seed, play.venue, 90.0, play.troubles) for seed in OTHERS))


def _run(*plays: Play) -> None:
    for play in plays:
        play.run()


@pytest.mark.parametrize("play", dict.fromkeys(BROKEN.values()), ids=lambda each: f"{each.venue}-{each.seed}")
def test_nothing_is_found_where_nothing_is_broken(play: Play) -> None:
    play.run()
