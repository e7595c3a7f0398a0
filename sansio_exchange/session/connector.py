"""The machine that is a session with one venue.

A command starts a recipe (calls.py); its requests leave, its replies come back, its result completes the command.
Three kinds of sockets live beside it (sockets.py): public ones for topics, a private one for orders and account, a
trade one for order entry. Whenever the private one has come to life, and before anybody is told that the session is
live, the venue is asked for what was missed (recovery.py); what it says meanwhile is held and told afterwards.

    Start: clock, symbols, credentials -> sockets wanted -> private live -> reconciled -> heartbeat data -> live

The session is live while orders are reconciled and a public topic that never rests, the heartbeat, keeps bringing
data: a socket that answers pings and carries nothing is dead.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from msgspec import structs

from sansio_exchange.clock import Now
from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    Credentials,
    FetchExchangeInfo,
    GetFills,
    GetOrder,
    GetSymbolInfo,
    GetSymbols,
    PlaceOrder,
    PlaceOrders,
    ReplaceCredentials,
    Start,
    Subscribe,
    Topic,
    Unsubscribe,
)
from sansio_exchange.errors import DeadlineExceeded, ExchangeError, NotConnected
from sansio_exchange.machine import (
    Abandon,
    Command,
    Complete,
    Effect,
    HttpFailed,
    HttpReply,
    Input,
    Publish,
    SequenceGap,
    SessionState,
    Stop,
    Tick,
    Unreadable,
    WsClosed,
    WsMessage,
    WsOpened,
    WsPong,
)
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import NewOrder, Order, OrderUpdate
from sansio_exchange.redaction import excerpt
from sansio_exchange.session.asks import prepare
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.candle_gaps import CandleGaps
from sansio_exchange.session.connection import Connection, Duty
from sansio_exchange.session.memory import Line
from sansio_exchange.session.order_entry import Asking, OrderEntry, Outcome
from sansio_exchange.session.order_ledger import OrderLedger
from sansio_exchange.session.overlap import MarketEvent
from sansio_exchange.session.owner import NEW_KEY
from sansio_exchange.session.placing import Placing
from sansio_exchange.session.rate_budget import RateBudget
from sansio_exchange.session.reconcile import WAITS_FOR_FILLS
from sansio_exchange.session.recovery import OrderNews, Recovery
from sansio_exchange.session.remembering import Remembering
from sansio_exchange.session.run import Run, Timer
from sansio_exchange.session.sequences import Sequences
from sansio_exchange.session.sockets import HEARD, NOTHING_HEARD, Sockets
from sansio_exchange.session.start import Starting
from sansio_exchange.session.subscriptions import Waiter
from sansio_exchange.session.unanswered import OUT_OF_TIME, STOPPED, Unanswered
from sansio_exchange.session.venue_clock import VenueClock
from sansio_exchange.venue import (
    PONG,
    AccountChange,
    Acknowledged,
    ClosesSoon,
    Ignored,
    LeverageChange,
    LoggedIn,
    LoneFill,
    OrderState,
    Recipe,
    SessionExpired,
    Sleep,
    Venue,
    WsReply,
)

NO_END = float("inf")
RESYNC_PATIENCE = 10.0
"""Seconds for which a measurement of the venue's clock may wait for room in the rate budget."""
LISTED_WITHIN_MS = 10_000
"""How old the last change of an order is when its fills are surely listed, if they ever will be."""
ANSWERED_WITHIN = 1.0
"""Seconds that a caller must have left for another look at the fills."""
HEARTBEAT_SYMBOL = "BTCUSDT"
"""Traded on every venue, and its funding topic never rests."""

ChangesOrders = CancelOrder | CancelOrders | CancelAllOrders


class _Asked:
    """A command that has not been completed."""

    __slots__ = ("action", "asking", "client", "deadline", "id", "run", "timer", "waiter")

    def __init__(self, command: Command, deadline: float, timer: Timer) -> None:
        self.id = command.id
        self.action = command.action
        self.client = command.client
        self.deadline = deadline
        self.timer = timer
        self.run: Run | None = None
        self.asking: Asking | None = None
        self.waiter: Waiter | None = None


