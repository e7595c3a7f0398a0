"""What we know of every order, and so what of a venue's message is news.

Venues repeat themselves, after a reconnect most of all, and sockets, replies and lists overtake each other. The ledger
lets each change through once and in order:

- a fill is news once, by its trade id;
- the executed quantity never shrinks, a status never goes back, a final order stays as it ended.

It also keeps count of what is owed: accepted orders on which the stream is silent, orders of which nobody knows whether
they stand, executions that were counted but never named.

Every change of it can be noted (memory.py), and a ledger to which the notes are read knows the same.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from heapq import nlargest
from itertools import chain
from math import inf

from msgspec import Struct, structs

from sansio_exchange.clock import end_of
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderUpdate
from sansio_exchange.session.memory import (
    Accepted,
    Asked,
    Banned,
    Began,
    Known,
    Line,
    NotPlaced,
    Owner,
    Unknown,
    Untold,
)

FINAL_KEPT = 20_000
"""Ended orders remembered, for late repetitions: about half an hour at ten orders a second."""

CLOCKS_DIFFER_MS = 60_000
"""An order that was made so long before ours was asked for is another one of the same id; one a little older may be
ours, by another clock."""

_EXECUTING = (OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED)

Key = tuple[str, int]
"""(symbol, order id): Binance's order ids are unique per symbol only."""


class Question(Struct, frozen=True):
    """An order that left and was not answered. "No such order" is no answer before `believe_after` (mono), and an order
    of its id that was made before `since_ms` (the venue's time) is an older one."""

    order: NewOrder
    believe_after: float
    since_ms: int = 0

    def may_be(self, found: Order) -> bool:
        """Whether that is the order, by its age."""
        return _is_since(found, self.since_ms)


class _Entry:
    """One order as last published, and the fills that were: their trade ids and the sum of their quantities.

    `nameless` of that sum are executions until `nameless_until_ms` that nobody named: those from before our time, until
    `past_until_ms`, that the venue had not listed yet, and those that it never listed. Their fills may still come.
    """

    __slots__ = ("filled", "nameless", "nameless_until_ms", "order", "past_until_ms", "trade_ids")

    def __init__(self, order: Order) -> None:
        self.order = order
        self.filled = ZERO
        self.trade_ids: set[str] = set()
        self.nameless = ZERO
        self.nameless_until_ms = 0
        self.past_until_ms = 0

    def leave_nameless(self) -> None:
        """What the order counts now and no fill named is counted as if one had."""
        self.nameless += self.order.executed_qty - self.filled
        self.filled = self.order.executed_qty
        self.nameless_until_ms = end_of(self.order.update_ms)

    def counts(self, fill: Fill) -> bool:
        """Whether `fill` is one that was counted without its name."""
        return fill.quantity <= self.nameless and fill.time_ms <= self.nameless_until_ms

    def add(self, fill: Fill) -> None:
        """`fill` is known from now on."""
        if self.counts(fill):
            self.nameless -= fill.quantity
        else:
            self.filled += fill.quantity  # it may run ahead of a state to come
        self.trade_ids.add(fill.trade_id)


class _Accepted:
    """An order that the venue accepted by reply; the stream must speak of it until `by` (mono)."""

    __slots__ = ("by", "order", "was_missed")

    def __init__(self, order: Order, by: float) -> None:
        self.order = order
        self.by = by
        self.was_missed = False
        """Whether the venue did not know it when it was looked for."""


def _nobody_notes(_line: Line) -> None: ...


