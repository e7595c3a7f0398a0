"""What a live table shows: the newest of each stream, and how it looks on a terminal."""

import time
from collections import deque
from decimal import Decimal

from msgspec import Struct
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from service.messages import number
from service.stubs.opensqt.market_maker import v1

ORDERS_SHOWN = 6
FILLS_SHOWN = 8
WIDE = 140
"""Columns from which on two tables stand side by side."""
QUIET_SECONDS = 5.0
"""Without a trade for so long, a price's age is shown as a warning."""

_FINAL = frozenset({v1.OrderStatus.FILLED, v1.OrderStatus.CANCELED, v1.OrderStatus.REJECTED, v1.OrderStatus.EXPIRED})


class Quote(Struct):
    """One symbol. `at` is when the price came, in seconds of time.monotonic()."""

    price: Decimal = Decimal(0)
    first: Decimal = Decimal(0)
    direction: int = 0
    at: float = 0.0
    funding: Decimal | None = None
    next_funding_ms: int = 0


class Board:
    """The state that is shown. Each `on_` method takes one message of the stream of that name."""

    def __init__(self, title: str, symbols: list[str]) -> None:
        self.title = title
        self.quotes = {symbol: Quote() for symbol in symbols}
        self.working: dict[int, v1.OrderUpdate | v1.Order] = {}
        self.fills: deque[v1.Trade] = deque(maxlen=FILLS_SHOWN)
        self.positions: dict[str, v1.Position] = {}
        self.account: v1.Account | None = None
        self.lost: dict[str, str] = {}
        self.messages = 0

    def on_link(self, stream: str, reason: str) -> None:
        """`reason` is "" when the stream is open."""
        if reason:
            self.lost[stream] = reason
        else:
            self.lost.pop(stream, None)

    def on_price(self, change: v1.PriceChange) -> None:
        self.messages += 1
        quote = self.quotes.setdefault(change.symbol, Quote())
        price = number(change.price)
        if not quote.first:
            quote.first = price
        elif price != quote.price:
            quote.direction = 1 if price > quote.price else -1
        quote.price = price
        quote.at = time.monotonic()

    def on_funding(self, update: v1.FundingUpdate) -> None:
        self.messages += 1
        quote = self.quotes.setdefault(update.symbol, Quote())
        quote.funding = number(update.rate)
        quote.next_funding_ms = update.next_funding_time

    def on_order(self, update: v1.OrderUpdate) -> None:
        self.messages += 1
        if update.last_trade is not None and update.last_trade.trade_id:
            self.fills.appendleft(update.last_trade)
        if update.status in _FINAL:
            self.working.pop(update.order_id, None)
        else:
            self.working[update.order_id] = update

    def on_open_orders(self, orders: list[v1.Order]) -> None:
        """All orders that work now."""
        self.working = {order.order_id: order for order in orders}

    def on_position(self, position: v1.Position) -> None:
        self.messages += 1
        if number(position.size):
            self.positions[position.symbol] = position
        else:
            self.positions.pop(position.symbol, None)

    def on_account(self, account: v1.Account) -> None:
        self.messages += 1
        self.account = account
        for position in account.positions:
            if position.symbol in self.positions:
                self.positions[position.symbol] = position

    # --- how it looks -----------------------------------------------------------------------------------------

    def render(self, width: int, height: int, *more: RenderableType) -> RenderableType:
        """Everything, for a terminal of this size; `more` is put below. Rows that do not fit are left out."""
        prices, holdings = self._prices(), self._holdings()
        if width >= WIDE:
            rows = max(2, (height - 14) // 2)
            grid = Table.grid(expand=True, padding=(0, 3, 0, 0))
            grid.add_column(ratio=1)
            grid.add_column(ratio=1)
            right = Group(self._orders(min(ORDERS_SHOWN, rows)), self._fills(min(FILLS_SHOWN, rows)))
            grid.add_row(Group(prices, holdings, *more), right)
            return Group(self._header(), grid)
        rows = max(2, (height - 19 - len(self.quotes) - 2 * len(more)) // 2)
        orders, fills = self._orders(min(ORDERS_SHOWN, rows)), self._fills(min(FILLS_SHOWN, rows))
        return Group(self._header(), prices, orders, fills, holdings, *more)

    def _header(self) -> Panel:
        if self.lost:
            stream, reason = next(iter(self.lost.items()))
            state = ("connection lost, trying again", "bold red")
            shown = Text.assemble(self.title, "  ", state, f"  {stream}: {reason}", overflow="ellipsis", no_wrap=True)
            return Panel(shown, border_style="red")
        return Panel(Text.assemble(self.title, "  ", ("● live", "bold green")), border_style="green")

    def _prices(self) -> Table:
        table = _table("Prices", "Symbol", ">Price", ">Since start", ">Age", ">Funding", ">Next in")
        now = time.monotonic()
        for symbol, quote in self.quotes.items():
            if not quote.price:
                table.add_row(symbol, Text("waiting", style="dim"))
                continue
            age = now - quote.at
            table.add_row(
                symbol,
                Text(f"{quote.price:,f} {_ARROWS[quote.direction]}", style=_COLOURS[quote.direction]),
                _signed(f"{(quote.price / quote.first - 1) * 100:+.3f} %"),
                Text(f"{age:.1f} s", style="yellow" if age > QUIET_SECONDS else "dim"),
                "" if quote.funding is None else _signed(f"{quote.funding * 100:+.4f} %"),
                _until(quote.next_funding_ms),
            )
        return table

    def _orders(self, rows: int) -> Table:
        title = f"Own orders: {len(self.working)} working"
        table = _table(title, "Symbol", "Side", ">Price", ">Quantity", ">Filled", "Status")
        shown = list(self.working.values())[-rows:]
        for order in shown:
            table.add_row(
                order.symbol,
                _side(order.side),
                f"{number(order.price):,f}",
                f"{number(order.quantity):f}",
                f"{number(order.executed_qty):f}",
                (v1.OrderStatus(order.status).name or "").replace("_", " ").lower(),
            )
        return _padded(table, rows - len(shown))

    def _fills(self, rows: int) -> Table:
        table = _table("Fills, newest first", "Time", "Symbol", "Side", ">Price", ">Quantity", ">Fee", ">Realised")
        shown = list(self.fills)[:rows]
        for fill in shown:
            table.add_row(
                "" if fill.timestamp is None else fill.timestamp.astimezone().strftime("%H:%M:%S"),
                fill.symbol,
                _side(fill.side),
                f"{number(fill.price):,f}",
                f"{number(fill.quantity):f}",
                f"{number(fill.fee):.4f}",
                _signed(f"{number(fill.realized_pnl):+.4f}"),
            )
        return _padded(table, rows - len(shown))

    def _holdings(self) -> Group:
        table = _table("Positions", "Symbol", ">Size", ">Entry", ">Mark", ">Unrealised")
        for symbol, position in self.positions.items():
            table.add_row(
                symbol,
                _signed(f"{number(position.size):+f}"),
                f"{number(position.entry_price):,.2f}",
                f"{number(position.mark_price):,.2f}" if number(position.mark_price) else "",
                _signed(f"{number(position.unrealized_pnl):+.2f}"),
            )
        if not self.positions:
            table.add_row(Text("none", style="dim"))
        account = Text("Account  ", style="bold")
        if self.account is not None:
            for name, value in (
                ("wallet", self.account.total_wallet_balance),
                ("margin", self.account.total_margin_balance),
                ("available", self.account.available_balance),
            ):
                account.append_text(Text.assemble((f"{name} ", "dim not bold"), f"{number(value):,.2f}  "))
        return Group(table, account)


_ARROWS = {0: " ", 1: "▲", -1: "▼"}
_COLOURS = {0: "bold", 1: "bold green", -1: "bold red"}


def _table(title: str, *columns: str) -> Table:
    """A column whose name begins with > is aligned to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, expand=True)
    for name in columns:
        table.add_column(name.removeprefix(">"), justify="right" if name.startswith(">") else "left", no_wrap=True)
    return table


def _padded(table: Table, rows: int) -> Table:
    """With empty rows, so that what is below does not jump."""
    for _ in range(rows):
        table.add_row()
    return table


def _signed(text: str) -> Text:
    zero = not any(each in "123456789" for each in text)
    return Text(text, style="dim" if zero else "green" if text.startswith("+") else "red")


def _side(side: v1.OrderSide) -> Text:
    return Text("buy", style="green") if side == v1.OrderSide.BUY else Text("sell", style="red")


def _until(ms: int) -> str:
    seconds = ms // 1000 - int(time.time())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}" if ms and seconds >= 0 else ""
