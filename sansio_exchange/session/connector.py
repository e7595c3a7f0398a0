"""The machine that is a session with one venue.

A command starts a recipe (calls.py); its requests leave, its replies come back, its result completes the command. Three
kinds of sockets live beside it (connection.py): public ones for topics (subscriptions.py), a private one for orders
and account, a trade one for order entry. Whenever the private one has come to life, and before anybody is told that
the session is live, the venue is asked for what was missed (reconcile.py); what it says meanwhile is held and told
afterwards.

    Start: symbols, clock, credentials -> sockets wanted -> private live -> reconciled -> heartbeat data -> live

The session is live while orders are reconciled and a public topic that never rests, the heartbeat, keeps bringing
data: a socket that answers pings and carries nothing is dead.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from msgspec import structs

from sansio_exchange.clock import Now
from sansio_exchange.commands import (
    Action,
    CancelOrder,
    CancelOrders,
    Credentials,
    FetchExchangeInfo,
    GetAccount,
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
from sansio_exchange.errors import (
    DeadlineExceeded,
    DuplicateClientOrderId,
    ExchangeError,
    InvalidRequest,
    NotConnected,
    OutcomeUnknown,
)
from sansio_exchange.machine import (
    Abandon,
    CloseWs,
    Command,
    Complete,
    ConnectionLost,
    Effect,
    HttpFailed,
    HttpReply,
    Input,
    OpenWs,
    Publish,
    SendText,
    SessionState,
    Tick,
    Unreadable,
    WsClosed,
    WsMessage,
    WsOpened,
)
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import NewOrder, Order, OrderUpdate
from sansio_exchange.session.account_book import AccountBook, News
from sansio_exchange.session.asks import prepare, prepare_order
from sansio_exchange.session.backoff import Backoff
from sansio_exchange.session.calls import Calls, Run
from sansio_exchange.session.connection import Connection, State, Trigger
from sansio_exchange.session.order_ledger import OrderLedger
from sansio_exchange.session.placing import Placing, is_retry
from sansio_exchange.session.rate_budget import RateBudget
from sansio_exchange.session.reconcile import Truth, ask_for_truth, missed
from sansio_exchange.session.subscriptions import Subscriptions
from sansio_exchange.session.venue_clock import VenueClock
from sansio_exchange.venue import (
    AccountChange,
    Acknowledged,
    Ignored,
    LeverageChange,
    LoggedIn,
    Recipe,
    SessionExpired,
    Venue,
    WsReply,
)

FOREVER = 1e12
REFRESH_AFTER = 1.0
"""Seconds from a change of the account to a whole statement of it: the stream does not name available balance."""
REFRESH_SPACING = 5.0
"""Seconds between two whole statements, however busy the account."""
OVERLAP_MS = 10_000
"""How far before the last news the fills are asked for again; what is known already is not news."""
HEARTBEAT_SYMBOL = "BTCUSDT"
"""Traded on every venue, and its funding topic never rests."""


class _Asked:
    """A command that has not been completed."""

    __slots__ = ("action", "deadline", "id", "run")

    def __init__(self, command: Command, deadline: float) -> None:
        self.id = command.id
        self.action = command.action
        self.deadline = deadline
        self.run: Run | None = None


class Connector:
    """One session. `session` is unique per process start (it begins client order ids); `seed` feeds the jitter."""

    def __init__(self, venue: Venue, credentials: Credentials, *, session: str, seed: int) -> None:
        self._venue = venue
        self._session = session
        self._clock = VenueClock()
        self._budget = RateBudget(venue.budgets())
        self._calls = Calls(venue, credentials, self._budget, self._clock)
        self._ledger = OrderLedger()
        self._book = AccountBook()
        self._placing = Placing(venue, self._ledger, lambda: self._now.mono)
        self._connections = {role: Connection(socket, seed) for role, socket in venue.sockets.items()}
        self._by_name: dict[str, Connection] = {}
        self._subscriptions = {role: Subscriptions(role) for role in venue.sockets if role not in ("private", "trade")}
        self._asked: dict[int, _Asked] = {}
        self._being_placed: dict[str, list[Callable[[Any, ExchangeError | None], None]]] = {}
        self._new_ids = count(1)
        self._now = Now(0.0, 0)
        self._out: list[Effect] = self._calls.out
        self._deadline: float | None = None
        self._started = False
        self._starters: list[int] = []
        self._state = SessionState(False, "not started")
        self._only_market_data = False
        self._heartbeat: Topic | None = None
        self._heartbeat_heard = False
        self._reconciled = False
        self._reconciling: Run | None = None
        self._reconcile_backoff = Backoff("reconcile", seed)
        self._held: list[OrderUpdate] = []
        self._ever_reconciled = False
        self._news_ms = 0
        self._refresh_at: float | None = None
        self._refreshed_at = -REFRESH_SPACING
        self._inputs: dict[type, Callable[[Any], None]] = {
            WsOpened: self._on_opened,
            WsMessage: self._on_message,
            WsClosed: self._on_closed,
            HttpReply: self._calls.on_http_reply,
            HttpFailed: self._calls.on_http_failed,
            Command: self._on_command,
            Abandon: self._on_abandon,
            Tick: self._on_tick,
        }
        self._decoded: dict[type, Callable[[Connection, Any], None]] = {
            OrderUpdate: self._on_order_update,
            AccountChange: self._on_account_change,
            LeverageChange: self._on_leverage_change,
            LoggedIn: self._on_logged_in,
            Acknowledged: self._on_acknowledged,
            WsReply: self._on_ws_reply,
            SessionExpired: self._on_session_expired,
            FundingRate: self._on_funding,
            Unreadable: self._on_unreadable,
            Ignored: lambda _connection, _ignored: None,
        }

    # --- the machine's two methods -------------------------------------------------------------------------------

    def handle(self, item: Input, now: Now) -> list[Effect]:
        self._now = self._calls.now = now
        out = self._out = self._calls.out = []
        self._only_market_data = False
        self._inputs[type(item)](item)
        if not self._only_market_data:
            self._after_change()
        return out

    def deadline(self) -> float | None:
        return self._deadline

    # --- commands ------------------------------------------------------------------------------------------------

    def _on_command(self, command: Command) -> None:
        asked = self._asked[command.id] = _Asked(command, self._now.mono + command.timeout)
        self._calls.at(asked.deadline, lambda: self._time_is_up(command.id))
        try:
            self._begin(asked, command.action)
        except ExchangeError as error:
            self._complete(command.id, None, error)

    def _begin(self, asked: _Asked, action: Action) -> None:
        match action:
            case Start():
                self._begin_start(asked)
                return
            case _ if not self._started:
                raise NotConnected("the session with the venue has not been started")
            case GetSymbols():
                self._complete(asked.id, self._venue.symbols.names(), None)
                return
            case GetSymbolInfo():
                self._complete(asked.id, self._venue.symbols.find(action.symbol), None)
                return
            case PlaceOrder():
                self._begin_place(asked, action.order)
                return
            case PlaceOrders():
                self._begin_place_many(asked, action.orders)
                return
            case ReplaceCredentials():
                self._begin_replacing(asked, action.credentials)
                return
        prepared = prepare(action, self._venue.symbols)
        match prepared:
            case Subscribe(topic):
                self._subscribe(topic, lambda error: self._complete(asked.id, None, error))
            case Unsubscribe(topic):
                self._subscriptions[self._venue.role(topic)].forget(topic)
                self._complete(asked.id, None, None)
            case CancelOrder():
                self._run(asked, self._placing.cancel(prepared))
            case CancelOrders(order_ids=()):
                self._complete(asked.id, (), None)
            case GetOrder():
                self._run(asked, self._order_with_fills(prepared))
            case FetchExchangeInfo():
                self._run(asked, self._reload_symbols(prepared))
            case _:
                self._run(asked, self._venue.recipe(prepared))

    def _run(self, asked: _Asked, recipe: Recipe[Any]) -> None:
        def done(result: Any, error: ExchangeError | None) -> None:
            self._complete(asked.id, result, error)

        asked.run = self._calls.start(recipe, done, deadline=asked.deadline)

    def _complete(self, command_id: int, result: Any, error: ExchangeError | None) -> None:
        if self._asked.pop(command_id, None) is not None:
            self._out.append(Complete(command_id, result, error))

    def _time_is_up(self, command_id: int) -> None:
        asked = self._asked.get(command_id)
        if asked is None:
            return
        error: ExchangeError = DeadlineExceeded("the venue did not answer in time")
        if isinstance(asked.action, Start):
            error = DeadlineExceeded(f"the venue is not live: {self._state.reason}")
        elif asked.run is None or not asked.run.sent:
            error = DeadlineExceeded("time ran out before anything was sent to the venue")
            self._drop(asked)
        elif isinstance(asked.action, PlaceOrder | PlaceOrders | CancelOrder | CancelOrders):
            error = OutcomeUnknown("no answer from the venue in time", client_order_id=_client_ids(asked.action))
        else:
            self._drop(asked)
        self._complete(command_id, None, error)

    def _on_abandon(self, abandoned: Abandon) -> None:
        asked = self._asked.pop(abandoned.id, None)
        if asked is None:
            return
        changes_orders = isinstance(asked.action, PlaceOrder | PlaceOrders | CancelOrder | CancelOrders)
        if not changes_orders or asked.run is None or not asked.run.sent:
            self._drop(asked)

    def _drop(self, asked: _Asked) -> None:
        if asked.run is not None:
            asked.run.drop()
        if isinstance(asked.action, PlaceOrder):
            self._being_placed.pop(asked.action.order.client_order_id, None)

    def _order_with_fills(self, question: GetOrder) -> Recipe[Order]:
        order: Order = yield from self._venue.recipe(question)
        if not order.executed_qty:
            return order
        fills = yield from self._venue.recipe(GetFills(order.symbol, order.created_ms, order.order_id))
        return _with_fills(order, fills)

    def _reload_symbols(self, action: FetchExchangeInfo) -> Recipe[None]:
        yield from self._venue.recipe(FetchExchangeInfo())
        self._budget.replace(self._venue.budgets())
        if action.symbol:
            self._venue.symbols.find(action.symbol)

    # --- orders --------------------------------------------------------------------------------------------------

    def _next_client_order_id(self) -> str:
        return self._venue.client_order_id(self._session, next(self._new_ids))

    def _prepare_order(self, order: NewOrder) -> NewOrder:
        return prepare_order(order, self._venue.symbols, self._next_client_order_id)

    def _begin_place(self, asked: _Asked, order: NewOrder) -> None:
        order = self._prepare_order(order)
        client_id = order.client_order_id
        asked.action = PlaceOrder(order)
        if client_id in self._being_placed:
            self._being_placed[client_id].append(
                lambda result, error: self._complete(asked.id, *_retried(order, result, error))
            )
            return
        known = self._ledger.find_client(client_id)
        if known is not None:
            self._complete(asked.id, *_retried(order, known, None))
            return
        waiting = self._being_placed[client_id] = [lambda result, error: self._complete(asked.id, result, error)]

        def done(result: Any, error: ExchangeError | None) -> None:
            self._being_placed.pop(client_id, None)
            for answer in waiting:
                answer(result, error)

        asked.run = self._calls.start(self._placing.place(order), done, deadline=asked.deadline)

    def _begin_place_many(self, asked: _Asked, orders: tuple[NewOrder, ...]) -> None:
        outcomes: list[Any] = []
        sound: list[tuple[int, NewOrder]] = []
        ids: set[str] = set()
        for row, order in enumerate(orders):
            outcomes.append(self._check_row(order, ids))
            if isinstance(outcomes[-1], NewOrder):
                sound.append((row, outcomes[-1]))
                ids.add(outcomes[-1].client_order_id)
        asked.action = PlaceOrders(tuple(order for _, order in sound))

        def done(results: Any, error: ExchangeError | None) -> None:
            for client_id in ids:
                self._being_placed.pop(client_id, None)
            for place, (row, _) in enumerate(sound):
                outcomes[row] = error if error is not None else results[place]
            self._complete(asked.id, tuple(outcomes), None)

        for client_id in ids:
            self._being_placed[client_id] = []
        if sound:
            recipe = self._placing.place_many([order for _, order in sound])
            asked.run = self._calls.start(recipe, done, deadline=asked.deadline)
        else:
            done((), None)

    def _check_row(self, order: NewOrder, ids: set[str]) -> NewOrder | Order | ExchangeError:
        """The order to be placed, the order that stands already (a retry), or what is wrong with it."""
        try:
            order = self._prepare_order(order)
        except InvalidRequest as error:
            return error
        client_id = order.client_order_id
        if client_id in ids or client_id in self._being_placed:
            return DuplicateClientOrderId(f"client_order_id {client_id} is being placed already")
        known = self._ledger.find_client(client_id)
        if known is None:
            return order
        stands, conflict = _retried(order, known, None)
        return stands or conflict or order

    # --- start, symbols, credentials -------------------------------------------------------------------------------

    def _begin_start(self, asked: _Asked) -> None:
        if self._started:
            self._complete_when_live(asked.id)
            return
        self._starters.append(asked.id)
        if len(self._starters) > 1:
            return

        def done(_: Any, error: ExchangeError | None) -> None:
            if error is not None:
                starters, self._starters = self._starters, []
                for command_id in starters:
                    self._complete(command_id, None, error)
                return
            self._started = True
            for role in ("private", "trade"):
                if role in self._connections:
                    self._want(self._connections[role])
            self._subscribe(self._heartbeat_topic(), lambda _error: None)

        asked.run = self._calls.start(self._load(), done, deadline=asked.deadline)

    def _load(self) -> Recipe[None]:
        yield from self._calls.measure_clock()
        yield from self._venue.recipe(FetchExchangeInfo())
        self._budget.replace(self._venue.budgets())
        yield from self._venue.check()

    def _complete_when_live(self, command_id: int) -> None:
        if self._state.live:
            self._complete(command_id, None, None)
        else:
            self._starters.append(command_id)

    def _heartbeat_topic(self) -> Topic:
        names = self._venue.symbols.names()
        symbol = HEARTBEAT_SYMBOL if HEARTBEAT_SYMBOL in self._venue.symbols or not names else names[0]
        self._heartbeat = Topic("funding", symbol)
        return self._heartbeat

    def _begin_replacing(self, asked: _Asked, credentials: Credentials) -> None:
        def done(_: Any, error: ExchangeError | None) -> None:
            if error is None:
                self._calls.credentials = credentials
                for role in ("private", "trade"):
                    if role in self._connections:
                        self._lose(self._connections[role], "the credentials were replaced")
            self._complete(asked.id, None, error)

        asked.run = self._calls.start(self._venue.check(), done, deadline=asked.deadline, credentials=credentials)

    # --- sockets -------------------------------------------------------------------------------------------------

    def _want(self, connection: Connection) -> None:
        if connection.state is State.IDLE:
            connection.fire(Trigger.WANTED, self._now.mono)
            self._prepare(connection)

    def _prepare(self, connection: Connection) -> None:
        name = connection.name

        def done(url: Any, error: ExchangeError | None) -> None:
            if connection.name != name or connection.state is not State.PREPARING:
                return
            if error is not None:
                self._lose(connection, error.message)
                return
            connection.fire(Trigger.ADDRESS_KNOWN, self._now.mono)
            self._by_name[name] = connection
            self._out.append(OpenWs(name, url))

        self._calls.start(self._venue.url(connection.role), done, deadline=self._now.mono + FOREVER)

    def _on_opened(self, opened: WsOpened) -> None:
        connection = self._by_name.get(opened.conn)
        if connection is None or connection.state is not State.OPENING:
            return
        frame = self._venue.login_frame(connection.role, self._calls.credentials, self._clock.ms(self._now))
        if frame:
            connection.fire(Trigger.LOGIN_NEEDED, self._now.mono)
            self._out.append(SendText(connection.name, frame))
        else:
            connection.fire(Trigger.OPENED, self._now.mono)
            self._subscribe_private(connection)

    def _subscribe_private(self, connection: Connection) -> None:
        frame_id = f"{connection.role}-{connection.attempt}"
        frames = self._venue.private_frames(frame_id) if connection.role == "private" else ()
        for frame in frames:
            self._out.append(SendText(connection.name, frame))
        if frames:
            connection.awaited_frame = frame_id
        else:
            self._is_live(connection)

    def _is_live(self, connection: Connection) -> None:
        connection.fire(Trigger.SUBSCRIBED, self._now.mono)
        if connection.role == "trade":
            self._calls.trade_conn = connection.name
        elif connection.role == "private":
            self._begin_reconciling()

    def _lose(self, connection: Connection, reason: str) -> None:
        """Give up this attempt, whatever its state; the next one follows after a wait."""
        if connection.state in (State.IDLE, State.WAITING):
            return
        name = connection.name
        if connection.has_socket:
            self._by_name.pop(name, None)
            self._out.append(CloseWs(name, reason))
        self._lost(connection, name, reason)

    def _lost(self, connection: Connection, name: str, reason: str) -> None:
        connection.fire(Trigger.LOST, self._now.mono)
        self._out.append(Publish(ConnectionLost(name, reason)))
        if connection.role == "trade":
            self._calls.on_trade_conn_lost(name, reason)
        elif connection.role == "private":
            self._reconciled = False
            self._stop_reconciling()
        else:
            self._subscriptions[connection.role].disconnected()
            if self._heartbeat is not None and self._venue.role(self._heartbeat) == connection.role:
                self._heartbeat_heard = False

    def _on_closed(self, closed: WsClosed) -> None:
        connection = self._by_name.pop(closed.conn, None)
        if connection is not None:
            self._lost(connection, closed.conn, closed.reason)

    def _on_logged_in(self, connection: Connection, login: LoggedIn) -> None:
        if connection.state is not State.LOGGING_IN:
            return
        if login.error is not None:
            self._lose(connection, f"login refused: {login.error.message}")
            return
        connection.fire(Trigger.LOGGED_IN, self._now.mono)
        self._subscribe_private(connection)

    def _on_acknowledged(self, connection: Connection, answer: Acknowledged) -> None:
        if connection.state is State.SUBSCRIBING and answer.frame_id == connection.awaited_frame:
            if answer.error is None:
                self._is_live(connection)
            else:
                self._lose(connection, f"subscription refused: {answer.error.message}")
        elif connection.role in self._subscriptions:
            self._subscriptions[connection.role].acknowledged(answer.frame_id, answer.error)

    def _on_session_expired(self, connection: Connection, expired: SessionExpired) -> None:
        self._lose(connection, expired.reason)

    def _renew(self, connection: Connection) -> None:
        name = connection.name

        def done(_: Any, error: ExchangeError | None) -> None:
            if error is not None and connection.name == name:
                self._lose(connection, f"the session could not be renewed: {error.message}")

        self._calls.start(self._venue.renew(connection.role), done, deadline=self._now.mono + 60)

    # --- messages ------------------------------------------------------------------------------------------------

    def _on_message(self, message: WsMessage) -> None:
        connection = self._by_name.get(message.conn)
        if connection is None:
            return
        connection.heard_at = self._now.mono
        self._only_market_data = True  # which changes no state and no deadline: the hot path ends here
        for decoded in self._venue.decode(connection.role, message.data):
            kind = type(decoded)
            if kind is PriceChange or kind is BookTicker or kind is Candle:
                self._out.append(Publish(decoded))  # type: ignore[arg-type]  # mypy does not narrow by type identity
            else:
                self._only_market_data = False
                self._decoded[kind](connection, decoded)

    def _on_funding(self, _connection: Connection, funding: FundingRate) -> None:
        self._heartbeat_heard = True
        self._out.append(Publish(funding))

    def _on_unreadable(self, _connection: Connection, unreadable: Unreadable) -> None:
        self._out.append(Publish(unreadable))

    def _on_ws_reply(self, connection: Connection, reply: WsReply) -> None:
        if not self._calls.on_frame_reply(reply) and reply.error is not None and not reply.frame_id:
            self._out.append(Publish(Unreadable(connection.name, reply.error.message, "")))

    def _on_order_update(self, _connection: Connection, update: OrderUpdate) -> None:
        if self._reconciled:
            self._tell(update)
        else:
            self._held.append(update)

    def _tell(self, update: OrderUpdate) -> None:
        news = self._ledger.apply(update)
        if news is not None:
            self._news_ms = max(self._news_ms, update.order.update_ms)
            self._out.append(Publish(news))
        if self._ledger.has_gap and self._reconciled:
            self._ledger.has_gap = False
            self._begin_reconciling()

    def _on_account_change(self, _connection: Connection, change: AccountChange) -> None:
        self._publish(self._book.apply(change))
        self._refresh_soon()

    def _on_leverage_change(self, _connection: Connection, change: LeverageChange) -> None:
        self._publish(self._book.set_leverage(change))
        self._refresh_soon()

    def _publish(self, news: News) -> None:
        self._out.extend(Publish(each) for each in news)

    # --- account and orders after an interruption ------------------------------------------------------------------

    def _refresh_soon(self) -> None:
        if self._refresh_at is None:
            self._refresh_at = max(self._now.mono + REFRESH_AFTER, self._refreshed_at + REFRESH_SPACING)
            self._calls.at(self._refresh_at, self._refresh)

    def _refresh(self) -> None:
        self._refresh_at, self._refreshed_at = None, self._now.mono

        def done(account: Any, error: ExchangeError | None) -> None:
            # Older than what the stream has said meanwhile: the statement that follows that will do.
            if error is None and self._refresh_at is None and self._reconciled:
                self._publish(self._book.replace(account))

        self._calls.start(self._venue.recipe(GetAccount()), done, deadline=self._now.mono + 10)

    def _begin_reconciling(self) -> None:
        self._stop_reconciling()
        self._reconciled = False
        if not self._ever_reconciled:
            self._news_ms = self._clock.ms(self._now)

        def done(truth: Any, error: ExchangeError | None) -> None:
            self._reconciling = None
            if error is not None:
                self._out.append(Publish(Unreadable("reconcile", error.message, "")))
                self._calls.at(self._now.mono + self._reconcile_backoff.failed(), self._reconcile_again)
            else:
                self._reconcile_backoff.succeeded()
                self._take_truth(truth)

        since_ms = self._news_ms - OVERLAP_MS if self._ever_reconciled else self._news_ms
        recipe = ask_for_truth(self._venue, self._ledger, self._book, since_ms)
        self._reconciling = self._calls.start(recipe, done, deadline=self._now.mono + FOREVER)
        if self._reconciled:
            self._reconciling = None

    def _reconcile_again(self) -> None:
        if self._connections["private"].is_live and not self._reconciled and self._reconciling is None:
            self._begin_reconciling()

    def _stop_reconciling(self) -> None:
        if self._reconciling is not None:
            self._reconciling.drop()
            self._reconciling = None

    def _take_truth(self, truth: Truth) -> None:
        if not self._ever_reconciled:
            self._ever_reconciled = True
            for order in truth.orders:
                self._ledger.adopt(order)
        else:
            for update in missed(self._ledger, truth):
                self._news_ms = max(self._news_ms, update.order.update_ms)
                self._out.append(Publish(update))
        for key in self._ledger.awaited():
            self._ledger.stop_awaiting(key)
        self._publish(self._book.replace(truth.account))
        self._reconciled = True
        held, self._held = self._held, []
        for update in held:
            self._tell(update)

    # --- time ----------------------------------------------------------------------------------------------------

    def _on_tick(self, _: Tick) -> None:
        mono = self._now.mono
        self._calls.tick()
        for connection in self._connections.values():
            reason = connection.overdue(mono)
            if reason:
                self._lose(connection, reason)
            elif connection.wait_is_over(mono):
                connection.fire(Trigger.WAIT_OVER, mono)
                self._prepare(connection)
            if connection.ping_is_due(mono):
                self._out.append(SendText(connection.name, connection.socket.ping_text))
            if connection.renewal_is_due(mono):
                self._renew(connection)
        if self._started and mono >= self._clock.resync_at:
            self._clock.resync_at = mono + 60
            self._calls.start(self._calls.measure_clock(), lambda _result, _error: None, deadline=mono + 10)
        if self._reconciled and self._ledger.overdue(mono):
            for key in self._ledger.awaited():
                self._ledger.stop_awaiting(key)
            self._lose(self._connections["private"], "accepted orders do not show up on the stream")

    def _after_change(self) -> None:
        """What may follow from anything: subscriptions to send, another state to tell, another deadline."""
        for role, subscriptions in self._subscriptions.items():
            connection = self._connections[role]
            if connection.is_live:
                frame = subscriptions.next_frame(self._now.mono)
                if frame is not None:
                    frame_id, subscribe, topics = frame
                    make = self._venue.subscribe_frame if subscribe else self._venue.unsubscribe_frame
                    self._out.append(SendText(connection.name, make(frame_id, topics)))
        self._tell_state()
        times = [connection.deadline() for connection in self._connections.values()]
        times += [
            subscriptions.deadline()
            for role, subscriptions in self._subscriptions.items()
            if self._connections[role].is_live
        ]
        times.append(self._calls.deadline())
        if self._started:
            times.append(self._clock.resync_at)
        if self._reconciled:
            times.append(self._ledger.next_overdue())
        self._deadline = min((at for at in times if at is not None), default=None)

    def _tell_state(self) -> None:
        state = self._present_state()
        if state.live != self._state.live or (not state.live and state.reason != self._state.reason):
            self._state = state
            self._out.append(Publish(state))
            if state.live:
                starters, self._starters = self._starters, []
                for command_id in starters:
                    self._complete(command_id, None, None)

    def _present_state(self) -> SessionState:
        if not self._started:
            return SessionState(False, "not started")
        private = self._connections["private"]
        if not private.is_live:
            return SessionState(False, f"private socket is {private.state.value}")
        if not self._reconciled:
            return SessionState(False, "reconciling orders")
        if not self._heartbeat_heard:
            return SessionState(False, "no market data")
        return SessionState(True, "")

    def _subscribe(self, topic: Topic, waiter: Callable[[ExchangeError | None], None]) -> None:
        role = self._venue.role(topic)
        self._subscriptions[role].want(topic, waiter)
        self._want(self._connections[role])


def _retried(order: NewOrder, known: Any, error: ExchangeError | None) -> tuple[Order | None, ExchangeError | None]:
    """The answer to a second request with the same client order id."""
    if error is not None or is_retry(order, known):
        return known, error
    return None, DuplicateClientOrderId(f"client_order_id {order.client_order_id} was used for another order before")


def _with_fills(order: Order, fills: Any) -> Order:
    return structs.replace(order, fills=tuple(fills))


def _client_ids(action: PlaceOrder | PlaceOrders | CancelOrder | CancelOrders) -> str:
    match action:
        case PlaceOrder(order):
            return order.client_order_id
        case PlaceOrders(orders):
            return ",".join(order.client_order_id for order in orders)
        case CancelOrder():
            return action.client_order_id
    return ""
