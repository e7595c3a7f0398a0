"""What must hold when the weather has been calm for long enough: all that was told is what the venue's books say."""

from decimal import Decimal

from msgspec import Struct

from sansio_exchange.errors import (
    DeadlineExceeded,
    ExchangeError,
    InvalidRequest,
    NotConnected,
    OutcomeUnknown,
    RateLimited,
)
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order, OrderType
from sansio_exchange.session import Connector
from tests.simulation.told import Books
from tests.simulation.traders import ABANDONED, Ask, Traders
from tests.simulation.witness import Witness, Wrong

NOTHING_SENT = (DeadlineExceeded, NotConnected, RateLimited, InvalidRequest)
"""These say of one request that it did nothing, and nothing of an earlier one with the same client order id."""
TIMERS_LEFT = 20
FillKey = tuple[str, int, str]
"""Symbol, order id, trade id."""


class Past(Struct, frozen=True):
    """What was before a session began, at `until_ms`, is no news. Neither are fills by then of orders that it took over
    as they stood before it was live."""

    until_ms: int
    fills: dict[FillKey, int]

    def has(self, key: FillKey, fill: Fill) -> bool:
        return fill.time_ms <= max(self.until_ms, self.fills.get(key, 0))


def judge(
    witness: Witness,
    traders: Traders,
    exchange: Books,
    account: str,
    elsewhere: set[tuple[str, int]],
    past: Past,
) -> None:
    """Raises Wrong. `elsewhere` are orders that somebody else placed."""
    if not witness.state.live:
        raise Wrong(f"the session is not live: {witness.state.reason}")
    if traders.commands != traders.completed + traders.abandoned + traders.killed:
        raise Wrong(f"{traders.commands} commands, {traders.completed} completed, {traders.abandoned} abandoned")
    at_venue: dict[str, list[Order]] = {}
    for symbol in exchange.rules:
        for order in exchange.orders(account, symbol):
            _judge_order(witness, order, elsewhere, past.until_ms)
            if order.type is not OrderType.OTHER and (symbol, order.order_id) not in elsewhere:
                at_venue.setdefault(order.client_order_id, []).append(order)
    _judge_fills(witness, exchange, account, past)
    _judge_account(witness, exchange, account)
    _judge_sizes(witness, exchange, account)
    for ask in traders.insisted[-1:]:
        if isinstance(ask.outcome, (*NOTHING_SENT, OutcomeUnknown)):
            raise Wrong(f"nothing stood in the way of this order: {ask.order}: {ask.outcome!r}")
    for orders in at_venue.values():
        if len(orders) > 1:
            raise Wrong(f"placed {len(orders)} times: {orders}")
    asked: dict[str, list[Ask]] = {}
    for ask in traders.asks:
        if ask.outcome is None:
            raise Wrong(f"never answered: {ask.order}")
        if ask.client_id:
            asked.setdefault(ask.client_id, []).append(ask)
    for client_id, asks in asked.items():
        _judge_answers(asks, at_venue.get(client_id, [None])[0])
    unasked = [client_id for client_id in at_venue if client_id not in asked]
    nameless = sum(not ask.client_id and ask.outcome == ABANDONED for ask in traders.asks)
    if len(unasked) > nameless:
        raise Wrong(f"nobody asked for these: {unasked}")


def judge_memory(connector: Connector) -> None:
    """Nothing is left of what is over."""
    calls, ledger = connector._calls, connector._ledger
    left = {
        "commands": len(connector._asked),
        "placements": len(connector._order_entry),
        "awaited": len(ledger.awaited()),
        "short": len(ledger.short()),
        "held": len(connector._recovery._held),
    }
    if any(left.values()) or calls.pending() > 5 or len(calls._timers) > TIMERS_LEFT:
        raise Wrong(f"left over: {left}, {calls.pending()} requests, {len(calls._timers)} timers")


def _judge_order(witness: Witness, order: Order, elsewhere: set[tuple[str, int]], since_ms: int) -> None:
    key = order.symbol, order.order_id
    told = witness.orders.get(key)
    if told is None:
        if key in elsewhere or order.update_ms <= since_ms:
            return  # told as an open order when the session began, and nothing has happened to it since
        raise Wrong(f"never told: {order}")
    for name in ("status", "executed_qty", "price", "quantity", "side", "client_order_id", "type", "reduce_only"):
        if getattr(told, name) != getattr(order, name):
            raise Wrong(f"{name} was told as {getattr(told, name)}: {order}; {told}")
    if order.executed_qty and abs(told.avg_price - order.avg_price) > order.avg_price / 1_000_000:
        raise Wrong(f"average price was told as {told.avg_price}: {order}")


