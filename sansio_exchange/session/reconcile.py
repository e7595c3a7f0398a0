"""After an interruption: ask the venue what we missed, and tell exactly that.

Asked are the open orders, each order that was last seen working and is not among them, each order of which nobody
knows what became of it, the account, and the fills since we last heard of one, of every symbol that
any of this points to. What the stream says meanwhile is held by the caller and applied afterwards: the ledger lets
through what the truth did not contain.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct, structs

from sansio_exchange.account import Account, Position
from sansio_exchange.commands import Action, FetchExchangeInfo, GetAccount, GetFills, GetOpenOrders, GetOrder
from sansio_exchange.errors import OrderNotFound
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderUpdate
from sansio_exchange.session.account_book import AccountBook
from sansio_exchange.session.delisted import REFUSALS, is_delisted
from sansio_exchange.session.order_ledger import Key, OrderLedger
from sansio_exchange.venue import Recipe, Sleep, Together, Venue

WAITS_FOR_FILLS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds between looks at the fills: venues list them later than they count them in the order."""
WAITS_FOR_ORDERS = (0.5, 1.0, 2.0)
"""Seconds between looks for an order that worked or was accepted and is not known: lists lag behind the matching
engine, and the end of an order must not be made up."""


class Truth(Struct, frozen=True):
    """What the venue says: the account, the orders that concern us, and all fills asked for, oldest first."""

    account: Account
    orders: tuple[Order, ...]
    fills: tuple[Fill, ...] = ()
    vanished: tuple[Order, ...] = ()
    """Orders last seen working which the venue does not know any more."""
    never_accepted: tuple[str, ...] = ()
    """Client order ids of orders that were lost on the way: the venue does not know them, and never will."""
    disowned: tuple[Key, ...] = ()
    """Orders that the venue accepted, or told fills of, and does not know; and those that were looked for and ended
    before the session began."""


def ask_for_first_truth(venue: Venue) -> Recipe[Truth]:
    """How things stand when we begin; the fills are those of the open orders, by which their past is known again."""
    open_orders: tuple[Order, ...] = yield from venue.recipe(GetOpenOrders())
    account: Account = yield from venue.recipe(GetAccount())
    fills: dict[tuple[str, int, str], Fill] = {}
    begun = [order for order in open_orders if order.executed_qty]
    yield from _ask_for_fills(venue, [GetFills(each.symbol, each.created_ms, each.order_id) for each in begun], fills)
    return Truth(account, tuple(open_orders), tuple(sorted(fills.values(), key=_in_order)))


def adopt(ledger: OrderLedger, truth: Truth) -> None:
    """Take the first truth for what was before our time."""
    fills = _by_order(truth.fills)
    for order in truth.orders:
        ledger.adopt(order, fills.get(_key(order), ()))


