"""Where orders meet: accepts, matches, amends, cancels and expires them, and books what follows from it.

Time does not pass here. One call happens at one instant, and `settle` ends it: it tells what became of the books, the
accounts and the candles, and hands accounts that can no longer carry their positions to the liquidation.

Self-trade prevention is EXPIRE_MAKER: an order that would meet an older one of its own account expires the older one
and goes on. Binance has had it as the default for all futures orders since 2024-12-10 (Binance announcement of the
mandatory Self-Trade Prevention function on Binance Futures, 2024-11).
"""

from collections.abc import Sequence
from decimal import Decimal

from sansio_exchange.errors import (
    DuplicateClientOrderId,
    InsufficientFunds,
    InvalidRequest,
    OrderNotFound,
    OrderRejected,
    ReduceOnlyRejected,
    UnknownSymbol,
    WouldTake,
)
from sansio_exchange.numbers import ZERO, plain
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.checks import (
    check_notional,
    check_order,
    check_price,
    check_price_band,
    check_quantity,
    time_in_force,
)
from sansio_exchange.simulation.customs import USUAL, Customs
from sansio_exchange.simulation.happenings import AccountChanged, Happening, OrderChanged
from sansio_exchange.simulation.listing import PLACES, Listing
from sansio_exchange.simulation.margin import MAX_LEVERAGE, Fees, Holding, Trader
from sansio_exchange.simulation.matching import HouseQuantity, WorkingOrder

SELF_TRADE = "self-trade prevention expired the resting order"
NOT_IMMEDIATE = "not filled at once"
NOTHING_TO_REDUCE = "reduce-only: the position is closed"
WOULD_TAKE = "post-only: it would have traded at once"


