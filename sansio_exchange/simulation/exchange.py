"""A whole perpetual-futures exchange in memory, of no particular venue.

Venue wire formats (simulation/binance, ...) translate its methods and happenings and own nothing of it. It reads no
clock: `now_ms` is a parameter, and `advance` lets the market live up to an instant. The same seed and the same calls
give the same happenings.

Theory of operation. Time is a sequence of instants, each at a whole millisecond: the beat of every full second (marks,
closing candles, funding, liquidations) and the events of each symbol's market, at times of their own that do not depend
on how far `advance` goes at once. What a user does happens at `now_ms`, after everything that was due by then; a
`now_ms` in the past means now. At the end of each instant the engine tells what changed, and accounts that can no
longer carry their positions are liquidated.

The house is the other side of what the market does. Its position and those of all accounts add up to zero.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from heapq import heapify, heapreplace

from sansio_exchange.account import Account, Position
from sansio_exchange.errors import OrderNotFound
from sansio_exchange.market import Candle, FundingRate, SymbolRules, Ticker
from sansio_exchange.orders import Fill, NewOrder, Order
from sansio_exchange.simulation.bars import DAY
from sansio_exchange.simulation.candles import MINUTE, Candles
from sansio_exchange.simulation.customs import USUAL, Customs
from sansio_exchange.simulation.engine import Engine
from sansio_exchange.simulation.funding import Funding
from sansio_exchange.simulation.happenings import (
    AccountChanged,
    Happening,
    LeverageChanged,
    MarkChanged,
    Traded,
)
from sansio_exchange.simulation.history import History
from sansio_exchange.simulation.liquidation import is_due, liquidate
from sansio_exchange.simulation.listing import PLACES, Listing
from sansio_exchange.simulation.margin import Fees, Trader
from sansio_exchange.simulation.market import TAKERS, Market, SeededMarket
from sansio_exchange.simulation.replay_market import CapturedTrade, ReplayMarket
from sansio_exchange.simulation.symbols import Character, character
from sansio_exchange.simulation.tape import Tape

SECOND = 1_000
DEFAULT_PACE = 12.0


class SimulatedExchange:
    """Accounts are named by a text (their API key). All errors are those of sansio_exchange.errors.

    `pace` is the mean number of market events per second and symbol, of which about a third are trades;
    at 0 nothing moves but what users move. `prices` are
    first prices of symbols where the default does not suit. `capture` holds recorded trades: their symbols replay them
    (see replay_market) instead of living by the seed. `customs` are what venues do differently. Naming an account
    that was not opened raises KeyError.

    Memory is bounded (see records, tape, candles, funding), but for what `drain` has not yet fetched: drain it after
    every `advance` or call that may change something, and advance in steps.
    """

    rules: dict[str, SymbolRules]
    """By canonical symbol, as handed in."""

    def __init__(
        self,
        rules: Sequence[SymbolRules],
        *,
        seed: int,
        start_ms: int,
        pace: float = DEFAULT_PACE,
        prices: Mapping[str, Decimal] | None = None,
        capture: Sequence[CapturedTrade] = (),
        maker_fee: Decimal = Decimal("0.0002"),
        taker_fee: Decimal = Decimal("0.0005"),
        maintenance_rate: Decimal = Decimal("0.004"),
        customs: Customs = USUAL,
    ) -> None:
        self.rules = {each.symbol: each for each in rules}
        self.now_ms = start_ms
        self._start_ms = start_ms
        self._seed = seed
        self._pace = pace
        natures = {each.symbol: character(each, (prices or {}).get(each.symbol)) for each in rules}
        recorded: dict[str, list[CapturedTrade]] = {}
        for trade in capture:
            if trade.symbol in self.rules:
                recorded.setdefault(trade.symbol, []).append(trade)
        for symbol, trades in recorded.items():
            natures[symbol] = character(self.rules[symbol], trades[0].price)
        listings = [self._list(each, natures[each.symbol]) for each in rules]
        fees = Fees(maker_fee, taker_fee, maintenance_rate)
        self._engine = Engine(listings, fees, start_ms * 1_000 + 1, customs)
        self._markets: dict[str, Market] = {}
        first_ms = min((trades[0].time_ms for trades in recorded.values()), default=0)
        for listing in listings:
            symbol = listing.symbol
            if symbol in recorded:
                self._markets[symbol] = ReplayMarket(
                    self._engine, listing, natures[symbol], recorded[symbol], start_ms=start_ms, first_ms=first_ms
                )
            else:
                self._markets[symbol] = SeededMarket(
                    self._engine, listing, natures[symbol], seed=seed, start_ms=start_ms, pace=pace
                )
        self._funding = {
            symbol: Funding(
                symbol,
                seed,
                self.rules[symbol].tick_size,
                start_ms,
                market.index,
                self._engine.listings[symbol].tape.candles.history,
            )
            for symbol, market in self._markets.items()
        }
        self._due = [(market.next_ms, place, symbol) for place, (symbol, market) in enumerate(self._markets.items())]
        heapify(self._due)
        self._beat_ms = (start_ms // SECOND + 1) * SECOND
        self._engine.settle(start_ms)
        self._engine.happenings.clear()

    def _list(self, rules: SymbolRules, nature: Character) -> Listing:
        ticks = round(nature.price / rules.tick_size)
        trades = self._pace * TAKERS * DAY / 1_000
        volume = trades * 2.0 * nature.taker_notional / float(nature.price * rules.step_size)
        history = History(rules.symbol, self._seed, self._start_ms, ticks, nature.daily_volatility, volume, trades)
        candles = Candles(rules.symbol, rules.tick_size, rules.step_size, self._start_ms, ticks, history)
        tape = Tape(rules.symbol, rules.tick_size, rules.step_size, self._start_ms, candles)
        return Listing(rules, tape, rules.tick_size * ticks)

    # time

    def advance(self, now_ms: int) -> None:
        """Let the market live until `now_ms`, inclusive: its orders, marks, candles, funding, liquidations."""
        due = self._due
        while True:
            if due and due[0][0] < self._beat_ms:
                next_ms, place, symbol = due[0]
                at = int(next_ms)
                if at > now_ms:
                    break
                self.now_ms = max(self.now_ms, at)
                market = self._markets[symbol]
                market.step(self.now_ms)
                heapreplace(due, (market.next_ms, place, symbol))
            else:
                if self._beat_ms > now_ms:
                    break
                self.now_ms = self._beat_ms
                self._beat(self._beat_ms)
                self._beat_ms += SECOND
            self._settle()
        self.now_ms = max(self.now_ms, now_ms)

    def next_event_ms(self) -> int:
        """When `advance` next has something to do."""
        return int(min(self._due[0][0], self._beat_ms)) if self._due else self._beat_ms

    def drain(self) -> list[Happening]:
        """What happened since the last call, in order."""
        happened = self._engine.happenings
        self._engine.happenings = []
        return happened

    # accounts

    def open_account(self, account: str, balance: Decimal) -> None:
        """Open an account with a wallet of `balance` USDT; one that is open stays as it is."""
        if account not in self._engine.traders:
            self._engine.traders[account] = Trader(account, balance, self._engine.fees)

    def account(self, account: str) -> Account:
        """Totals, and every open position with its mark price and profit."""
        return self._engine.trader(account).account()

    def positions(self, account: str) -> tuple[Position, ...]:
        """The open ones."""
        trader = self._engine.trader(account)
        return tuple(trader.position(each.listing) for each in trader.open_holdings())

    def position(self, account: str, symbol: str) -> Position:
        """That of one symbol, open or not."""
        return self._engine.trader(account).position(self._engine.listing(symbol))

    def order_margin(self, account: str) -> Decimal:
        """Initial margin held by open orders, in USDT."""
        return self._engine.trader(account).order_margin()

    def leverage(self, account: str, symbol: str) -> int:
        return self._engine.trader(account).holding(self._engine.listing(symbol)).leverage

    def set_leverage(self, account: str, symbol: str, leverage: int, now_ms: int) -> None:
        """Raises InvalidRequest outside 1..125, InsufficientFunds where margin does not suffice for less leverage."""
        self.advance(now_ms)
        self._engine.set_leverage(account, symbol, leverage)
        self._engine.happenings.append(LeverageChanged(account, symbol, leverage, self.now_ms))

    def funding_paid(self, account: str, symbol: str) -> list[tuple[int, Decimal]]:
        """(time_ms, amount received; negative when paid) of each settlement with a position, oldest first."""
        return list(self._engine.trader(account).holding(self._engine.listing(symbol)).records.funding)

    # orders

    def place(self, account: str, order: NewOrder, now_ms: int) -> Order:
        """Accept an order and match it; the answer is its state after that.

        Raises InvalidRequest (tick, step, minimum, notional), InsufficientFunds, WouldTake, ReduceOnlyRejected,
        DuplicateClientOrderId (among working orders).
        """
        self.advance(now_ms)
        placed = self._engine.place(account, order, self.now_ms)
        self._settle()
        return placed

    def amend(self, account: str, symbol: str, order_id: int, quantity: Decimal, price: Decimal, now_ms: int) -> Order:
        """New price or quantity for a working limit order; loses time priority unless only the quantity shrinks.

        `quantity` is the new total, executed part included. An amendment to no more than is executed, or of a
        post-only order to a price at which it would take, cancels the order. Raises OrderNotFound, InvalidRequest,
        InsufficientFunds, and OrderRejected where nothing would change; the order then stands as it was.
        """
        self.advance(now_ms)
        amended = self._engine.amend(account, symbol, order_id, quantity, price, self.now_ms)
        self._settle()
        return amended

    def cancel(self, account: str, symbol: str, now_ms: int, *, order_id: int = 0, client_order_id: str = "") -> Order:
        """Raises OrderNotFound where it is not working."""
        self.advance(now_ms)
        cancelled = self._engine.cancel(account, symbol, order_id, client_order_id, self.now_ms)
        self._settle()
        return cancelled

    def cancel_all(self, account: str, symbol: str, now_ms: int) -> list[Order]:
        """Every working order of the symbol, oldest first."""
        self.advance(now_ms)
        cancelled = self._engine.cancel_all(account, self._engine.listing(symbol), self.now_ms)
        self._settle()
        return cancelled

    def order(self, account: str, symbol: str, *, order_id: int = 0, client_order_id: str = "") -> Order:
        """Any order ever placed; by client id the newest of that id. Raises OrderNotFound."""
        listing = self._engine.listing(symbol)
        found = self._engine.trader(account).holding(listing).records.find(order_id, client_order_id)
        if found is None:
            raise OrderNotFound("no such order")
        return listing.snapshot(found)

    def open_orders(self, account: str, symbol: str = "") -> list[Order]:
        """Working orders, oldest first; of all symbols where none is given."""
        holdings = self._engine.trader(account).holdings
        if symbol:
            listing = self._engine.listing(symbol)
            chosen = [holdings[listing.symbol]] if listing.symbol in holdings else []
        else:
            chosen = list(holdings.values())
        found = [each.listing.snapshot(order) for each in chosen for order in each.records.working.values()]
        return sorted(found, key=lambda order: order.order_id)

    def orders(self, account: str, symbol: str) -> list[Order]:
        """Every order ever placed, oldest first; see records for how many finished ones are remembered."""
        listing = self._engine.listing(symbol)
        records = self._engine.trader(account).holding(listing).records
        return [listing.snapshot(order) for order in records.orders.values()]

    def fills(self, account: str, symbol: str) -> list[Fill]:
        """Every fill, oldest first; see records for how many are remembered."""
        return list(self._engine.trader(account).holding(self._engine.listing(symbol)).records.fills)

    # the market

    def depth(self, symbol: str, limit: int) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        """Bids and asks as (price, quantity), best first."""
        return self._engine.listing(symbol).depth(limit)

    def recent_trades(self, symbol: str, limit: int) -> list[Traded]:
        """The newest trades, oldest first; at most 1,000."""
        return self._engine.listing(symbol).tape.recent(limit)

    def candles(
        self, symbol: str, interval: str, limit: int, start_ms: int = 0, end_ms: int = 0
    ) -> list[tuple[Candle, int, Decimal]]:
        """(candle, trade count, quote volume), oldest first, the running one last; at most 1,500.

        Those that open within [start_ms, end_ms], the newest of them or, with `start_ms`, the oldest. Raises
        InvalidRequest for an interval that is not one of INTERVALS_MS.
        """
        return self._engine.listing(symbol).tape.candles.told(interval, limit, start_ms, end_ms)

    def watch_candles(self, symbol: str, interval: str) -> None:
        """Have CandleChanged happen for this interval. Counted: as many `unwatch_candles` end it.

        Raises InvalidRequest for an interval that is not one of INTERVALS_MS.
        """
        self._engine.listing(symbol).tape.candles.watch(interval)

    def unwatch_candles(self, symbol: str, interval: str) -> None:
        self._engine.listing(symbol).tape.candles.unwatch(interval)

    def ticker(self, symbol: str) -> Ticker:
        """The last 24 hours, to the quarter of an hour."""
        listing = self._engine.listing(symbol)
        bars = listing.tape.candles.bars("15m", 97)
        first, last = bars[0].open, listing.tape.candles.last_ticks
        return Ticker(
            symbol=symbol,
            last_price=listing.tick * last,
            price_change=listing.tick * (last - first),
            price_change_percent=(Decimal(100 * (last - first)) / first).quantize(Decimal("0.001")),
            volume=listing.quantity(sum(bar.volume for bar in bars)),
            quote_volume=listing.value(sum(bar.quote for bar in bars)),
            time_ms=self.now_ms,
            open_interest=self.open_interest(symbol),
        )

    def mark(self, symbol: str) -> MarkChanged:
        """Mark price and funding rate as of the last full second."""
        self._engine.listing(symbol)
        return self._mark(self._funding[symbol], self._beat_ms - SECOND)

    def funding_history(self, symbol: str, limit: int) -> list[FundingRate]:
        """The newest settled rates, oldest first; at most 1,000."""
        self._engine.listing(symbol)
        rates = list(self._funding[symbol].history)
        return rates[-limit:] if limit > 0 else []

    def open_interest(self, symbol: str) -> Decimal:
        """What all longs hold, those of people outside the simulation included."""
        listing = self._engine.listing(symbol)
        held = (trader.holdings.get(symbol) for trader in self._engine.traders.values())
        longs = sum(each.steps for each in held if each is not None and each.steps > 0)
        return listing.quantity(longs + self._markets[symbol].interest)

    def house_position(self, symbol: str) -> Decimal:
        """What the house holds: the positions of all accounts together, with the sign turned."""
        listing = self._engine.listing(symbol)
        return listing.quantity(listing.house_steps)

    # within

    def _settle(self) -> None:
        """End an instant, and every liquidation that it makes due; closing out one account may ruin the next."""
        changed = self._engine.settle(self.now_ms)
        while changed:
            for trader in changed:
                self._liquidate_if_due(trader)
            changed = self._engine.settle(self.now_ms)

    def _liquidate_if_due(self, trader: Trader) -> None:
        if trader.open_holdings() and is_due(trader):
            liquidate(self._engine, trader, self.now_ms)

    def _beat(self, now_ms: int) -> None:
        """A full second: candles close, marks move, funding is settled, accounts are checked."""
        engine = self._engine
        for symbol, listing in engine.listings.items():
            if now_ms % MINUTE == 0:
                engine.happenings += listing.tape.candles.turn(now_ms)
            funding = self._funding[symbol]
            index = self._markets[symbol].index
            last = float(listing.tape.candles.last_ticks)
            funding.update(now_ms, index, listing.middle(last), last)
            listing.mark_price = funding.mark_price
            if now_ms == funding.next_ms:
                self._settle_funding(listing, funding.settle(now_ms), now_ms)
            engine.happenings.append(self._mark(funding, now_ms))
        for trader in engine.traders.values():
            self._liquidate_if_due(trader)

    def _settle_funding(self, listing: Listing, rate: Decimal, now_ms: int) -> None:
        """Longs pay shorts where the rate is positive."""
        for trader in self._engine.traders.values():
            holding = trader.holdings.get(listing.symbol)
            if holding is None or not holding.steps:
                continue
            amount = (-holding.notional * rate).quantize(PLACES)
            trader.wallet += amount
            trader.update_ms = now_ms
            holding.records.funding.append((now_ms, amount))
            self._engine.happenings.append(AccountChanged(trader.name, "FUNDING_FEE", (listing.symbol,), now_ms))

    def _mark(self, funding: Funding, time_ms: int) -> MarkChanged:
        return MarkChanged(
            symbol=funding.symbol,
            mark_price=funding.mark_price,
            index_price=funding.index_price,
            funding_rate=funding.rate,
            next_funding_ms=funding.next_ms,
            time_ms=time_ms,
        )