class OrderLedger:
    """Orders by (symbol, order id). `note` is called with each change that is to outlive the process."""

    def __init__(self) -> None:
        self.note: Callable[[Line], None] = _nobody_notes
        self._entries: dict[Key, _Entry] = {}
        self._by_client_id: dict[str, Key] = {}
        self._ended: deque[Key] = deque()
        self._awaited: dict[Key, _Accepted] = {}
        self._asked: dict[str, Asked] = {}
        self._questions: dict[str, Question] = {}
        self._short: dict[Key, None] = {}
        self._looked_for: dict[Key, None] = {}
        self._ending: dict[Key, float] = {}
        """By when (mono) the stream must tell of the end of each of these."""
        self.has_gap = False
        """Whether an update told of more executions than it and its predecessors named; the owner resets it."""
        self.withheld: list[Fill] = []
        """Fills that the last look found and that were not told, because each would complete an order that the venue
        lists as working: the list is late, or the order was enlarged."""

    def __len__(self) -> int:
        return len(self._entries)

    # --- what is known ----------------------------------------------------------------------------------------

    def find(self, symbol: str, order_id: int) -> Order | None:
        """The order as last published."""
        entry = self._entries.get((symbol, order_id))
        return entry.order if entry else None

    def accepted(self, key: Key) -> Order | None:
        """The order as the venue accepted it, while the stream has said nothing of it."""
        accepted = self._awaited.get(key)
        return accepted.order if accepted else None

    def find_client(self, client_order_id: str) -> Order | None:
        """The order of that client order id, as last published or else as the venue accepted it."""
        key = self._by_client_id.get(client_order_id)
        if key is None:
            return None
        entry = self._entries.get(key)
        return entry.order if entry else self._awaited[key].order

    def known(self, symbol: str, order_id: int, client_order_id: str) -> Order | None:
        """The order of either id, as last published or else as the venue accepted it."""
        if order_id:
            return self.find(symbol, order_id) or self.accepted((symbol, order_id))
        found = self.find_client(client_order_id)
        return found if found is not None and found.symbol == symbol else None

    def working(self) -> Iterator[Order]:
        """Orders last seen working."""
        return (entry.order for entry in self._entries.values() if not entry.order.status.is_final)

    @property
    def has_open(self) -> bool:
        """Whether an order works, or may for all that is known."""
        return bool(self._awaited or self._asked or self._questions) or any(True for _ in self.working())

    def newest(self, number: int) -> list[Order]:
        """So many orders at most: those that work first, then those that ended, the newest of each first."""
        told = (entry.order for entry in self._entries.values())
        accepted = (accepted.order for accepted in self._awaited.values())
        return nlargest(number, chain(told, accepted), key=lambda each: (not each.status.is_final, each.update_ms))

    def forget(self) -> None:
        """All of it is another account's."""
        self._entries.clear()
        self._by_client_id.clear()
        self._ended.clear()
        self._awaited.clear()
        self._asked.clear()
        self._questions.clear()
        self._short.clear()
        self._looked_for.clear()
        self._ending.clear()
        self.withheld.clear()
        self.has_gap = False

    def symbols(self) -> set[str]:
        """Those of all orders remembered."""
        return {symbol for symbol, _ in self._entries}

    def named(self, key: Key) -> Decimal:
        """How much of what the order has executed is accounted for."""
        entry = self._entries.get(key)
        return entry.filled if entry else ZERO

    def has_fill(self, fill: Fill) -> bool:
        entry = self._entries.get((fill.symbol, fill.order_id))
        return entry is not None and fill.trade_id in entry.trade_ids

    # --- what outlives the process ----------------------------------------------------------------------------

    def read(self, line: Line) -> None:
        """Know what an earlier ledger noted."""
        match line:
            case OrderUpdate():
                self.apply(line)
            case Asked():
                self._asked[line.order.client_order_id] = line
            case Accepted():
                self.expect(line.order, inf)
            case NotPlaced():
                self.not_placed(line.client_order_id)
            case Unknown():
                self.stop_awaiting((line.symbol, line.order_id))
            case Known():
                self._read_known(line)
            case Began() | Untold() | Owner() | Banned():
                pass

    def _read_known(self, line: Known) -> None:
        key = line.order.symbol, line.order.order_id
        entry = self._entries.get(key)
        if entry is None:
            self._forget_owed(line.order)
            entry = self._remember(line.order)
        elif line.order.status.is_final and not entry.order.status.is_final:
            self._end(key)
        entry.order, entry.filled, entry.trade_ids = line.order, line.filled, set(line.trade_ids)
        entry.nameless, entry.nameless_until_ms = line.nameless, line.nameless_until_ms
        entry.past_until_ms = line.past_until_ms
        self._short.pop(key, None)
        if entry.filled < entry.order.executed_qty:
            self._short[key] = None

    def newest_ms(self) -> int:
        """When something was last told of an order, 0 where nothing was."""
        return max((entry.order.update_ms for entry in self._entries.values()), default=0)

    def lines(self, since_ms: int) -> Iterator[Line]:
        """All that is known, without orders that ended before `since_ms`."""
        for entry in self._entries.values():
            if not entry.order.status.is_final or entry.order.update_ms >= since_ms:
                yield _known(entry)
        for accepted in self._awaited.values():
            yield Accepted(accepted.order)
        yield from self._asked.values()

    # --- what is owed -------------------------------------------------------------------------------------------

    def ask(self, order: NewOrder, ms: int) -> None:
        """`order` is about to leave, at that time of the venue."""
        asked = self._asked[order.client_order_id] = Asked(order, ms)
        self.note(asked)

    def asked(self) -> list[Asked]:
        """Orders that may have left and of which nothing is known."""
        return list(self._asked.values())

    def expect(self, order: Order, by: float) -> None:
        """The venue accepted `order` by reply; the stream must speak of it until `by` (mono), or it is not alive."""
        key = order.symbol, order.order_id
        was_asked = self._asked.pop(order.client_order_id, None) is not None
        self._questions.pop(order.client_order_id, None)
        is_new = key not in self._entries and key not in self._awaited
        if is_new:
            self._awaited[key] = _Accepted(order, by)
            self._by_client_id[order.client_order_id] = key
        if is_new or was_asked:
            self.note(Accepted(order))

    def overdue(self, mono: float) -> list[Key]:
        """Accepted orders of which the stream has said nothing in time."""
        return [key for key, accepted in self._awaited.items() if accepted.by <= mono]

    def next_overdue(self) -> float | None:
        """When the first accepted order, or the first end of one, will be overdue on the stream."""
        return min((*(accepted.by for accepted in self._awaited.values()), *self._ending.values()), default=None)

    def expect_end(self, key: Key, by: float) -> None:
        """The venue answered that it has ended; the stream must tell of that until `by` (mono), or it is asked for."""
        entry = self._entries.get(key)
        if entry is None or not entry.order.status.is_final:
            self._ending.setdefault(key, by)

    def look_for_ended(self, mono: float) -> bool:
        """Of which orders that ended the stream did not tell in time is to be asked, once. Whether there are any."""
        late = [key for key, by in self._ending.items() if by <= mono]
        for key in late:
            del self._ending[key]
            self.look_for(key)
        return bool(late)

    def awaited(self) -> list[Key]:
        """Accepted orders of which the stream has said nothing yet."""
        return list(self._awaited)

    def await_anew(self, by: float) -> None:
        """The stream begins now: what it has not spoken of yet it must until `by` (mono)."""
        for accepted in self._awaited.values():
            accepted.by = by
        self._ending = dict.fromkeys(self._ending, by)

    def look_for(self, key: Key) -> None:
        """There are fills of an order that lack what became of it, or the venue answered that it has ended."""
        self.has_gap = True
        if key not in self._entries:
            self._looked_for[key] = None

    def looked_for(self) -> list[Key]:
        """Orders that nobody told of, and that exist by their fills or by an answer of the venue's."""
        return list(self._looked_for)

    def disown(self, key: Key) -> None:
        """The venue does not know what it told fills of, or what it accepted. The latter is believed the second time:
        what it lists may be late, and an order that is forgotten may be placed again."""
        accepted = self._awaited.get(key)
        if accepted is None or accepted.was_missed:
            self.stop_awaiting(key)
        else:
            accepted.was_missed = True

    def stop_awaiting(self, key: Key) -> None:
        """No such order is known to the venue."""
        self._looked_for.pop(key, None)
        self.note(Unknown(*key))
        accepted = self._awaited.pop(key, None)
        if accepted is not None and self._by_client_id.get(accepted.order.client_order_id) == key:
            del self._by_client_id[accepted.order.client_order_id]

    def unresolved(self, order: NewOrder, believe_after: float) -> Question:
        """Nobody knows what became of this order; it is asked for until somebody does."""
        asked = self._asked.get(order.client_order_id)
        since_ms = _since_ms(asked) if asked is not None else 0
        question = self._questions[order.client_order_id] = Question(order, believe_after, since_ms)
        return question

    def not_placed(self, client_order_id: str) -> None:
        """An order that was asked for does not stand, and never will."""
        self._questions.pop(client_order_id, None)
        if self._asked.pop(client_order_id, None) is not None:
            self.note(NotPlaced(client_order_id))

    def question(self, client_order_id: str) -> Question | None:
        """What is still to be found out about an order."""
        return self._questions.get(client_order_id)

    def may_come(self, client_order_id: str) -> bool:
        """Whether an order of that id has been sent and nobody knows what became of it."""
        return client_order_id in self._asked or client_order_id in self._questions

    def open_questions(self) -> list[Question]:
        return list(self._questions.values())

    def short(self) -> list[Key]:
        """Orders with more executed than their fills, as far as they were told, add up to."""
        return list(self._short)

    def lacks_fills(self, order: Order, found: Iterable[Fill]) -> bool:
        """Whether `order` has executions that neither were told nor are among `found`, its fills."""
        entry = self._entries.get((order.symbol, order.order_id))
        known = entry.filled if entry else ZERO
        new = sum((fill.quantity for fill in found if entry is None or fill.trade_id not in entry.trade_ids), ZERO)
        return known + new < order.executed_qty

    def write_off(self) -> list[Key]:
        """Stop looking for fills that the venue does not list; returns whose."""
        short, self._short = list(self._short), {}
        for key in short:
            self._entries[key].leave_nameless()
            self.note(_known(self._entries[key]))
        return short

    # --- what is news -------------------------------------------------------------------------------------------

    def adopt(self, order: Order, fills: Iterable[Fill] = ()) -> None:
        """Know an order from before our time: its past is not news. `fills` are its own, oldest first; those that are
        not in its executed quantity yet belong to what comes."""
        if (order.symbol, order.order_id) in self._entries:
            return
        self._forget_owed(order)
        entry = self._remember(order)
        entry.past_until_ms = end_of(order.update_ms)
        for fill in fills:
            if entry.filled + fill.quantity > order.executed_qty or fill.time_ms > entry.past_until_ms > 0:
                break
            entry.add(fill)
        entry.leave_nameless()
        self.note(_known(entry))

    def apply(self, update: OrderUpdate) -> OrderUpdate | None:
        """What of `update` is news, or None. Cumulative figures never go back."""
        order, fill = update.order, update.fill
        key = order.symbol, order.order_id
        entry = self._entries.get(key)
        if entry is None:
            self._forget_owed(order)
            entry = self._remember(order)
            self._count(key, entry, order, fill, short_before=ZERO)
            self.note(update)
            return update
        known = entry.order
        if fill is not None:
            if fill.trade_id in entry.trade_ids:
                fill = None
            elif fill.time_ms <= entry.past_until_ms and entry.counts(fill):
                entry.add(fill)
                fill = None
        merged = later_of(known, order)
        if fill is None and _same_state(merged, known):
            entry.order = structs.replace(known, avg_price=merged.avg_price)  # the venue's own figure, not our estimate
            return None
        self._count(key, entry, merged, fill, short_before=known.executed_qty - entry.filled)
        if merged.status.is_final and not known.status.is_final:
            self._end(key)
        news = OrderUpdate(merged, fill)
        self.note(news)
        return news

    def after(self, order: Order, fill: Fill) -> Order:
        """The state of `order` (as it is now) right after a missed `fill`, and before what else became of it."""
        entry = self._entries.get((order.symbol, order.order_id))
        executed, before, spent = fill.quantity, ZERO, ZERO
        if entry is not None:
            before = entry.order.executed_qty
            executed = min(entry.filled + fill.quantity, order.quantity)
            if entry.counts(fill) or executed <= before:
                return _with_average(entry.order, order)
            spent = entry.order.avg_price * before
        if executed == order.executed_qty and order.status in _EXECUTING:
            return order
        spent += fill.price * (executed - before)
        return structs.replace(
            order,
            executed_qty=executed,
            avg_price=order.avg_price if executed == order.executed_qty else spent / executed,
            status=OrderStatus.FILLED if executed >= order.quantity else OrderStatus.PARTIALLY_FILLED,
            update_ms=fill.time_ms,
            reason="",
        )

    def _count(self, key: Key, entry: _Entry, order: Order, fill: Fill | None, *, short_before: Decimal) -> None:
        entry.order = order
        if fill is not None:
            entry.add(fill)
        short = order.executed_qty - entry.filled
        if short > ZERO:
            self._short[key] = None
            self.has_gap = self.has_gap or short > short_before
        else:
            self._short.pop(key, None)

    def _forget_owed(self, order: Order) -> None:
        self._looked_for.pop((order.symbol, order.order_id), None)
        self._awaited.pop((order.symbol, order.order_id), None)
        asked = self._asked.get(order.client_order_id)
        if asked is None or _may_be(order, asked):  # else another program used the id, elsewhere or before
            self._asked.pop(order.client_order_id, None)
            self._questions.pop(order.client_order_id, None)

    def _remember(self, order: Order) -> _Entry:
        key = order.symbol, order.order_id
        entry = self._entries[key] = _Entry(order)
        if order.client_order_id and order.client_order_id not in self._asked:  # else it is another one of that id
            self._by_client_id[order.client_order_id] = key
        if order.status.is_final:
            self._end(key)
        return entry

    def _end(self, key: Key) -> None:
        self._ending.pop(key, None)
        self._ended.append(key)
        if len(self._ended) > FINAL_KEPT:
            oldest = self._ended.popleft()
            self._short.pop(oldest, None)
            entry = self._entries.pop(oldest)
            if self._by_client_id.get(entry.order.client_order_id) == oldest:
                del self._by_client_id[entry.order.client_order_id]