class Engine:
    """Books of all symbols and the accounts that trade on them. `happenings` is for the exchange to drain."""

    def __init__(self, listings: Sequence[Listing], fees: Fees, first_order_id: int, customs: Customs = USUAL) -> None:
        self.listings = {each.symbol: each for each in listings}
        self.traders: dict[str, Trader] = {}
        self.fees = fees
        self.happenings: list[Happening] = []
        self._customs = customs
        self._next_order_id = first_order_id
        self._stirred: dict[str, Listing] = {}
        """Symbols whose book or tape moved since the last settle."""
        self._changed: dict[str, dict[str, None]] = {}
        """Accounts whose balance or positions changed since the last settle, and in which symbols."""

    def listing(self, symbol: str) -> Listing:
        found = self.listings.get(symbol)
        if found is None:
            raise UnknownSymbol("symbol", f"{symbol[:40]!r} is not listed")
        return found

    def trader(self, account: str) -> Trader:
        found = self.traders.get(account)
        if found is None:
            raise KeyError(f"no account {account!r} was opened")
        return found

    # what users do

    def place(self, account: str, new: NewOrder, now_ms: int) -> Order:
        """Accept an order and match it; the answer is its state after that."""
        listing, trader = self.listing(new.symbol), self.trader(account)
        holding = trader.holding(listing)
        tif = time_in_force(new)
        check_order(listing.rules, new, listing.mark_price)
        if new.client_order_id and any(
            each.records.duplicate(new.client_order_id) for each in trader.holdings.values()
        ):
            raise DuplicateClientOrderId(f"client_order_id {new.client_order_id!r} is that of a working order")
        key = None if new.price is None else listing.key(new.side, new.price)
        steps = listing.steps(new.quantity)
        would_take = tif is TimeInForce.GTX and key is not None and listing.book.would_take(new.side, key)
        if would_take and not self._customs.expires_post_only:
            raise WouldTake("the post-only order would trade at once")
        if new.reduce_only and holding.closable(new.side) == 0:
            raise ReduceOnlyRejected("there is no position that the order would reduce")
        if not new.reduce_only:
            quote = listing.book.quote_of(new.side, steps) if key is None else abs(key) * steps
            self._check_margin(trader, holding, new.side, quote, steps)
        order_id = self._next_order_id
        self._next_order_id += 1
        order = WorkingOrder(
            account=account,
            symbol=listing.symbol,
            order_id=order_id,
            client_order_id=new.client_order_id or f"sim-{order_id}",
            side=new.side,
            type=new.type,
            time_in_force=tif,
            quantity=steps,
            key=key,
            reduce_only=new.reduce_only,
            now_ms=now_ms,
        )
        holding.records.accept(order)
        holding.reserve(order, steps)
        self._tell(listing, order, "NEW")
        if would_take:
            self._finish(listing, holding, order, OrderStatus.EXPIRED, "EXPIRED", now_ms, WOULD_TAKE)
        else:
            self._work(listing, holding, order, now_ms)
        return listing.snapshot(order)

    def amend(self, account: str, symbol: str, order_id: int, quantity: Decimal, price: Decimal, now_ms: int) -> Order:
        """New total quantity and price for a working limit order.

        As Binance documents it (Binance Open Platform, Modify Order, 2025): it is cancelled instead when the new
        quantity does not exceed what is executed already, or when it is post-only and would trade at the new price.
        Elsewhere the former makes it filled (see Customs).
        """
        listing, trader = self.listing(symbol), self.trader(account)
        holding = trader.holding(listing)
        order = self._working(holding, order_id, "")
        check_quantity(listing.rules, quantity)
        check_price(listing.rules, price)
        check_price_band(listing.rules, price, listing.mark_price, is_buy=order.side is Side.BUY)
        if not order.reduce_only:
            check_notional(listing.rules, quantity, price)
        steps, key = listing.steps(quantity), listing.key(order.side, price)
        if steps == order.quantity and key == order.key:
            raise OrderRejected("the order has this price and quantity already")
        if steps <= order.executed and self._customs.fills_shrunk:
            order.quantity = order.executed
            self._finish(listing, holding, order, OrderStatus.FILLED, "AMENDMENT", now_ms)
            return listing.snapshot(order)
        if steps <= order.executed or (
            order.time_in_force is TimeInForce.GTX and listing.book.would_take(order.side, key)
        ):
            self._finish(listing, holding, order, OrderStatus.CANCELED, "CANCELED", now_ms, "amended away")
            return listing.snapshot(order)
        remaining = steps - order.executed
        book_side = listing.book.side(order.side)
        self._stirred[symbol] = listing
        if key == order.key and steps < order.quantity:
            change = order.remaining - remaining
            book_side.shrink(order, change)
            holding.reserve(order, -change)
            order.quantity, order.update_ms = steps, now_ms
            self._tell(listing, order, "AMENDMENT")
            return listing.snapshot(order)
        holding.reserve(order, -order.remaining)
        try:
            if not order.reduce_only:
                self._check_margin(trader, holding, order.side, abs(key) * remaining, remaining)
        except InsufficientFunds:
            holding.reserve(order, order.remaining)
            raise
        book_side.remove(order)
        order.resting = False
        order.key, order.quantity, order.remaining, order.update_ms = key, steps, remaining, now_ms
        holding.reserve(order, remaining)
        self._tell(listing, order, "AMENDMENT")
        self._work(listing, holding, order, now_ms)
        return listing.snapshot(order)

    def cancel(self, account: str, symbol: str, order_id: int, client_order_id: str, now_ms: int) -> Order:
        listing = self.listing(symbol)
        holding = self.trader(account).holding(listing)
        order = self._working(holding, order_id, client_order_id)
        self._finish(listing, holding, order, OrderStatus.CANCELED, "CANCELED", now_ms)
        return listing.snapshot(order)

    def cancel_all(self, account: str, listing: Listing, now_ms: int, reason: str = "") -> list[Order]:
        """Every working order of one symbol, oldest first."""
        holding = self.trader(account).holding(listing)
        orders = list(holding.records.working.values())
        for order in orders:
            self._finish(listing, holding, order, OrderStatus.CANCELED, "CANCELED", now_ms, reason)
        return [listing.snapshot(order) for order in orders]

    def set_leverage(self, account: str, symbol: str, leverage: int) -> None:
        trader = self.trader(account)
        holding = trader.holding(self.listing(symbol))
        if not 1 <= leverage <= MAX_LEVERAGE:
            raise InvalidRequest("leverage", f"must be between 1 and {MAX_LEVERAGE}")
        more = holding.initial_margin(leverage=leverage) - holding.initial_margin()
        if more > 0 and trader.available() < more:
            raise InsufficientFunds("margin does not suffice for position and orders at this leverage")
        holding.leverage = leverage

    # what the house does

    def quote(self, listing: Listing, side: Side, key: int, steps: int) -> None:
        """Let the house show `steps` at `key`. It must not cross the other side; `take` first what is in the way."""
        self._stirred[listing.symbol] = listing
        listing.book.side(side).set_house(key, steps)

    def take(self, listing: Listing, side: Side, steps: int, key: int | None, now_ms: int) -> int:
        """An order of the house that takes up to `steps` not beyond `key` and never rests; what it did not get."""
        return self._match(listing, None, side, steps, key, now_ms)

    # what liquidation does

    def close_out(self, trader: Trader, holding: Holding, key: int, order: WorkingOrder, now_ms: int) -> None:
        """Trade a liquidation order up to `key`; what the book does not give, the house takes over at that price."""
        listing = holding.listing
        order.key = key
        holding.records.accept(order)
        self._tell(listing, order, "NEW")
        order.remaining = self._match(listing, order, order.side, order.remaining, key, now_ms, "CALCULATED")
        if order.remaining:
            steps = order.remaining
            order.remaining = 0
            listing.house_steps += -steps if order.side is Side.BUY else steps
            self._fill(listing, order, abs(key), steps, listing.tape.number(), now_ms, "CALCULATED", is_maker=False)

    def next_order_id(self) -> int:
        order_id = self._next_order_id
        self._next_order_id += 1
        return order_id

    # the end of an instant

    def settle(self, now_ms: int) -> list[Trader]:
        """Tell what became of books, candles and accounts; the accounts that changed."""
        for listing in self._stirred.values():
            change = listing.book_change(now_ms)
            if change is not None:
                self.happenings.append(change)
            self.happenings += listing.tape.candles.changes()
        self._stirred.clear()
        if not self._changed:
            return []
        changed = self._changed
        self._changed = {}
        for name, symbols in changed.items():
            self.traders[name].update_ms = now_ms
            self.happenings.append(AccountChanged(name, "ORDER", tuple(symbols), now_ms))
        return [self.traders[name] for name in changed]

    # within

    def _work(self, listing: Listing, holding: Holding, order: WorkingOrder, now_ms: int) -> None:
        """Match an order that is not in the book, then let its remainder rest or expire."""
        kill = order.time_in_force is TimeInForce.FOK and (
            listing.book.fillable(order, lambda name, side, bought: self._closable(listing, name, side, bought))
            < order.remaining
        )
        if not kill:
            self._match(listing, order, order.side, order.remaining, order.key, now_ms)
        if order.status.is_final:
            return
        rests = order.type is OrderType.LIMIT and order.time_in_force in (TimeInForce.GTC, TimeInForce.GTX)
        if not rests:
            self._finish(listing, holding, order, OrderStatus.EXPIRED, "EXPIRED", now_ms, NOT_IMMEDIATE)
        elif order.reduce_only and holding.closable(order.side) == 0:
            self._finish(listing, holding, order, OrderStatus.EXPIRED, "EXPIRED", now_ms, NOTHING_TO_REDUCE)
        else:
            listing.book.side(order.side).add(order)
            order.resting = True
            self._stirred[listing.symbol] = listing

    def _match(
        self,
        listing: Listing,
        taker: WorkingOrder | None,
        side: Side,
        remaining: int,
        limit: int | None,
        now_ms: int,
        execution: str = "TRADE",
    ) -> int:
        """Walk the other side, best price and oldest order first; what is left. `taker` None is the house.

        A trade of the house with itself moves the tape alone.
        """
        opposite = listing.book.opposite(side)
        keys, levels = opposite.keys, opposite.levels
        while remaining and keys and (limit is None or -keys[-1] <= limit):
            key = keys[-1]
            maker = levels[key].queue[0]
            quantity = min(remaining, maker.remaining)
            if isinstance(maker, WorkingOrder):
                holding = self.traders[maker.account].holding(listing)
                if taker is not None and maker.account == taker.account:
                    self._finish(listing, holding, maker, OrderStatus.EXPIRED, "EXPIRED", now_ms, SELF_TRADE)
                    continue
                if maker.reduce_only:
                    quantity = min(quantity, holding.closable(maker.side))
                    assert quantity, "a reduce-only order rests without a position"
            if taker is not None:
                if taker.reduce_only:
                    quantity = min(quantity, self.traders[taker.account].holding(listing).closable(side))
                    if quantity == 0:
                        break
                taker.remaining -= quantity
            self._stirred[listing.symbol] = listing
            opposite.consume(key, quantity)
            remaining -= quantity
            trade = listing.tape.print(abs(key), quantity, side, now_ms)
            self.happenings.append(trade)
            if isinstance(maker, HouseQuantity):
                if taker is not None:
                    listing.house_steps += -quantity if side is Side.BUY else quantity
            else:
                if taker is None:
                    listing.house_steps += quantity if side is Side.BUY else -quantity
                self._fill(listing, maker, abs(key), quantity, trade.trade_id, now_ms, "TRADE", is_maker=True)
            if taker is not None:
                self._fill(listing, taker, abs(key), quantity, trade.trade_id, now_ms, execution, is_maker=False)
        return remaining

    def _fill(
        self,
        listing: Listing,
        order: WorkingOrder,
        ticks: int,
        steps: int,
        trade_id: int,
        now_ms: int,
        execution: str,
        *,
        is_maker: bool,
    ) -> None:
        """Book one execution on its order and account."""
        trader = self.traders[order.account]
        holding = trader.holding(listing)
        holding.reserve(order, -steps)
        realized = holding.trade(order.side, ticks, steps)
        fee = self.fees.of(listing.value(ticks * steps), is_maker=is_maker)
        trader.wallet += realized - fee
        holding.update_ms = now_ms
        order.executed += steps
        order.quote += ticks * steps
        order.update_ms = now_ms
        order.status = OrderStatus.FILLED if order.executed == order.quantity else OrderStatus.PARTIALLY_FILLED
        fill = Fill(
            trade_id=str(trade_id),
            order_id=order.order_id,
            symbol=listing.symbol,
            side=order.side,
            price=listing.tick * ticks,
            quantity=listing.step * steps,
            fee=fee,
            fee_asset=listing.rules.quote_asset,
            realized_pnl=realized,
            time_ms=now_ms,
            is_maker=is_maker,
        )
        holding.records.fills.append(fill)
        if order.status is OrderStatus.FILLED:
            order.resting = False
            holding.records.finish(order)
        self.happenings.append(OrderChanged(order.account, listing.snapshot(order), fill, execution))
        self._changed.setdefault(order.account, {})[listing.symbol] = None
        if holding.records.reducers:
            self._expire_reducers(listing, holding, now_ms)

    def _expire_reducers(self, listing: Listing, holding: Holding, now_ms: int) -> None:
        """Reduce-only orders whose position is closed or turned would open one now; they expire."""
        for order in list(holding.records.reducers.values()):
            if holding.closable(order.side) == 0:
                self._finish(listing, holding, order, OrderStatus.EXPIRED, "EXPIRED", now_ms, NOTHING_TO_REDUCE)

    def _finish(
        self,
        listing: Listing,
        holding: Holding,
        order: WorkingOrder,
        status: OrderStatus,
        execution: str,
        now_ms: int,
        reason: str = "",
    ) -> None:
        """End an order with what it has."""
        if order.resting:
            listing.book.side(order.side).remove(order)
            order.resting = False
            self._stirred[listing.symbol] = listing
        holding.reserve(order, -order.remaining)
        order.status, order.reason, order.update_ms = status, reason, now_ms
        holding.records.finish(order)
        self._tell(listing, order, execution)

    def _tell(self, listing: Listing, order: WorkingOrder, execution: str) -> None:
        self.happenings.append(OrderChanged(order.account, listing.snapshot(order), None, execution))

    def _working(self, holding: Holding, order_id: int, client_order_id: str) -> WorkingOrder:
        order = holding.records.find(order_id, client_order_id)
        if order is None or order.status.is_final:
            raise OrderNotFound("no such working order")
        return order

    def _check_margin(self, trader: Trader, holding: Holding, side: Side, quote: int, steps: int) -> None:
        """Raises InsufficientFunds where an order needs more initial margin than there is.

        One that needs none, because it only reduces a position, always passes. One that would open at a price worse
        than the mark must also cover that loss.
        """
        buys, sells = (quote, 0) if side is Side.BUY else (0, quote)
        more = holding.initial_margin(buys, sells) - holding.initial_margin()
        if more <= 0:
            return
        listing = holding.listing
        above = listing.value(quote) - listing.quantity(steps) * listing.mark_price
        loss = max(ZERO, above if side is Side.BUY else -above)
        available = trader.available()
        if available < more + loss:
            raise InsufficientFunds(
                f"margin does not suffice: {plain((more + loss).quantize(PLACES))} USDT needed, "
                f"{plain(max(ZERO, available).quantize(PLACES))} available"
            )

    def _closable(self, listing: Listing, account: str, side: Side, bought: int) -> int:
        return self.traders[account].holding(listing).closable(side, bought)
