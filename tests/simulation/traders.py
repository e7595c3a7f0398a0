"""Programs that trade at random through one session, remember what they asked, and check what they are told."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from math import inf
from typing import Any

from msgspec import Struct, structs

from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    GetAccount,
    GetFills,
    GetOpenOrders,
    GetOrder,
    PlaceOrder,
    PlaceOrders,
)
from sansio_exchange.errors import (
    DuplicateClientOrderId,
    ExchangeError,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
)
from sansio_exchange.machine import Complete
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.world import START_MS, Killed
from tests.simulation.desk import CLIENTS, FLOODER, Desk
from tests.simulation.told import Books
from tests.simulation.weather import LATEST
from tests.simulation.witness import Wrong

ABANDONED = "abandoned"
LATE = 0.001
"""Seconds by which an answer may come after its deadline: a Tick comes at it, and numbers are rounded."""
TIMEOUTS = (0.05, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 10.0, 30.0)
HURRIES = (0.05, 0.3, 0.6, 1.0)
"""Seconds for which somebody waits who asks again and again."""
COMES_BACK_WITHIN = 45.0
"""Seconds: longer than the session goes on asking what became of an order before it leaves that to reconciliation."""
INSISTS_FOR = 5.0
Outcome = Order | ExchangeError | str


class Crowd(Struct):
    """Who does something `pace` times a second on average until the clock says `until`; their deeds are numbered from
    `deed` on."""

    clients: tuple[str, ...]
    clock: Prng
    until: float
    pace: float
    deed: int = 0


class Ask:
    """One order that somebody asked for, and what was said about it. `client_id` is "" where the session chose one,
    `deed` the number of the deed that it is a part of."""

    def __init__(self, order: NewOrder, at: float, deed: int = 0) -> None:
        self.order = order
        self.at = at
        self.deed = deed
        self.client_id = order.client_order_id
        self.outcome: Outcome | None = None


class Traders:
    """All traders of an episode, in one object: each deed is somebody's."""

    def __init__(
        self, desk: Desk, exchange: Books, account: str, seed: int, symbols: list[str], left_out: frozenset[int]
    ) -> None:
        """`left_out` are numbers of deeds that are not done; each draws what it is from a stream of its own."""
        self.deeds: dict[int, str] = {}
        """What was done, by number."""
        self.asks: list[Ask] = []
        self.insisted: list[Ask] = []
        """Those for which nothing stood in the way any more."""
        self.commands = 0
        self.completed = 0
        self.abandoned = 0
        self.killed = 0
        self.refused: Counter[str] = Counter()
        """How often each client was told that it asks too much."""
        self._desk = desk
        self._exchange = exchange
        self._account = account
        self._seed = seed
        self._prng = Prng(seed)
        self._deed = 0
        self._client = ""
        self._left_out = left_out
        self._symbols = symbols
        self._numbers = 0
        self._until = 0.0
        self.lists_are_late = False
        """Whether the venue's lists are behind its books at times."""

    # --- when ---------------------------------------------------------------------------------------------------

    def ask_at(self, desk: Desk) -> None:
        """Ask there from now on."""
        self._desk = desk

    def trade(self, until: float, pace: float) -> None:
        """Have somebody do something `pace` times a second on average, until the clock says `until`."""
        self._until = until
        self._go_on(Crowd(CLIENTS, Prng(self._seed, "traders"), until, pace))

    def flood(self, until: float, pace: float) -> None:
        """The same of one more client, that nobody expected."""
        now = int(self._desk.now * 1000)
        self._go_on(Crowd((FLOODER,), Prng(self._seed, "flood", now), until, pace, deed=now * 1000))

    def _go_on(self, crowd: Crowd) -> None:
        at = self._desk.now + crowd.clock.exponential() / crowd.pace
        if at < crowd.until:
            self._desk.at(at, lambda: self._act(crowd))

    def _act(self, crowd: Crowd) -> None:
        self._go_on(crowd)
        crowd.deed += 1
        self._deed = crowd.deed
        self._prng = Prng(self._seed, "deed", self._deed)
        self._client = crowd.clients[self._prng.below(len(crowd.clients))]
        if self._deed not in self._left_out:
            self._do(self._prng.below(100))

    def _do(self, deed: int) -> None:
        if deed < 45:
            self._place(self._new_order())
        elif deed < 53:
            self._place_many([self._new_order() for _ in range(1 + self._prng.below(8))])
        elif deed < 61:
            self._retry()
        elif deed < 81:
            self._cancel()
        elif deed < 85:
            self._cancel_many()
        elif deed < 87:
            self._cancel_all()
        elif deed < 95:
            self._look_up()
        else:
            self._ask((GetAccount(), GetOpenOrders(), GetFills(self._symbol()))[self._prng.below(3)], lambda done: None)

    def insist(self) -> None:
        """Ask for an order that rests, in some hurry."""
        self._prng = Prng(self._seed, "insists", len(self.insisted))
        self._client = CLIENTS[0]
        symbol = self._symbol()
        rules, mark = self._exchange.rules[symbol], self._exchange.mark_price(symbol)
        price = mark * Decimal("0.99") // rules.tick_size * rules.tick_size
        quantity = Decimal(500) // (price * rules.step_size) * rules.step_size
        name = f"i{len(self.insisted)}"
        order = NewOrder(symbol, Side.BUY, OrderType.LIMIT, quantity, price, client_order_id=name)
        ask = Ask(order, self._desk.now)
        self.asks.append(ask)
        self.insisted.append(ask)
        self._begin(PlaceOrder(order), lambda done: self._told_of(ask, done), timeout=INSISTS_FOR)

    # --- what ---------------------------------------------------------------------------------------------------

    def _symbol(self) -> str:
        return self._symbols[self._prng.below(len(self._symbols))]

    def _new_order(self) -> NewOrder:
        prng, symbol = self._prng, self._symbol()
        rules = self._exchange.rules[symbol]
        bid, ask = self._exchange.best(symbol)
        mark = self._exchange.mark_price(symbol)
        side = Side.BUY if prng.below(2) else Side.SELL
        notional = Decimal(150 + prng.below(4_000)) if prng.below(40) else Decimal(900_000)
        quantity = max(rules.min_quantity, notional // (mark * rules.step_size) * rules.step_size)
        client_id = ""
        if prng.below(3):
            self._numbers += 1
            client_id = f"t{self._numbers}"
        if prng.below(100) < 25:
            return NewOrder(
                symbol, side, OrderType.MARKET, quantity, reduce_only=prng.below(4) == 0, client_order_id=client_id
            )
        away = rules.tick_size * (prng.below(60) - 15)
        price = bid - away if side is Side.BUY else ask + away
        kind = prng.below(10)
        return NewOrder(
            symbol,
            side,
            OrderType.LIMIT,
            quantity,
            price,
            time_in_force=(TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC)[kind] if kind < 3 else TimeInForce(0),
            reduce_only=prng.below(12) == 0,
            post_only=kind in (4, 5),
            client_order_id=client_id,
        )

    def _place(self, order: NewOrder) -> None:
        ask, client = Ask(order, self._desk.now, self._deed), self._client
        self.asks.append(ask)

        def then(done: Complete | None) -> None:
            self._told_of(ask, done)
            self._ask_again_and_again(ask, client)

        self._ask(PlaceOrder(order), then)

    def _place_many(self, orders: list[NewOrder]) -> None:
        asks, client = [Ask(order, self._desk.now, self._deed) for order in orders], self._client
        self.asks += asks

        def then(done: Complete | None) -> None:
            if done is None or done.error is not None:
                outcomes: Any = [ABANDONED if done is None else done.error] * len(asks)
            else:
                outcomes = done.result
            for ask, outcome in zip(asks, outcomes, strict=True):
                self._told(ask, outcome)
                self._ask_again_and_again(ask, client)

        self._ask(PlaceOrders(tuple(orders)), then)

    def _ask_again_and_again(self, ask: Ask, client: str) -> None:
        """What nobody could say of an order a hurried program asks by asking for the order, some times in a row; it
        waits for no answer long, and for some not at all."""
        if not ask.client_id or not (isinstance(ask.outcome, OutcomeUnknown) or ask.outcome == ABANDONED):
            return
        prng = Prng(self._seed, "hurry", ask.deed, ask.client_id)
        if prng.below(3) == 0:
            return
        order = structs.replace(ask.order, client_order_id=ask.client_id)
        at = self._desk.now
        if prng.below(3) == 0:
            at = min(at + COMES_BACK_WITHIN * prng.uniform(), max(at, self._until))
        for _ in range(1 + prng.below(5)):
            timeout = HURRIES[prng.below(len(HURRIES))]
            gone_after = timeout * prng.uniform() if prng.below(3) == 0 else None
            self._desk.at(at, partial(self._place_in_a_hurry, order, ask.deed, client, timeout, gone_after))
            at += timeout + 1.5 * prng.uniform()

    def _place_in_a_hurry(
        self, order: NewOrder, deed: int, client: str, timeout: float, gone_after: float | None
    ) -> None:
        ask = Ask(order, self._desk.now, deed)
        self.asks.append(ask)
        self.deeds[deed] += f"; {order.client_order_id} again at {ask.at:.3f} s within {timeout:g} s"
        self._client = client
        gone = self._begin(PlaceOrder(order), lambda done: self._told_of(ask, done), timeout)
        if gone_after is not None:
            self._desk.at(ask.at + gone_after, gone)

    def _retry(self) -> None:
        """The same order again; now and then another one under the same id."""
        named = [ask for ask in self.asks[-12:] if ask.order.client_order_id]
        if named:
            order = named[self._prng.below(len(named))].order
            if self._prng.below(8) == 0:
                order = self._altered(order)
            if self._prng.below(4) == 0:
                self._place_many([order, self._new_order()])
            else:
                self._place(order)

    def _altered(self, order: NewOrder) -> NewOrder:
        """Another order of the same name: of another price, where it has one, or of twice the quantity."""
        if order.price is not None and self._prng.below(2):
            return structs.replace(order, price=order.price + self._exchange.rules[order.symbol].tick_size)
        return NewOrder(
            order.symbol, order.side, order.type, order.quantity * 2, order.price, client_order_id=order.client_order_id
        )

    def _target(self) -> tuple[str, int, str] | None:
        """Symbol and either id of an order that was asked for lately."""
        asked = self.asks[-25:]
        if not asked:
            return None
        ask = asked[self._prng.below(len(asked))]
        if isinstance(ask.outcome, Order) and self._prng.below(2):
            return ask.order.symbol, ask.outcome.order_id, ""
        return (ask.order.symbol, 0, ask.client_id) if ask.client_id else None

    def _cancel(self) -> None:
        target = self._target()
        if target is None:
            return
        symbol, order_id, client_id = target
        worked = self._working(symbol)

        def then(done: Complete | None) -> None:
            if done is not None:
                self._check_cancelled(symbol, order_id, client_id, done.error, worked)

        self._ask(CancelOrder(symbol, order_id, client_id), then)

    def _cancel_many(self) -> None:
        symbol = self._symbol()
        ids = [
            ask.outcome.order_id
            for ask in self.asks[-40:]
            if isinstance(ask.outcome, Order) and ask.order.symbol == symbol
        ]
        ids = list(dict.fromkeys(ids))[-12:]
        worked = self._working(symbol)

        def then(done: Complete | None) -> None:
            if done is not None and done.error is None:
                for order_id, error in zip(ids, done.result, strict=True):
                    self._check_cancelled(symbol, order_id, "", error, worked)

        self._ask(CancelOrders(symbol, tuple(ids)), then)

    def _cancel_all(self) -> None:
        symbol = self._symbol() if self._prng.below(2) else ""
        # Some venues are asked first what works: what nobody has heard of and is not listed yet, nobody can cancel.
        heard_of = {ask.outcome.order_id for ask in self.asks if isinstance(ask.outcome, Order)}
        listed_ms = self._listed_ms()
        worked = [
            order
            for each in self._symbols
            if symbol in ("", each)
            for order in self._working(each).values()
            if order.order_id in heard_of or order.created_ms < listed_ms
        ]

        def then(done: Complete | None) -> None:
            if done is not None and done.error is None:
                for order in worked:
                    if not self._now(order.symbol, order.order_id).status.is_final:
                        raise Wrong(f"all orders were said to be cancelled, and this works: {order}")

        self._ask(CancelAllOrders(symbol), then)

    def _look_up(self) -> None:
        target = self._target()
        if target is None:
            return
        symbol, order_id, client_id = target
        known = self._find(symbol, order_id, client_id)
        listed_ms = self._listed_ms()

        def then(done: Complete | None) -> None:
            if done is None:
                return
            if isinstance(done.error, OrderNotFound) and known is not None:
                raise Wrong(f"said not to exist: {known}")
            if done.error is None:
                self._check_looked_up(done.result, listed_ms)

        self._ask(GetOrder(symbol, order_id, client_id), then)

    # --- what was told --------------------------------------------------------------------------------------------

    def _ask(self, action: Action, then: Any) -> None:
        timeout = TIMEOUTS[self._prng.below(len(TIMEOUTS))]
        self.deeds[self._deed] = f"{self._desk.now:8.3f} s  {self._client}: {action} within {timeout:g} s"
        gone = self._begin(action, then, timeout)
        if self._prng.below(15) == 0:
            self._desk.at(self._desk.now + self._prng.uniform() * timeout, gone)

    def _begin(self, action: Action, then: Any, timeout: float) -> Callable[[], None]:
        """Returns what is called when nobody waits any more."""
        self.commands += 1
        begun, client = self._desk.now, self._client
        over: list[bool] = []

        def answered(done: Complete) -> None:
            if over:
                raise Wrong(f"{action} was completed twice")
            over.append(True)
            if isinstance(done.error, Killed):
                self.killed += 1
                then(None)
                return
            if self._desk.now > begun + timeout + self._desk.slept + LATE:
                raise Wrong(f"{action} was answered at {self._desk.now}, asked at {begun} for within {timeout} s")
            self.completed += 1
            self.refused[client] += isinstance(done.error, RateLimited)
            then(done)

        def gone() -> None:
            if not over:
                over.append(True)
                self.abandoned += 1
                self._desk.abandon(command)
                then(None)

        command = self._desk.begin(action, answered, timeout=timeout, client=client)
        return gone

    def _told_of(self, ask: Ask, done: Complete | None) -> None:
        self._told(ask, ABANDONED if done is None else done.error if done.error is not None else done.result)

    def _told(self, ask: Ask, outcome: Outcome) -> None:
        if ask.outcome is not None:
            raise Wrong(f"{ask.order} was answered twice")
        ask.outcome = outcome
        if isinstance(outcome, OutcomeUnknown):
            if not outcome.client_order_id:
                raise Wrong(f"an unknown outcome names no client order id: {outcome}")
            if ask.client_id not in ("", outcome.client_order_id):
                raise Wrong(f"{ask.client_id} was answered for {outcome.client_order_id}")
            ask.client_id = outcome.client_order_id
        elif isinstance(outcome, Order):
            if ask.client_id not in ("", outcome.client_order_id):
                raise Wrong(f"{ask.client_id} was answered with {outcome}")
            ask.client_id = outcome.client_order_id
            now = self._now(outcome.symbol, outcome.order_id)
            wanted = ask.order
            if (now.client_order_id, now.side, now.type, now.quantity, now.reduce_only) != (
                ask.client_id, wanted.side, wanted.type, wanted.quantity, wanted.reduce_only,
            ) or (wanted.price is not None and now.price != wanted.price):  # fmt: skip
                raise Wrong(f"asked for {wanted}, the venue has {now}")
            if outcome.executed_qty > now.executed_qty or outcome.status > now.status:
                raise Wrong(f"told {outcome}, the venue has {now}")
        elif isinstance(outcome, DuplicateClientOrderId) and not any(
            each.client_id == ask.client_id and each.order != ask.order for each in self.asks
        ):
            raise Wrong(f"a retry of the same order was refused: {ask.order}: {outcome.message}")

    def _check_cancelled(
        self, symbol: str, order_id: int, client_id: str, error: ExchangeError | None, worked: dict[int, Order]
    ) -> None:
        found = self._find(symbol, order_id, client_id)
        if error is None and (found is None or found.status is not OrderStatus.CANCELED):
            raise Wrong(f"said to be cancelled: {found} ({order_id} {client_id})")
        works = found is not None and found.order_id in worked and not found.status.is_final
        if works and isinstance(error, OrderNotFound):
            raise Wrong(f"said not to be working: {found}: {error.message}")

    def _check_looked_up(self, order: Order, listed_ms: float) -> None:
        now = self._now(order.symbol, order.order_id)
        if order.executed_qty > now.executed_qty or order.status > now.status:
            raise Wrong(f"told {order}, the venue has {now}")
        is_listed = order.update_ms < listed_ms  # else there may have been no time to wait for what is listed late
        if is_listed and sum(fill.quantity for fill in order.fills) < order.executed_qty:
            raise Wrong(f"fills are missing: {order}")

    def _find(self, symbol: str, order_id: int, client_id: str) -> Order | None:
        try:
            return self._exchange.order(self._account, symbol, order_id=order_id, client_order_id=client_id)
        except OrderNotFound:
            return None

    def _now(self, symbol: str, order_id: int) -> Order:
        found = self._find(symbol, order_id, "")
        if found is None:
            raise Wrong(f"the venue has no order {order_id} of {symbol}")
        return found

    def _listed_ms(self) -> float:
        """Until when all that happened is listed by now: everything, unless the venue's lists are late."""
        return START_MS + (self._desk.now - LATEST) * 1000 if self.lists_are_late else inf

    def _working(self, symbol: str) -> dict[int, Order]:
        return {order.order_id: order for order in self._exchange.open_orders(self._account, symbol)}
