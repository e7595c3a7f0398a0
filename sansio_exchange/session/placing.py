"""Placing and cancelling so that nothing is ever done twice.

A request that left and was not answered is never sent again: its order is looked up by client order id, which every
order carries. A signed request that has not been accepted within the venue's receive window can no longer be, so
"no such order" after that time is an answer; before it, it is not.

A caller's client order id may be new here and old at the venue: the caller retries what it asked a process before this
one for. Venues free the ids of orders that have ended, so for a while such an id is looked up before it is placed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf
from typing import Any

from msgspec import structs

from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
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
    UnexpectedReply,
    VenueUnavailable,
)
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, TimeInForce
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.order_ledger import OrderLedger, Question
from sansio_exchange.session.venue_clock import VenueClock
from sansio_exchange.venue import Recipe, Sleep, Together, Venue

SEEN_ON_STREAM_WITHIN = 10.0
"""Seconds after which an accepted order of which the stream has not spoken proves the stream dead."""
LIFETIME_MARGIN = 5.0
"""Seconds added to the venue's receive window before "no such order" is believed: clocks and queues at the venue."""
PAUSES = (0.1, 0.3, 0.6, 1.0, 2.0, 2.0, 4.0, 8.0, 8.0, 8.0)
"""Seconds between the questions after a lost order; then the next reconciliation asks."""

RETRIES_END_AFTER = 600.0
"""Seconds after the start for which callers may still retry what they asked an earlier process for, and age at the
start of an ended order beyond which its id may be given to another one. The same one again may be a late retry or not:
nothing is placed, and nobody is told that it was."""

UNKNOWN = (OutcomeUnknown, UnexpectedReply)
"""After these an order may stand: no answer came, or none that can be read."""