def ask_for_truth(
    venue: Venue,
    ledger: OrderLedger,
    book: AccountBook,
    since_ms: int,
    begun_ms: int,
    mono: Callable[[], float],
    ended: Container[Key] = (),
    suspected: Callable[[Iterable[Position]], set[str]] = lambda _positions: set(),
) -> Recipe[Truth]:
    """`since_ms` is when something last was heard, `begun_ms` when the session began: fills from before are not news.
    `ended` are orders of which the stream has told the end and each fill, which are told after the truth. Of those that
    were accepted meanwhile the stream tells: were they asked for, one by one, a busy account would never be done.
    `suspected(positions)` are symbols whose fills are asked for in any case.

    Raises what a question raised; then nothing has changed and asking again is safe.
    """
    open_orders: tuple[Order, ...] = yield from venue.recipe(GetOpenOrders())
    account: Account = yield from venue.recipe(GetAccount())
    orders = {_key(order): order for order in open_orders}

    gone = {_key(order): order for order in ledger.working() if _key(order) not in orders}
    awaited = [key for key in ledger.awaited() if key not in ended]
    surely_known = {*gone, *awaited}
    asked = dict.fromkeys((*gone, *awaited, *ledger.short(), *ledger.looked_for()))
    unknown = yield from _look_up(venue, [GetOrder(*key) for key in asked if key not in orders], orders)
    old = [key for key in ledger.looked_for() if key in orders and _is_before(orders[key], begun_ms)]
    for key in old:
        del orders[key]
    for wait in WAITS_FOR_ORDERS:
        missing = [question for question in unknown if (question.symbol, question.order_id) in surely_known]
        if not missing:
            break
        yield Sleep(wait)
        still = yield from _look_up(venue, missing, orders)
        unknown = [question for question in unknown if question not in missing or question in still]
    questions, asked_at = ledger.open_questions(), mono()
    by_client_id = [GetOrder(each.order.symbol, 0, each.order.client_order_id) for each in questions]
    found: dict[Key, Order] = {}
    not_placed = {question.client_order_id for question in (yield from _look_up(venue, by_client_id, found))}
    for question in questions:
        for order in found.values():
            if order.client_order_id == question.order.client_order_id:
                if question.may_be(order):
                    orders[_key(order)] = order
                else:
                    not_placed.add(order.client_order_id)
    lost = [each.order.client_order_id for each in questions if each.believe_after < asked_at]

    symbols = {order.symbol for order in orders.values() if _is_news(ledger, order)}
    symbols |= {order.symbol for order in gone.values()} | _moved_positions(book, account)
    symbols |= suspected(account.positions)
    if book.account is None or book.account.wallet_balance != account.wallet_balance:
        symbols |= ledger.symbols()  # another program may have opened and closed a position: its fees show that
    fills: dict[tuple[str, int, str], Fill] = {}
    yield from _ask_for_fills(venue, [GetFills(symbol, since_ms) for symbol in sorted(symbols)], fills, begun_ms)
    of_unknown = sorted({key[:2] for key in fills} - orders.keys() - set(ledger.awaited()))
    yield from _look_up(venue, [GetOrder(*key) for key in of_unknown if ledger.find(*key) is None], orders)
    for wait in WAITS_FOR_FILLS:
        by_order = _by_order(fills.values())
        late = [order for order in orders.values() if ledger.lacks_fills(order, by_order.get(_key(order), ()))]
        if not late:
            break
        if wait:
            yield Sleep(wait)
        yield from _ask_for_fills(
            venue, [GetFills(each.symbol, each.created_ms, each.order_id) for each in late], fills, begun_ms
        )

    not_known = {(question.symbol, question.order_id) for question in unknown}
    return Truth(
        account,
        tuple(orders.values()),
        tuple(sorted(fills.values(), key=_in_order)),
        vanished=tuple(order for key, order in gone.items() if key in not_known),
        never_accepted=tuple(client_id for client_id in lost if client_id in not_placed),
        disowned=(*(key for key in asked if key in not_known and key not in gone), *old),
    )


def missed(ledger: OrderLedger, truth: Truth) -> Iterator[OrderUpdate]:
    """What of the truth is news, in order per order; the ledger knows of each what it has told by then, and all of it
    when the last was taken."""
    return (update for update in _what_is_told(ledger, truth) if update is not None)


def _what_is_told(ledger: OrderLedger, truth: Truth) -> Iterator[OrderUpdate | None]:
    fills = _by_order(truth.fills)
    ledger.withheld.clear()
    for order in truth.orders:
        if ledger.find(*_key(order)) is None:
            yield ledger.apply(OrderUpdate(_as_accepted(order)))
        yield from _tell_fills(ledger, order, fills.pop(_key(order), []))
        yield ledger.apply(OrderUpdate(order))
    for order in truth.vanished:
        yield from _tell_fills(ledger, order, fills.pop(_key(order), []), is_complete=True)
        known = ledger.find(*_key(order)) or order
        if not known.status.is_final:
            reason = "the venue does not know the order any more"
            yield ledger.apply(OrderUpdate(structs.replace(known, status=OrderStatus.EXPIRED, reason=reason)))
    for key, late in fills.items():
        accepted = ledger.accepted(key)
        if accepted is not None:  # meanwhile: the order itself was asked for by nobody
            yield ledger.apply(OrderUpdate(_as_accepted(accepted)))
        known_of = ledger.find(*key)
        if known_of is not None:
            yield from _tell_fills(ledger, known_of, late, is_complete=accepted is not None)
    for client_id in truth.never_accepted:
        ledger.not_placed(client_id)
    for key in truth.disowned:
        ledger.disown(key)


