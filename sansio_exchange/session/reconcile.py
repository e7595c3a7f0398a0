"""After an interruption: ask the venue what we missed, and tell exactly that.

Asked are the open orders, each order that was last seen working and is not among them, each order of which nobody
knows what became of it, the account, and the fills since we last heard of one, of every symbol that
any of this points to.
"""

from collections.abc import Iterable

from msgspec import Struct, structs

from sansio_exchange.account import Account
from sansio_exchange.commands import GetAccount, GetFills, GetOpenOrders, GetOrder
from sansio_exchange.errors import OrderNotFound
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderUpdate
from sansio_exchange.session.account_book import AccountBook
from sansio_exchange.session.order_ledger import OrderLedger, with_fill
from sansio_exchange.venue import Recipe, Sleep, Together, Venue

WAITS_FOR_FILLS = (0.5, 1.0, 2.0, 4.0)
"""Seconds between looks at the fills: venues list them later than they count them in the order."""


class Truth(Struct, frozen=True):
    """What the venue says: the account, the orders that concern us, and all fills asked for, oldest first."""

    account: Account
    orders: tuple[Order, ...]
    fills: tuple[Fill, ...]
    vanished: tuple[Order, ...]
    """Orders last seen working which the venue does not know any more."""


def ask_for_truth(venue: Venue, ledger: OrderLedger, book: AccountBook, since_ms: int) -> Recipe[Truth]:
    """Raises what a question raised; then nothing has changed and asking again is safe."""
    open_orders: tuple[Order, ...] = yield from venue.recipe(GetOpenOrders())
    account: Account = yield from venue.recipe(GetAccount())
    orders = {(order.symbol, order.order_id): order for order in open_orders}
    gone = [order for order in ledger.working() if (order.symbol, order.order_id) not in orders]
    questions = [GetOrder(order.symbol, order.order_id) for order in gone]
    questions += [GetOrder(*key) for key in ledger.awaited() if key not in orders]
    questions += [GetOrder(order.symbol, 0, order.client_order_id) for order in ledger.open_questions()]
    vanished = yield from _look_up(venue, questions, orders, gone)
    symbols = {order.symbol for order in orders.values() if _is_news(ledger, order)}
    symbols |= {order.symbol for order in gone} | _moved_positions(book, account)
    fills = yield from _ask_for_fills(venue, sorted(symbols), since_ms)
    unknown = {(fill.symbol, fill.order_id) for fill in fills} - orders.keys()
    news = [GetOrder(*key) for key in sorted(unknown) if ledger.find(*key) is None]
    yield from _look_up(venue, news, orders, [])
    for wait in WAITS_FOR_FILLS:
        late = {order.symbol for order in orders.values() if _lacks_fills(ledger, order, fills)}
        if not late:
            break
        yield Sleep(wait)
        fills = [fill for fill in fills if fill.symbol not in late]
        fills += yield from _ask_for_fills(venue, sorted(late), since_ms)
    return Truth(account, tuple(orders.values()), tuple(sorted(fills, key=_in_order)), vanished)


def missed(ledger: OrderLedger, truth: Truth) -> list[OrderUpdate]:
    """What of the truth is news, in order per order; the ledger knows it afterwards."""
    told: list[OrderUpdate | None] = []
    for order in truth.orders:
        fills = [fill for fill in _of(order, truth.fills) if not ledger.has_fill(fill)]
        state = ledger.find(order.symbol, order.order_id)
        if state is None:
            state = structs.replace(order, status=OrderStatus.NEW, executed_qty=ZERO, avg_price=ZERO)
            told.append(ledger.apply(OrderUpdate(state)))
        for fill in fills:
            state = with_fill(state, fill)
            if state.executed_qty == order.executed_qty:
                state = structs.replace(state, avg_price=order.avg_price)
            told.append(ledger.apply(OrderUpdate(state, fill)))
        told.append(ledger.apply(OrderUpdate(order)))
    known = {(order.symbol, order.order_id) for order in truth.orders}
    for fill in truth.fills:
        order_known = ledger.find(fill.symbol, fill.order_id)
        if (fill.symbol, fill.order_id) not in known and order_known is not None and not ledger.has_fill(fill):
            told.append(ledger.apply(OrderUpdate(order_known, fill)))
    for order in truth.vanished:
        ended = structs.replace(order, status=OrderStatus.EXPIRED, reason="the venue does not know the order any more")
        told.append(ledger.apply(OrderUpdate(ended)))
    ledger.has_gap = False
    return [update for update in told if update is not None]


def _look_up(
    venue: Venue, questions: list[GetOrder], orders: dict[tuple[str, int], Order], gone: list[Order]
) -> Recipe[tuple[Order, ...]]:
    """Add the orders asked for to `orders`; returns those of `gone` that the venue does not know."""
    if not questions:
        return ()
    outcomes = yield Together(tuple(venue.recipe(question) for question in questions))
    vanished = []
    for question, outcome in zip(questions, outcomes, strict=True):
        if isinstance(outcome, Order):
            orders[outcome.symbol, outcome.order_id] = outcome
        elif not isinstance(outcome, OrderNotFound):
            raise outcome
        else:
            vanished += [o for o in gone if (o.symbol, o.order_id) == (question.symbol, question.order_id)]
    return tuple(vanished)


def _ask_for_fills(venue: Venue, symbols: Iterable[str], since_ms: int) -> Recipe[list[Fill]]:
    fills: list[Fill] = []
    outcomes = yield Together(tuple(venue.recipe(GetFills(symbol, since_ms)) for symbol in symbols))
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
        fills += outcome
    return fills


def _moved_positions(book: AccountBook, account: Account) -> set[str]:
    before = {position.symbol: position.size for position in book.positions()}
    after = {position.symbol: position.size for position in account.positions if position.size}
    return {symbol for symbol in before | after if before.get(symbol) != after.get(symbol)}


def _is_news(ledger: OrderLedger, order: Order) -> bool:
    known = ledger.find(order.symbol, order.order_id)
    return order.executed_qty != (known.executed_qty if known else ZERO)


def _lacks_fills(ledger: OrderLedger, order: Order, fills: Iterable[Fill]) -> bool:
    known = ledger.find(order.symbol, order.order_id)
    executed = known.executed_qty if known else ZERO
    new = sum((fill.quantity for fill in _of(order, fills) if not ledger.has_fill(fill)), ZERO)
    return executed + new < order.executed_qty


def _of(order: Order, fills: Iterable[Fill]) -> list[Fill]:
    return [fill for fill in fills if fill.order_id == order.order_id and fill.symbol == order.symbol]


def _in_order(fill: Fill) -> tuple[int, int, str]:
    return fill.time_ms, int(fill.trade_id) if fill.trade_id.isdigit() else 0, fill.trade_id