class Placing:
    """Recipes of the session around the venue's own.

    `past_is_known`: no process before this one has sent orders of which the ledger does not know. `is_reconciled` tells
    whether everything up to now has been told: before, what came of a lost order may stand in what is still to be told,
    and venues forget the names of orders that have ended (Gate within a minute).
    """

    def __init__(
        self, venue: Venue, calls: Calls, clock: VenueClock, ledger: OrderLedger, *, past_is_known: bool
    ) -> None:
        self._venue = venue
        self._calls = calls
        self._clock = clock
        self._ledger = ledger
        self._past_is_known = past_is_known
        self.is_reconciled: Callable[[], bool] = lambda: True
        self._started = calls.now

    def start(self) -> None:
        """The session begins now: what processes before it have sent was signed before."""
        self._started = self._calls.now

    def forget(self) -> None:
        """Another account is traded on from now on: what was sent to it before, others have sent."""
        self._past_is_known = False
        self.start()

    def resume(self) -> None:
        """Find out what became of orders that an earlier process asked for and heard nothing of."""
        for asked in self._ledger.asked():
            lost = OutcomeUnknown("the connector was restarted", client_order_id=asked.order.client_order_id)
            believe_after = self._started.mono + self._venue.order_lifetime + LIFETIME_MARGIN
            question = self._ledger.unresolved(asked.order, believe_after)
            self._calls.start(self._find_out(question, lost), self._found, deadline=inf)

    def ask_again(self, within: float) -> None:
        """Ask once what became of each order of which nobody could be told, if there is room for that in so many
        seconds."""
        for question in self._ledger.open_questions():
            lost = OutcomeUnknown("nothing was heard of it", client_order_id=question.order.client_order_id)
            self._calls.start(self._find_out(question, lost, (0.0,)), self._found, deadline=self._mono() + within)

    def _found(self, order: Any, error: ExchangeError | None) -> None:
        if error is None:
            self._expect(order)

    def may_stand(self, client_order_id: str) -> bool:
        """Whether an order of that id, given by a caller and unknown to the ledger, may have been placed before."""
        if self._ledger.question(client_order_id) is not None:
            return True
        return not self._past_is_known and self._mono() < self._started.mono + RETRIES_END_AFTER

    def place(self, order: NewOrder, *, may_stand: set[str]) -> Recipe[Order]:
        """One order; returns it as the venue accepted it. `may_stand`: client order ids of which to look first whether
        they were placed before; what was not is taken out."""
        if order.client_order_id in may_stand:
            standing = yield from self._find_earlier(order)
            if standing is not None:
                return standing
            may_stand.discard(order.client_order_id)
        self._ask(order)
        try:
            accepted: Order = yield from self._put(PlaceOrder(order))
        except (*UNKNOWN, DuplicateClientOrderId) as doubt:
            accepted = yield from self._clear_up(order, doubt)
        except ExchangeError:
            self._ledger.not_placed(order.client_order_id)
            raise
        self._expect(accepted)
        return accepted

    def place_many(self, orders: Sequence[NewOrder], *, may_stand: set[str]) -> Recipe[tuple[Any, ...]]:
        """Many orders by the native call; returns an Order or error for each, in order. `may_stand` as for one."""
        doubtful = [row for row, order in enumerate(orders) if order.client_order_id in may_stand]
        outcomes: list[Any] = [None] * len(orders)
        for row, standing in zip(
            doubtful, (yield Together(tuple(self._find_earlier(orders[row]) for row in doubtful))), strict=True
        ):
            outcomes[row] = standing
            if standing is None:
                may_stand.discard(orders[row].client_order_id)
        new = [row for row, outcome in enumerate(outcomes) if outcome is None]
        if new:
            placed = yield from self._place_new([orders[row] for row in new])
            for row, outcome in zip(new, placed, strict=True):
                outcomes[row] = outcome
        return tuple(outcomes)

    def _place_new(self, orders: Sequence[NewOrder]) -> Recipe[tuple[Any, ...]]:
        if self._venue.max_batch < 2:
            one_by_one: list[Any] = yield Together(tuple(self.place(order, may_stand=set()) for order in orders))
            return tuple(one_by_one)
        for order in orders:
            self._ask(order)
        try:
            outcomes: list[Any] = list((yield from self._put(PlaceOrders(tuple(orders)))))
        except ExchangeError as error:
            outcomes = [error] * len(orders)
        if len(outcomes) != len(orders):
            outcomes = [UnexpectedReply("the venue answered for another number of orders")] * len(orders)
        doubtful: list[int] = []
        for row, outcome in enumerate(outcomes):
            if isinstance(outcome, Order):
                self._expect(outcome)
            elif isinstance(outcome, (*UNKNOWN, DuplicateClientOrderId)):
                doubtful.append(row)
            else:
                self._ledger.not_placed(orders[row].client_order_id)
                if isinstance(outcome, RateLimited):
                    self._calls.limited(outcome)
        if doubtful:
            cleared = yield Together(tuple(self._clear_up(orders[row], outcomes[row]) for row in doubtful))
            for row, outcome in zip(doubtful, cleared, strict=True):
                outcomes[row] = outcome
                if isinstance(outcome, Order):
                    self._expect(outcome)
        return tuple(outcomes)

    def cancel(self, action: CancelOrder, doubt: ExchangeError | None = None) -> Recipe[None]:
        """One order; asked again, after a look, where the answer was lost: a second cancel harms nobody.

        `doubt` says that an earlier attempt may have worked.
        """
        is_acknowledged = False
        try:
            is_acknowledged = yield from self._cancel(action, doubt)
        except OrderNotFound:
            self._expect_end(action.symbol, action.order_id, action.client_order_id, is_known=True)
            raise
        self._expect_end(action.symbol, action.order_id, action.client_order_id, is_known=not is_acknowledged)

    def _cancel(self, action: CancelOrder, doubt: ExchangeError | None) -> Recipe[bool]:
        """Whether the venue acknowledged it: an order that a look shows to be cancelled may have been so for long."""
        for pause in PAUSES:
            try:
                yield from self._put(action)
            except ExchangeError as error:
                if doubt is None and not isinstance(error, UNKNOWN):
                    raise self._certain(error, action.client_order_id) from None
                doubt = error  # "no such order" may be the work of an earlier attempt of ours
            else:
                return True
            order = yield from self._look_up(action.symbol, action.order_id, action.client_order_id)
            if order is not None and order.status is OrderStatus.CANCELED:
                return False
            if order is not None and order.status.is_final:
                raise OrderNotFound(f"the order is {order.status.name} already") from doubt
            if isinstance(doubt, OrderNotFound):
                raise self._certain(doubt, action.client_order_id)
            yield Sleep(pause)
        raise OutcomeUnknown("the venue does not answer", client_order_id=action.client_order_id)

    def cancel_many(self, action: CancelOrders) -> Recipe[tuple[Any, ...]]:
        """Many orders of one symbol; returns None or an error for each."""
        try:
            outcomes: list[Any] = list((yield from self._put(action)))
        except UNKNOWN as doubt:
            outcomes = [doubt] * len(action.order_ids)
        if len(outcomes) != len(action.order_ids):
            outcomes = [UnexpectedReply("the venue answered for another number of orders")] * len(action.order_ids)
        for order_id, outcome in zip(action.order_ids, outcomes, strict=True):
            if isinstance(outcome, RateLimited):
                self._calls.limited(outcome)
            elif outcome is None or isinstance(outcome, OrderNotFound):
                self._expect_end(action.symbol, order_id, is_known=outcome is not None)
        doubtful = [row for row, outcome in enumerate(outcomes) if isinstance(outcome, UNKNOWN)]
        if doubtful:
            again = tuple(
                self.cancel(CancelOrder(action.symbol, action.order_ids[row]), outcomes[row]) for row in doubtful
            )
            for row, outcome in zip(doubtful, (yield Together(again)), strict=True):
                outcomes[row] = outcome
        return tuple(outcomes)

    def cancel_all(self, action: CancelAllOrders) -> Recipe[None]:
        """All of a symbol, or of all. Where the answer was lost the open orders are looked at: none that is older than
        the asking may be among them. It is not asked again, which would cancel newer ones."""
        working = ((order.symbol, order.order_id) for order in self._ledger.working())
        known = tuple(
            key
            for key in (*working, *self._ledger.awaited())
            if action.symbol in ("", key[0]) and key[0] in self._venue.symbols
        )
        yield from self._cancel_all(structs.replace(action, known=known))
        for symbol, order_id in known:
            self._expect_end(symbol, order_id)

    def _cancel_all(self, action: CancelAllOrders) -> Recipe[None]:
        asked = self._mono()
        try:
            yield from self._put(action)
        except UNKNOWN as doubt:
            for pause in PAUSES:
                try:
                    listed: tuple[Order, ...] = yield from self._put(GetOpenOrders(action.symbol))
                except ExchangeError:
                    pass  # whatever keeps us from asking says nothing about the orders
                else:
                    asked_ms = self._clock.ms(self._calls.now) - int((self._mono() - asked) * 1000)
                    if self._is_all_newer(asked_ms, listed, action.symbol):
                        return
                yield Sleep(pause)
            raise doubt

    def _is_all_newer(self, ms: int, listed: tuple[Order, ...], symbol: str) -> bool:
        """Whether nothing of `symbol`, or of all, works that is older: neither by the venue's list nor, since that may
        lag behind them, by the stream and the replies."""
        if any(symbol in ("", accepted) for accepted, _ in self._ledger.awaited()):
            return False
        known = (order for order in self._ledger.working() if symbol in ("", order.symbol))
        return all(order.created_ms > ms for order in (*listed, *known))

    def _clear_up(self, order: NewOrder, doubt: ExchangeError) -> Recipe[Order]:
        if isinstance(doubt, DuplicateClientOrderId):
            return (yield from self._take_for_retry(order, doubt))
        # Counted from the doubt, not from the asking: the request may have waited for the rate limit before it left.
        believe_after = self._mono() + self._venue.order_lifetime + LIFETIME_MARGIN
        return (yield from self._find_out(self._ledger.unresolved(order, believe_after), doubt))

    def _find_out(
        self, question: Question, doubt: ExchangeError, pauses: Iterable[float] | None = None
    ) -> Recipe[Order]:
        """Asks as often as there are `pauses` after the questions; PAUSES and the moment of certainty where none are
        named."""
        order = question.order
        for pause in self._pauses(question.believe_after) if pauses is None else pauses:
            told = self._ledger.find_client(order.client_order_id)
            if told is not None and is_amended(order, told):
                return told
            asked = self._mono()
            try:
                found: Order = yield from self._put(GetOrder(order.symbol, client_order_id=order.client_order_id))
            except OrderNotFound as nothing:
                if asked > question.believe_after and self.is_reconciled():
                    if self._ledger.question(order.client_order_id) == question:  # else it is placed anew by now
                        self._ledger.not_placed(order.client_order_id)
                    raise VenueUnavailable(
                        f"client_order_id={order.client_order_id}: nothing was placed; the venue did not accept it",
                        code=nothing.code,
                        venue_message=nothing.venue_message,
                    ) from nothing
            except ExchangeError as silence:
                doubt = silence  # whatever keeps us from asking says nothing about the order
            else:
                if is_amended(order, found) and question.may_be(found):
                    return found
            yield Sleep(pause)
        why = doubt.reason if isinstance(doubt, OutcomeUnknown) else doubt.message
        raise OutcomeUnknown(why, client_order_id=order.client_order_id)

    def _pauses(self, believe_after: float) -> Iterator[float]:
        """Between the questions after an order, one of which comes as soon as its answer can be believed."""
        for pause in PAUSES:
            rest = believe_after - self._mono()
            yield min(pause, rest + 0.1) if rest > 0 else pause
        rest = believe_after - self._mono()
        if rest > 0:
            yield rest + 0.1
        yield 0.0

    def _find_earlier(self, order: NewOrder) -> Recipe[Order | None]:
        """What became of an earlier order with this id; None where there was none."""
        question = self._ledger.question(order.client_order_id)
        if question is None:
            return (yield from self._find_from_before(order))
        if question.order != order:
            raise used_before(order.client_order_id)
        try:
            found = yield from self._find_out(question, OutcomeUnknown("", client_order_id=order.client_order_id))
        except VenueUnavailable:
            if self._ledger.question(order.client_order_id) is not None:
                raise
            return None
        self._expect(found)
        return found

    def _find_from_before(self, order: NewOrder) -> Recipe[Order | None]:
        """The order that a process before this one placed; None where there is none, and none can come any more."""
        client_id = order.client_order_id
        none_can_come_after = self._started.mono + self._venue.order_lifetime + LIFETIME_MARGIN
        oldest_ms = self._clock.ms(self._started) - int(RETRIES_END_AFTER * 1000)
        why = ""
        for pause in self._pauses(none_can_come_after):
            told = self._ledger.find_client(client_id)
            asked = self._mono()
            try:
                found = told or (yield from self._put(GetOrder(order.symbol, client_order_id=client_id)))
            except OrderNotFound:
                if asked > none_can_come_after:
                    return None
                why = "an order of this id that was sent before the connector started may still arrive"
            except ExchangeError as silence:
                why = f"whether an order of this id was placed before the connector started: {silence.message}"
            else:
                is_old = found.status.is_final and max(found.created_ms, found.update_ms) < oldest_ms
                if is_old and is_retry(order, found):
                    raise was_placed_before(found)
                return None if is_old else self._take_from_before(order, found)
            yield Sleep(pause)
        raise OutcomeUnknown(why, client_order_id=client_id)

    def _take_from_before(self, order: NewOrder, found: Order) -> Order:
        if not is_retry(order, found):
            raise used_before(order.client_order_id)
        if found.status.is_final and found.update_ms <= self._clock.ms(self._started):
            self._ledger.adopt(found)
        else:  # what became of it since we began is news
            self._expect(found)
        return found

    def _take_for_retry(self, order: NewOrder, duplicate: DuplicateClientOrderId) -> Recipe[Order]:
        """The id is in use: the same order again is a retry and gets the order it asked for the first time."""
        found = yield from self._look_up(order.symbol, 0, order.client_order_id)
        if found is None:
            if self._ledger.question(order.client_order_id) is None:
                self._ledger.not_placed(order.client_order_id)  # this one was refused, whatever stands
            raise OutcomeUnknown(
                "an order of this id works, and which one it is cannot be learned",
                client_order_id=order.client_order_id,
            ) from duplicate
        if is_retry(order, found):
            return found
        self._ledger.not_placed(order.client_order_id)
        raise duplicate

    def look_up(self, action: GetOrder) -> Recipe[Order]:
        """One order, as the venue knows it; as it was told, where the venue does not list it yet, or no more. Raises
        OutcomeUnknown where that may have changed meanwhile."""
        try:
            found: Order = yield from self._put(action)
        except OrderNotFound as error:
            known = self._ledger.known(action.symbol, action.order_id, action.client_order_id)
            if known is None:
                raise self._certain(error, action.client_order_id) from None
            if not known.status.is_final and not self.is_reconciled():
                why = "it worked when it was last told of, and the venue does not know it now"
                raise OutcomeUnknown(why, client_order_id=known.client_order_id) from None
            return known
        if found.status.is_final:
            self._expect_end(found.symbol, found.order_id, is_known=True)
        return found

    def _certain(self, error: ExchangeError, client_order_id: str) -> ExchangeError:
        """Not to be found says nothing of one that was sent and may still arrive."""
        if isinstance(error, OrderNotFound) and self._ledger.may_come(client_order_id):
            return OutcomeUnknown("it was sent, and may still arrive", client_order_id=client_order_id)
        return error

    def _put(self, action: Action) -> Recipe[Any]:
        """The venue's own recipe. What nobody foresaw (a reply that could be decoded and is nonsense all the same) is
        an UnexpectedReply: the order may stand."""
        try:
            return (yield from self._venue.recipe(action))
        except ExchangeError:
            raise
        except Exception as unforeseen:
            raise UnexpectedReply(f"the venue's reply makes no sense: {type(unforeseen).__name__}") from unforeseen

    def _look_up(self, symbol: str, order_id: int, client_order_id: str) -> Recipe[Order | None]:
        try:
            found: Order = yield from self._put(GetOrder(symbol, order_id, client_order_id))
        except ExchangeError:
            return None
        return found

    def _expect_end(self, symbol: str, order_id: int, client_order_id: str = "", *, is_known: bool = False) -> None:
        """The venue answered that an order has ended. `is_known`: only one that was told of counts."""
        known = self._ledger.known(symbol, order_id, client_order_id)
        if known is not None:
            order_id = known.order_id
        elif is_known:
            return
        if order_id:
            self._ledger.expect_end((symbol, order_id), self._mono() + SEEN_ON_STREAM_WITHIN)

    def _mono(self) -> float:
        return self._calls.now.mono

    def _ask(self, order: NewOrder) -> None:
        self._ledger.ask(order, self._clock.ms(self._calls.now))

    def _expect(self, order: Order) -> None:
        self._ledger.expect(order, self._mono() + SEEN_ON_STREAM_WITHIN)