def _tell_fills(
    ledger: OrderLedger, order: Order, fills: Iterable[Fill], *, is_complete: bool = False
) -> Iterator[OrderUpdate | None]:
    """Those not told yet, but none that would complete an order that the venue lists as working: it came after that,
    and what the stream said meanwhile, or the next look, tells whether the order was enlarged. `is_complete`: it is not
    listed, so what would complete it did."""
    for fill in fills:
        if ledger.has_fill(fill):
            continue
        after = ledger.after(order, fill)
        if after.status.is_final and not order.status.is_final and not is_complete:
            ledger.withheld.append(fill)
            break
        yield ledger.apply(OrderUpdate(after, fill))


def _as_accepted(order: Order) -> Order:
    """How an order of which nothing was told began."""
    return structs.replace(
        order,
        status=OrderStatus.NEW,
        executed_qty=ZERO,
        avg_price=ZERO,
        update_ms=order.created_ms or order.update_ms,
        reason="",
    )


def _look_up(venue: Venue, questions: list[GetOrder], orders: dict[Key, Order]) -> Recipe[list[GetOrder]]:
    """Add the orders asked for to `orders`; returns the questions to which the venue says: no such order. No such
    symbol says as much of an order that has an id, and so was accepted; whether one was placed at all it does not say.
    """
    unknown = []
    for question, outcome in zip(questions, (yield from _ask_all(venue, questions)), strict=True):
        if isinstance(outcome, Order):
            orders[_key(outcome)] = outcome
        elif isinstance(outcome, OrderNotFound) or question.order_id:
            unknown.append(question)
    return unknown


def _ask_for_fills(
    venue: Venue, questions: list[GetFills], fills: dict[tuple[str, int, str], Fill], begun_ms: int = 0
) -> Recipe[None]:
    """Add to `fills` what is listed and happened after `begun_ms`."""
    for outcome in (yield from _ask_all(venue, questions)):
        if not isinstance(outcome, Exception):
            fills.update(
                ((fill.symbol, fill.order_id, fill.trade_id), fill) for fill in outcome if fill.time_ms > begun_ms
            )


def _ask_all(venue: Venue, questions: Sequence[GetOrder | GetFills]) -> Recipe[list[Any]]:
    """One answer for each; raises what no answer is. A symbol that is not listed any more has none."""
    if not questions:
        return []
    outcomes: list[Any] = yield Together(tuple(_ask(venue, question) for question in questions))
    if any(isinstance(outcome, REFUSALS) for outcome in outcomes):
        yield from venue.recipe(FetchExchangeInfo())
    for question, outcome in zip(questions, outcomes, strict=True):
        if isinstance(outcome, OrderNotFound) or is_delisted(question.symbol, outcome, venue):
            continue
        if isinstance(outcome, Exception):
            raise outcome
    return outcomes


def _ask(venue: Venue, question: Action) -> Recipe[Any]:
    return (yield from venue.recipe(question))


def _moved_positions(book: AccountBook, account: Account) -> set[str]:
    before = {position.symbol: position.size for position in book.positions()}
    after = {position.symbol: position.size for position in account.positions if position.size}
    return {symbol for symbol in before | after if before.get(symbol) != after.get(symbol)}


def _is_news(ledger: OrderLedger, order: Order) -> bool:
    known = ledger.find(order.symbol, order.order_id)
    return order.executed_qty != (known.executed_qty if known else ZERO)


def _is_before(order: Order, begun_ms: int) -> bool:
    return order.status.is_final and 0 < order.update_ms <= begun_ms


def _by_order(fills: Iterable[Fill]) -> dict[Key, list[Fill]]:
    sorted_out: dict[Key, list[Fill]] = {}
    for fill in fills:
        sorted_out.setdefault((fill.symbol, fill.order_id), []).append(fill)
    return sorted_out


def _key(order: Order) -> Key:
    return order.symbol, order.order_id


def _in_order(fill: Fill) -> tuple[int, int, str]:
    return fill.time_ms, int(fill.trade_id) if fill.trade_id.isdigit() else 0, fill.trade_id