class Connector:
    """One session. `session` is unique per process start (it begins client order ids); `seed` feeds the jitter.

    `past_is_known`: no process before this one has traded on the account, so nothing that it sent can still arrive, and
    no caller can be retrying what it asked one for (a venue that was made for this session).
    `memory`: what earlier processes were told to Remember, oldest first; None where nothing is to be remembered.
    """

    def __init__(
        self,
        venue: Venue,
        credentials: Credentials,
        *,
        session: str,
        seed: int,
        past_is_known: bool = False,
        memory: Iterable[Line] | None = None,
    ) -> None:
        self._venue = venue
        self._clock = VenueClock()
        self._budget = RateBudget(venue.budgets())
        self._calls = Calls(venue, credentials, self._budget, self._clock)
        self._ledger = OrderLedger()
        self._placing = Placing(venue, self._calls, self._clock, self._ledger, past_is_known=past_is_known)
        self._order_entry = OrderEntry(venue, self._calls, self._ledger, self._placing, session)
        self._recovery = Recovery(venue, self._calls, self._clock, self._ledger, seed)
        self._placing.is_reconciled = lambda: self._recovery.is_reconciled
        self._candle_gaps = CandleGaps(venue, self._calls)
        self._sequences = Sequences()
        self._sockets = Sockets(
            venue,
            self._calls,
            self._clock,
            seed,
            live=self._on_live,
            succeeded=self._on_succeeded,
            lost=self._on_lost,
            ahead=self._tell,
        )
        self._recovery.silence.dead = lambda: self._sockets.replace("private", "changes of orders do not show up on it")
        self._recovery.silence.owed = self._placing.ask_again
        self._asked: dict[int, _Asked] = {}
        self._now = Now(0.0, 0)
        self._out: list[Effect] = self._calls.out
        self._remembering = Remembering(self._calls, self._ledger, self._recovery, self._placing, memory)
        self._deadline: float | None = None
        self._starting = Starting(
            venue,
            self._calls,
            self._budget,
            self._placing,
            self._remembering,
            started=self._on_started,
            complete=lambda command_id, error: self._complete(command_id, None, error),
        )
        self._state = SessionState(False, "not started")
        self._nothing_follows = False
        self._heartbeat: Topic | None = None
        self._heartbeat_heard = False
        self._first_sign: Topic | None = None
        """Trades, until the first market data: the heartbeat alone may take a second."""
        self._inputs: dict[type, Callable[[Any], None]] = {
            WsOpened: self._sockets.on_opened,
            WsMessage: self._on_message,
            WsPong: self._sockets.on_pong,
            WsClosed: self._sockets.on_closed,
            HttpReply: self._calls.on_http_reply,
            HttpFailed: self._calls.on_http_failed,
            Command: self._on_command,
            Abandon: self._on_abandon,
            Tick: self._on_tick,
            Stop: self._on_stop,
        }
        self._decoded: dict[type, Callable[[Connection, Any], None]] = {
            AccountChange: lambda _connection, change: self._recovery.account.on_change(change),
            LeverageChange: lambda _connection, change: self._recovery.account.on_leverage(change),
            LoggedIn: self._sockets.on_logged_in,
            Acknowledged: self._sockets.on_acknowledged,
            WsReply: self._on_ws_reply,
            SessionExpired: lambda connection, expired: self._sockets.end(connection, expired.reason),
            ClosesSoon: lambda connection, _: self._sockets.succeed(connection),
            Unreadable: self._on_unreadable,
            Ignored: lambda _connection, _ignored: None,
        }

    # --- the machine's two methods -------------------------------------------------------------------------------

    def handle(self, item: Input, now: Now) -> list[Effect]:
        self._now = self._calls.now = now
        out = self._out = self._calls.out = []
        self._nothing_follows = False
        self._inputs[type(item)](item)
        if not self._nothing_follows:
            self._after_change()
        return out

    def deadline(self) -> float | None:
        return self._deadline

    # --- commands ------------------------------------------------------------------------------------------------

    def _on_command(self, command: Command) -> None:
        if command.id in self._asked:
            raise ValueError(f"command id {command.id} is in use")
        deadline = self._now.mono + command.timeout
        timer = self._calls.at(deadline, lambda: self._time_is_up(command.id))
        asked = self._asked[command.id] = _Asked(command, deadline, timer)
        try:
            if not command.timeout > 0:
                raise OUT_OF_TIME.not_sent()
            self._begin(asked, command.action)
        except ExchangeError as error:
            self._complete(command.id, None, error)

    def _begin(self, asked: _Asked, action: Action) -> None:
        match action:
            case Start():
                self._begin_start(asked)
                return
            case _ if not self._starting.is_done:
                raise NotConnected("the session with the venue has not been started")
            case GetSymbols():
                self._complete(asked.id, self._venue.symbols.names(), None)
                return
            case GetSymbolInfo():
                self._complete(asked.id, self._venue.symbols.find(action.symbol), None)
                return
            case PlaceOrder(order):
                self._begin_placing(asked, (order,), lambda outcomes: self._complete_with(asked.id, outcomes[0]))
                return
            case PlaceOrders(orders):
                self._begin_placing(asked, orders, lambda outcomes: self._complete(asked.id, outcomes, None))
                return
            case ReplaceCredentials():
                self._begin_replacing(asked, action.credentials)
                return
        prepared = asked.action = prepare(action, self._venue.symbols)
        match prepared:
            case Subscribe(topic):
                asked.waiter = lambda error: self._complete(asked.id, None, error)
                self._sequences.forget(topic.symbol)  # where it begins only now, what was heard before is long ago
                self._sockets.subscribe(topic, asked.waiter)
            case Unsubscribe(topic):
                self._sockets.unsubscribe(topic)
                self._candle_gaps.forget(topic.symbol, topic.interval)
                self._complete(asked.id, None, None)
            case CancelOrder():
                self._run(asked, self._placing.cancel(prepared))
            case CancelOrders(order_ids=()):
                self._complete(asked.id, (), None)
            case CancelOrders():
                self._run(asked, self._placing.cancel_many(prepared))
            case CancelAllOrders():
                self._run(asked, self._placing.cancel_all(prepared))
            case GetOrder():
                self._run(asked, self._order_with_fills(prepared, asked.deadline))
            case FetchExchangeInfo():
                self._run(asked, self._reload_symbols(prepared))
            case _:
                self._run(asked, self._venue.recipe(prepared))

    def _run(self, asked: _Asked, recipe: Recipe[Any]) -> None:
        def done(result: Any, error: ExchangeError | None) -> None:
            self._complete(asked.id, result, error)

        asked.run = self._calls.start(recipe, done, deadline=asked.deadline, client=asked.client)

    def _begin_placing(
        self, asked: _Asked, orders: tuple[NewOrder, ...], done: Callable[[tuple[Outcome, ...]], None]
    ) -> None:
        if not self._recovery.was_reconciled:
            raise NotConnected(f"the venue is not live yet: {self._state.reason}")
        if orders:
            asked.asking = self._order_entry.place(orders, asked.deadline, done, client=asked.client)
        else:
            done(())

    def _complete_with(self, command_id: int, outcome: Outcome) -> None:
        if isinstance(outcome, ExchangeError):
            self._complete(command_id, None, outcome)
        else:
            self._complete(command_id, outcome, None)

    def _complete(self, command_id: int, result: Any, error: ExchangeError | None) -> None:
        asked = self._asked.pop(command_id, None)
        if asked is not None:
            self._calls.cancel(asked.timer)
            self._out.append(Complete(command_id, result, error))

    def _time_is_up(self, command_id: int) -> None:
        asked = self._asked[command_id]
        if isinstance(asked.action, Start):
            self._leave(asked)
            self._complete(command_id, None, DeadlineExceeded(f"the venue is not live: {self._state.reason}"))
        else:
            self._end_unanswered(asked, OUT_OF_TIME)

    def _on_stop(self, _: Stop) -> None:
        self._order_entry.stop()
        for asked in list(self._asked.values()):
            self._end_unanswered(asked, STOPPED)

    def _end_unanswered(self, asked: _Asked, why: Unanswered) -> None:
        if asked.asking is not None:
            outcomes = self._order_entry.leave(asked.asking)
            if isinstance(asked.action, PlaceOrder):
                self._complete_with(asked.id, outcomes[0])
            else:
                self._complete(asked.id, outcomes, None)
            return
        error = why.not_sent()
        if isinstance(asked.action, Subscribe):
            error = why.not_told()
        elif asked.run is not None and asked.run.sent:
            error = why.not_told()
            if isinstance(asked.action, ChangesOrders) and asked.run.acted:
                error = why.unknown(asked.action.client_order_id if isinstance(asked.action, CancelOrder) else "")
        self._leave(asked)
        if isinstance(asked.action, CancelOrders):
            self._complete(asked.id, (error,) * len(asked.action.order_ids), None)
            return
        self._complete(asked.id, None, error)

    def _on_abandon(self, abandoned: Abandon) -> None:
        asked = self._asked.pop(abandoned.id, None)
        if asked is None:
            return
        self._calls.cancel(asked.timer)
        if asked.asking is not None:
            self._order_entry.leave(asked.asking)
        else:
            self._leave(asked)

    def _leave(self, asked: _Asked) -> None:
        """Nobody waits for it any more."""
        if isinstance(asked.action, Start):
            self._starting.leave(asked.id)
        elif isinstance(asked.action, Subscribe) and asked.waiter is not None:
            self._sockets.unsubscribe(asked.action.topic, asked.waiter)
        elif asked.run is not None:
            if isinstance(asked.action, ChangesOrders) and asked.run.acted:
                asked.run.let_go(self._now.mono)
            else:
                asked.run.drop()

    def _order_with_fills(self, question: GetOrder, deadline: float) -> Recipe[Order]:
        order = yield from self._placing.look_up(question)
        if not order.executed_qty:
            return order
        look = GetFills(order.symbol, order.created_ms, order.order_id)
        fills = {fill.trade_id: fill for fill in (yield from self._venue.recipe(look))}
        is_new = order.update_ms > self._clock.ms(self._now) - LISTED_WITHIN_MS
        for wait in WAITS_FOR_FILLS[1:] if is_new else ():
            is_late = self._now.mono + wait + ANSWERED_WITHIN > deadline
            if is_late or sum(fill.quantity for fill in fills.values()) >= order.executed_qty:
                break
            yield Sleep(wait)
            if self._calls.held_back:
                break  # another look may have to wait for longer than that
            with suppress(ExchangeError):  # what was found so far is an answer
                fills |= {fill.trade_id: fill for fill in (yield from self._venue.recipe(look))}
        return structs.replace(order, fills=tuple(sorted(fills.values(), key=lambda fill: fill.time_ms)))

    def _reload_symbols(self, action: FetchExchangeInfo) -> Recipe[None]:
        yield from self._venue.recipe(FetchExchangeInfo())
        self._budget.replace(self._venue.budgets())
        if action.symbol:
            self._venue.symbols.find(action.symbol)

    # --- start, credentials ----------------------------------------------------------------------------------------

    def _begin_start(self, asked: _Asked) -> None:
        if self._state.live:
            self._complete(asked.id, None, None)
        else:
            self._starting.ask(asked.id)

    def _on_started(self) -> None:
        self._sockets.want("private")
        self._sockets.want("trade")
        self._subscribe_heartbeat()

    def _subscribe_heartbeat(self) -> None:
        names = self._venue.symbols.names()
        symbol = HEARTBEAT_SYMBOL if HEARTBEAT_SYMBOL in self._venue.symbols or not names else names[0]
        self._heartbeat = Topic("funding", symbol)
        self._sockets.carry_heartbeat(self._heartbeat)
        self._first_sign = Topic("price", symbol)
        self._sockets.subscribe(self._first_sign, None)  # refused, it is wanted still: it may be a client's, too

    def _begin_replacing(self, asked: _Asked, credentials: Credentials) -> None:
        def done(is_same: Any, error: ExchangeError | None) -> None:
            if error is None:
                self._calls.credentials = credentials
                self._remembering.belongs_to(credentials, anew=not is_same)
                for role in ("private", "trade"):
                    self._sockets.replace(role, "the credentials were replaced")
            self._complete(asked.id, None, error)

        asked.run = self._calls.start(self._prove(credentials), done, deadline=asked.deadline, credentials=credentials)

    def _prove(self, credentials: Credentials) -> Recipe[bool]:
        """Prove the new credentials; returns whether what is known is of their account."""
        yield from self._venue.check()
        return (yield from self._remembering.is_of(credentials, self._venue, NEW_KEY, self._is_acting))

    def _is_acting(self) -> bool:
        """Whether something is under way that may still place an order or cancel one, by then with another key."""
        cancels = (asked for asked in self._asked.values() if isinstance(asked.action, ChangesOrders))
        return len(self._order_entry) > 0 or any(True for _ in cancels)

    # --- sockets -------------------------------------------------------------------------------------------------

    def _on_live(self, connection: Connection) -> None:
        if connection.role == "trade":
            self._calls.on_trade_conn(connection.name)
        elif connection.role == "private":
            self._recovery.begin()

    def _on_succeeded(self, connection: Connection) -> None:
        if connection.role == "trade":
            self._calls.on_trade_conn(connection.name)

    def _on_lost(self, connection: Connection, reason: str) -> None:
        if connection.role == "trade":
            self._calls.on_trade_conn_lost(connection.name, reason)
        elif connection.duty is Duty.OUTGOING:
            if connection.role == "private" and connection.heard_at == NOTHING_HEARD:
                self._recovery.doubt()
        elif connection.role == "private":
            self._recovery.interrupted()
        else:
            self._sequences.forget()
            if self._heartbeat is not None and self._venue.role(self._heartbeat) == connection.role:
                self._heartbeat_heard = False

    # --- messages ------------------------------------------------------------------------------------------------

    def _on_message(self, message: WsMessage) -> None:
        connection = self._sockets.find(message.conn)
        if connection is None:
            return
        if not connection.carries_heartbeat and connection.duty is not Duty.OUTGOING:
            connection.heard_at = self._now.mono
        self._nothing_follows = True
        try:
            all_decoded = self._venue.decode(connection.role, message.data)
        except Exception as unforeseen:
            # It should have become Unreadable in the venue's folder; a venue's nonsense must not end the process.
            all_decoded = [Unreadable(connection.role, type(unforeseen).__name__, excerpt(message.data))]
        for decoded in all_decoded:
            kind = type(decoded)
            if connection.duty is not Duty.PRESENT and kind not in HEARD[connection.duty]:
                if connection.duty is Duty.SUCCESSOR or decoded == PONG:
                    connection.heard_at = self._now.mono  # whatever it says, it lives
                if connection.overlap is not None and isinstance(decoded, MarketEvent):
                    if connection.duty is Duty.SUCCESSOR:
                        connection.overlap.hold(decoded)
                    elif connection.overlap.is_to_be_told(decoded):
                        self._tell(connection, decoded)
            elif kind is PriceChange or kind is BookTicker or kind is Candle or kind is FundingRate:
                connection.heard_at = self._now.mono
                if connection.overlap is None or connection.overlap.is_to_be_told(decoded):  # type: ignore[arg-type]
                    self._tell(connection, decoded)  # type: ignore[arg-type]  # mypy does not narrow by type identity
            elif kind is OrderUpdate or kind is OrderState or kind is LoneFill:
                self._on_order_news(decoded)  # type: ignore[arg-type]  # as above
            else:
                self._nothing_follows = False
                self._decoded[kind](connection, decoded)

    def _tell(self, connection: Connection, event: MarketEvent) -> None:
        self._out.append(Publish(event))
        kind = type(event)
        if kind is PriceChange:
            connection.prices[event.symbol] = event  # type: ignore[assignment]  # mypy does not narrow by identity
            if missing := self._sequences.missing(event):  # type: ignore[arg-type]  # mypy does not narrow by identity
                self._on_gap(event, missing)  # type: ignore[arg-type]  # as above
        elif isinstance(event, Candle) and self._sockets.is_wanted(connection.role, event):
            self._candle_gaps.heard(event)
        if not self._heartbeat_heard:
            self._hear_heartbeat(connection)

    def _on_gap(self, price: PriceChange, missing: int) -> None:
        topic = Topic("price", price.symbol)
        self._out.append(Publish(SequenceGap(topic, missing)))
        if self._sequences.may_renew(price.symbol, self._now.mono):
            self._sequences.forget(price.symbol)
            self._sockets.renew(topic, lambda _error: self._sequences.forget(price.symbol))
            self._nothing_follows = False

    def _on_order_news(self, said: OrderNews) -> None:
        if self._recovery.hear(said):
            return
        self._nothing_follows = False
        if self._recovery.is_overfull:
            self._recovery.forget_held()
            self._sockets.replace("private", "too many updates while the venue was being asked")

    def _hear_heartbeat(self, connection: Connection) -> None:
        if self._heartbeat is not None and self._venue.role(self._heartbeat) == connection.role:
            self._heartbeat_heard = True
            self._nothing_follows = False
            if self._first_sign is not None:
                self._sockets.unsubscribe(self._first_sign)
                self._first_sign = None

    def _on_unreadable(self, connection: Connection, unreadable: Unreadable) -> None:
        self._out.append(Publish(unreadable))
        if connection.role == "private" and connection.is_live:
            self._recovery.doubt()  # it may have been an order's

    def _on_ws_reply(self, connection: Connection, reply: WsReply) -> None:
        if not self._calls.on_frame_reply(connection.name, reply) and reply.error is not None and not reply.frame_id:
            self._out.append(Publish(Unreadable(connection.name, reply.error.message, "")))

    # --- time ----------------------------------------------------------------------------------------------------

    def _on_tick(self, _: Tick) -> None:
        mono = self._now.mono
        # Before a socket begins anew and logs in.
        if self._starting.is_done and self._clock.measurement_is_due(self._now):
            self._calls.start(self._calls.measure_clock(), _ignore, deadline=mono + RESYNC_PATIENCE)
        self._calls.tick()
        self._sockets.tick()
        if self._recovery.is_reconciled and self._ledger.overdue(mono):
            self._sockets.replace("private", "accepted orders do not show up on the stream")
        if self._recovery.is_reconciled and self._ledger.look_for_ended(mono):
            self._recovery.doubt()

    def _after_change(self) -> None:
        """What may follow from anything: subscriptions to send, another state to tell, another deadline."""
        self._sockets.send_subscriptions()
        self._tell_state()
        times = [self._sockets.deadline(), self._calls.deadline()]
        if self._starting.is_done:
            times.append(self._clock.resync_at)
        if self._recovery.is_reconciled:
            times.append(self._ledger.next_overdue())
        soonest = min((at for at in times if at is not None), default=NO_END)
        self._deadline = None if soonest == NO_END else soonest

    def _tell_state(self) -> None:
        lacks = self._what_lacks()
        if lacks == self._state.reason:
            return
        self._state = SessionState(not lacks, lacks)
        self._out.append(Publish(self._state))
        if not lacks:
            self._starting.complete(None)

    def _what_lacks(self) -> str:
        """What keeps the session from being live, or "" where it is."""
        if not self._starting.is_done:
            return self._starting.lacks()
        if not self._sockets.is_live("private"):
            return f"private socket is {self._sockets.state('private').value}"
        if not self._recovery.is_reconciled:
            return "reconciling orders"
        return "" if self._heartbeat_heard else "no market data"


def _ignore(_result: Any, _error: ExchangeError | None) -> None: ...