def is_retry(order: NewOrder, known: Order) -> bool:
    """Whether `known` is what `order` asks for."""
    is_same_price = order.price is None or known.price == order.price
    is_same_time = order.type is OrderType.MARKET or known.time_in_force in (TimeInForce.UNSPECIFIED, time_asked(order))
    return is_same_price and is_same_time and known.quantity == order.quantity and is_amended(order, known)


def time_asked(order: NewOrder) -> TimeInForce:
    """As every venue tells it of a limit order. Of a market order each says what it likes."""
    if order.post_only:
        return TimeInForce.GTX
    return order.time_in_force or TimeInForce.GTC


def is_amended(order: NewOrder, known: Order) -> bool:
    """Whether `known` is what `order` asks for, or what another program has made of it."""
    return (
        known.client_order_id == order.client_order_id
        and known.symbol == order.symbol
        and known.side is order.side
        and known.type is order.type
        and known.reduce_only == order.reduce_only
    )


def was_placed_before(found: Order) -> DuplicateClientOrderId:
    """What to tell who asks for an order that was placed and ended long before the start."""
    return DuplicateClientOrderId(
        f"client_order_id {found.client_order_id} was used for such an order before, which ended {found.status.name} "
        f"with {found.executed_qty} executed (order {found.order_id}); nothing was placed: a new one needs another id"
    )


def used_before(client_order_id: str) -> DuplicateClientOrderId:
    """What to tell who asks for another order than the one that has this id."""
    return DuplicateClientOrderId(f"client_order_id {client_order_id} was used for another order before")