def _since_ms(asked: Asked) -> int:
    """Since when an order may be the one that was asked for."""
    return asked.ms - CLOCKS_DIFFER_MS


def _is_since(order: Order, ms: int) -> bool:
    return not order.created_ms or order.created_ms >= ms


def _may_be(order: Order, asked: Asked) -> bool:
    return order.symbol == asked.order.symbol and _is_since(order, _since_ms(asked))


def _known(entry: _Entry) -> Known:
    trade_ids = tuple(sorted(entry.trade_ids))
    return Known(entry.order, entry.filled, trade_ids, entry.nameless, entry.nameless_until_ms, entry.past_until_ms)


def later_of(known: Order, told: Order) -> Order:
    """The state that lies further on; an amended price or quantity is taken over while the order works."""
    told = _with_average(told, known)
    if known.status.is_final:
        if told.executed_qty > known.executed_qty:
            return structs.replace(
                known, executed_qty=told.executed_qty, avg_price=told.avg_price, update_ms=told.update_ms
            )
        return _with_average(known, told)
    if told.executed_qty < known.executed_qty:
        if told.status.is_final:
            return structs.replace(known, status=told.status, update_ms=told.update_ms, reason=told.reason)
        return known
    if told.status.is_final or told.executed_qty > known.executed_qty:
        return told if told.status >= known.status else structs.replace(told, status=known.status)
    if told.status < known.status or told.update_ms < known.update_ms:
        return known  # what else it says is old: a price from before an amendment must not come back
    return told


def _with_average(order: Order, other: Order) -> Order:
    """With the price that `other` knows of the same executions: Bitget leaves it out where an order is cancelled."""
    if order.avg_price or order.executed_qty != other.executed_qty:
        return order
    return structs.replace(order, avg_price=other.avg_price)


def _same_state(one: Order, other: Order) -> bool:
    return (
        one.status is other.status
        and one.executed_qty == other.executed_qty
        and one.price == other.price
        and one.quantity == other.quantity
    )