def _judge_fills(witness: Witness, exchange: Books, account: str, past: Past) -> None:
    true = {
        (fill.symbol, fill.order_id, fill.trade_id): fill
        for symbol in exchange.rules
        for fill in exchange.fills(account, symbol)
    }
    if lost := {key for key, fill in true.items() if not past.has(key, fill)} - witness.fills.keys():
        raise Wrong(f"{len(lost)} fills were never told: {sorted(lost)[:5]}")
    if invented := witness.fills.keys() - true.keys():
        raise Wrong(f"these fills never happened: {sorted(invented)[:5]}")
    for key, told in witness.fills.items():
        fill = true[key]
        for name in ("side", "price", "quantity", "fee_asset", "time_ms", "is_maker"):
            if getattr(told, name) != getattr(fill, name):
                raise Wrong(f"{name} was told as {getattr(told, name)}: {fill}")
        off = abs(told.realized_pnl - fill.realized_pnl) if exchange.words.tells_profit else ZERO
        if abs(told.fee - fill.fee) > ROUNDED or off > ROUNDED:
            raise Wrong(f"fee or profit were told wrongly: {fill}; {told}")


ROUNDED = Decimal("0.00000001")
"""The venue tells amounts with eight decimals."""


def _judge_account(witness: Witness, exchange: Books, account: str) -> None:
    true, told = exchange.account(account), witness.account
    if told is None or abs(told.wallet_balance - true.wallet_balance) > ROUNDED:
        raise Wrong(f"the wallet holds {true.wallet_balance}, told was {told}")
    sizes = {position.symbol: position.size for position in true.positions if position.size}
    told_sizes = {symbol: position.size for symbol, position in witness.positions.items() if position.size}
    if sizes != told_sizes or {each.symbol: each.size for each in told.positions} != sizes:
        raise Wrong(f"positions are {sizes}, told were {told_sizes} and {told.positions}")
    for position in true.positions:
        entry = witness.positions[position.symbol].entry_price
        if abs(entry - position.entry_price) > position.entry_price / 1_000_000:
            raise Wrong(f"entry price was told as {entry}: {position}")


def _judge_sizes(witness: Witness, exchange: Books, account: str) -> None:
    """No position was ever told that the account did not have then or later: no wrong ones, none that go back.

    Within one unit of the venue's dates nobody can tell what came first.
    """
    unit = exchange.words.dates_positions_to_ms
    for symbol, told in witness.sizes.items():
        size, had = ZERO, [(0, {ZERO})]
        for fill in exchange.fills(account, symbol):
            if fill.time_ms // unit != had[-1][0]:
                had.append((fill.time_ms // unit, {size}))
            size += fill.moved
            had[-1][1].add(size)
        at = 0
        for each in told:
            at = next((later for later in range(at, len(had)) if each in had[later][1]), -1)
            if at < 0:
                raise Wrong(f"the position in {symbol} was told to be {each}, which is old or never was: {told}")


def _judge_answers(asks: list[Ask], standing: Order | None) -> None:
    outcomes = [ask.outcome for ask in asks]
    accepted = any(isinstance(outcome, Order) for outcome in outcomes)
    may_stand = accepted or any(isinstance(outcome, OutcomeUnknown) or outcome == ABANDONED for outcome in outcomes)
    if standing is None and accepted:
        raise Wrong(f"accepted, and the venue has no such order: {asks[0].order}")
    if standing is not None and not may_stand:
        raise Wrong(f"the venue has {standing}, and this was said: {outcomes}")
    if standing is None:
        return
    for ask in asks:
        refused = isinstance(ask.outcome, ExchangeError) and not isinstance(
            ask.outcome, (*NOTHING_SENT, OutcomeUnknown)
        )
        is_same = ask.order.quantity == standing.quantity and ask.order.price in (None, standing.price)
        if refused and is_same and ask.at * 1000 > standing.created_ms:
            raise Wrong(f"refused with {ask.outcome!r}, though it stood by then: {standing}")
