"""Accounts: wallet, positions, leverage, and the margin that both positions and open orders hold.

Cross margin, one-way positions. A position is kept as its size and its cost (what its entries were worth), never as an
average price: closing a part of it takes the same part of the cost, so that not a cent is lost to rounding.

Per symbol, with n = size x mark price and the open orders' notionals B (buys) and S (sells), reduce-only ones excepted:

    initial margin     = max(|n|, |n + B|, |n - S|) / leverage       (of it |n| / leverage belongs to the position)
    maintenance margin = |n| x maintenance rate

and for the account margin balance = wallet + unrealised profit, available = margin balance - all initial margin.
After Binance's support article "How to Calculate Cost Required to Open a Position in Perpetual Futures Contracts".
"""

from decimal import ROUND_DOWN, Decimal

from sansio_exchange.account import Account, Balance, Position
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Side
from sansio_exchange.simulation.listing import PLACES, Listing
from sansio_exchange.simulation.matching import WorkingOrder
from sansio_exchange.simulation.records import Records

DEFAULT_LEVERAGE = 20
MAX_LEVERAGE = 125


class Fees:
    """Fractions of notional: what makers and takers pay, and what a position needs to stay open."""

    def __init__(self, maker: Decimal, taker: Decimal, maintenance: Decimal) -> None:
        self.maker = maker
        self.taker = taker
        self.maintenance = maintenance

    def of(self, notional: Decimal, *, is_maker: bool) -> Decimal:
        """The fee on one fill, rounded down to eight places."""
        return (notional * (self.maker if is_maker else self.taker)).quantize(PLACES, ROUND_DOWN)


class Holding:
    """What one account has in one symbol: position, leverage, open orders."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.records = Records()
        self.leverage = DEFAULT_LEVERAGE
        self.steps = 0
        """Signed size of the position in steps."""
        self.cost = ZERO
        """What the position was worth when it was entered; never negative."""
        self.buys = 0
        """Notional of open buy orders that are not reduce-only, in ticks x steps; `sells` likewise."""
        self.sells = 0
        self.update_ms = 0

    @property
    def size(self) -> Decimal:
        return self.listing.step * self.steps

    @property
    def notional(self) -> Decimal:
        """Signed, at the mark price."""
        return self.size * self.listing.mark_price

    @property
    def unrealized(self) -> Decimal:
        return self.notional - self.cost if self.steps > 0 else self.notional + self.cost

    def closable(self, side: Side, bought: int = 0) -> int:
        """By how many steps an order of `side` may reduce the position, after `bought` more steps."""
        size = self.steps + bought
        return max(0, -size if side is Side.BUY else size)

    def trade(self, side: Side, ticks: int, steps: int) -> Decimal:
        """Book one fill; the realised profit, fees apart."""
        value = self.listing.value(ticks * steps)
        held, change = self.steps, steps if side is Side.BUY else -steps
        self.steps = held + change
        if held * change >= 0:
            self.cost += value
            return ZERO
        closed = min(steps, abs(held))
        proceeds = self.listing.value(ticks * closed)
        spent = self.cost if closed == abs(held) else (self.cost * closed / abs(held)).quantize(PLACES)
        self.cost += value - proceeds - spent  # what goes beyond closing opens the other way
        return proceeds - spent if held > 0 else spent - proceeds

    def reserve(self, order: WorkingOrder, steps: int) -> None:
        """Count `steps` more (or, negative, less) of an open order towards the initial margin."""
        if order.reduce_only or order.key is None:
            return
        if order.side is Side.BUY:
            self.buys += order.key * steps
        else:
            self.sells -= order.key * steps

    def initial_margin(self, more_buys: int = 0, more_sells: int = 0, leverage: int = 0) -> Decimal:
        """Of position and open orders, with so many ticks x steps of orders more."""
        held, value = self.notional, self.listing.value
        most = max(abs(held), abs(held + value(self.buys + more_buys)), abs(held - value(self.sells + more_sells)))
        return most / (leverage or self.leverage)

    def position_margin(self) -> Decimal:
        return abs(self.notional) / self.leverage


class Trader:
    """One account."""

    def __init__(self, name: str, balance: Decimal, fees: Fees) -> None:
        self.name = name
        self.wallet = balance
        self.fees = fees
        self.holdings: dict[str, Holding] = {}
        self.update_ms = 0

    def holding(self, listing: Listing) -> Holding:
        found = self.holdings.get(listing.symbol)
        if found is None:
            found = self.holdings[listing.symbol] = Holding(listing)
        return found

    def open_holdings(self) -> list[Holding]:
        """Those with a position."""
        return [each for each in self.holdings.values() if each.steps]

    def margin_balance(self) -> Decimal:
        return sum((each.unrealized for each in self.open_holdings()), self.wallet)

    def maintenance_margin(self) -> Decimal:
        total = sum((abs(each.notional) for each in self.open_holdings()), ZERO)
        return total * self.fees.maintenance

    def available(self) -> Decimal:
        """What new orders may use; negative when losses have eaten into the initial margin."""
        return self.margin_balance() - sum((each.initial_margin() for each in self.holdings.values()), ZERO)

    def order_margin(self) -> Decimal:
        """Initial margin that open orders hold beyond what the positions need."""
        total = sum((each.initial_margin() - each.position_margin() for each in self.holdings.values()), ZERO)
        return total.quantize(PLACES)

    def liquidation_price(self, holding: Holding) -> Decimal:
        """The mark price at which the margin balance meets the maintenance margin, all else unchanged; 0 for none."""
        if holding.steps == 0:
            return ZERO
        rate = self.fees.maintenance
        others = self.margin_balance() - holding.unrealized - self.maintenance_margin() + abs(holding.notional) * rate
        size = holding.size
        cost = holding.cost if size > 0 else -holding.cost
        price = (cost - others) / (size - rate * abs(size))
        return price.quantize(PLACES) if price > 0 else ZERO

    def position(self, listing: Listing) -> Position:
        holding = self.holding(listing)
        size = holding.size
        return Position(
            symbol=listing.symbol,
            size=size,
            entry_price=(holding.cost / abs(size)).quantize(PLACES) if size else ZERO,
            mark_price=listing.mark_price,
            unrealized_pnl=holding.unrealized,
            leverage=holding.leverage,
            liquidation_price=self.liquidation_price(holding),
            update_ms=holding.update_ms,
        )

    def account(self) -> Account:
        available = max(ZERO, self.available()).quantize(PLACES, ROUND_DOWN)
        balance = self.margin_balance()
        return Account(
            wallet_balance=self.wallet,
            margin_balance=balance,
            available_balance=available,
            maintenance_margin=self.maintenance_margin().quantize(PLACES),
            adjusted_equity=balance,
            balances=(Balance("USDT", self.wallet, available),),
            positions=tuple(self.position(each.listing) for each in self.open_holdings()),
            leverage=DEFAULT_LEVERAGE,
            update_ms=self.update_ms,
        )
