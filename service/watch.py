"""`exchange-connector watch`: a live table of prices, own orders, fills, positions and the account, over gRPC."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Iterable
from typing import IO, Protocol

from grpclib.exceptions import GRPCError, StreamTerminatedError
from rich.console import Console, RenderableType
from rich.live import Live

from service.board import Board
from service.client import Client
from service.messages import number
from service.stubs.opensqt.market_maker import v1

FRAMES_PER_SECOND = 5
SWITCH_SECONDS = 0.0005
"""How long the drawing thread may keep the interpreter to itself."""
PRICE_SECONDS = 1.0
FUNDING_SECONDS = 60.0
"""How far apart lines of one symbol's price and funding rate are at least."""


async def watch(client: Client, symbols: list[str], console: Console) -> None:
    """Show until cancelled. Without a terminal, print lines of text, until whoever reads them has enough.

    Raises GRPCError, in a group, for what trying again does not mend: an unknown symbol, a wrong token.
    """
    try:
        async with asyncio.TaskGroup() as tasks:
            if console.is_terminal:
                board = Board(f"exchange-connector at {client.address}", symbols)
                feed(tasks, client, board, symbols)
                await show(console, lambda: board.render(console.width, console.height))
            else:
                lines = Lines(console.file)
                feed(tasks, client, lines, symbols)
                await lines.unread.wait()
                raise _Unread
    except* _Unread:
        pass


class _Unread(Exception):
    """Ends the streams, as nobody reads the lines any more."""


async def show(console: Console, render: Callable[[], RenderableType]) -> None:
    """Redraw until cancelled. The last picture stays on the terminal.

    Laying a picture out takes some 15 ms, which is done in a thread so that the streams need not wait for it.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    with Live(render(), console=console, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            await asyncio.sleep(1 / FRAMES_PER_SECOND)
            await asyncio.to_thread(live.update, render(), refresh=True)


class Listener(Protocol):
    """Whoever is shown the streams; `on_link` is told "" or why a stream is being opened again."""

    def on_link(self, stream: str, reason: str) -> None: ...
    def on_price(self, change: v1.PriceChange) -> None: ...
    def on_funding(self, update: v1.FundingUpdate) -> None: ...
    def on_order(self, update: v1.OrderUpdate) -> None: ...
    def on_open_orders(self, orders: list[v1.Order]) -> None: ...
    def on_position(self, position: v1.Position) -> None: ...
    def on_account(self, account: v1.Account) -> None: ...


def feed(tasks: asyncio.TaskGroup, client: Client, listener: Listener, symbols: Iterable[str]) -> None:
    """Keep `listener` up to date from all streams, in `tasks`."""

    def link(stream: str) -> Callable[[str], None]:
        def linked(reason: str) -> None:
            listener.on_link(stream, reason)
            if stream == "orders" and not reason:
                tasks.create_task(_list_orders(client, listener))

        return linked

    async def prices() -> None:
        async for change in client.prices(list(symbols), link("prices")):
            listener.on_price(change)

    async def funding(symbol: str) -> None:
        async for update in client.funding(symbol, link(f"funding of {symbol}")):
            listener.on_funding(update)

    async def orders() -> None:
        async for update in client.orders(link("orders")):
            listener.on_order(update)

    async def positions() -> None:
        async for position in client.positions("", link("positions")):
            listener.on_position(position)

    async def account() -> None:
        async for state in client.account(link("account")):
            listener.on_account(state)

    for each in (prices(), orders(), positions(), account(), *(funding(symbol) for symbol in symbols)):
        tasks.create_task(each)


async def _list_orders(client: Client, listener: Listener) -> None:
    """The orders that were there before the stream; if this fails, the stream fails too and is opened again."""
    with contextlib.suppress(GRPCError, OSError, StreamTerminatedError):
        listener.on_open_orders((await client.stub.get_open_orders(v1.GetOpenOrdersRequest())).orders)


class Lines:
    """The same as text: one line for each change, but prices and funding rates only now and then.

    `unread` is set when the other end of the pipe was closed.
    """

    def __init__(self, out: IO[str]) -> None:
        self.unread = asyncio.Event()
        self._out = out
        self._next: dict[str, float] = {}
        self._lost: set[str] = set()
        self._is_connected: bool | None = None

    def on_link(self, stream: str, reason: str) -> None:
        """All streams share one connection, which is lost with the first and back with the last."""
        if reason:
            self._lost.add(stream)
        else:
            self._lost.discard(stream)
        if self._is_connected is not (not self._lost):
            self._is_connected = not self._lost
            self._say("connected" if self._is_connected else f"connection lost, trying again: {reason}")

    def on_price(self, change: v1.PriceChange) -> None:
        if self._is_due(f"price {change.symbol}", PRICE_SECONDS):
            self._say(f"price {change.symbol} {number(change.price):f}")

    def on_funding(self, update: v1.FundingUpdate) -> None:
        if self._is_due(f"funding {update.symbol}", FUNDING_SECONDS):
            self._say(f"funding {update.symbol} {number(update.rate):f}")

    def on_order(self, update: v1.OrderUpdate) -> None:
        self._order(update)
        if (fill := update.last_trade) is not None and fill.trade_id:
            self._say(
                f"fill {fill.symbol} {number(fill.quantity):f} at {number(fill.price):f} fee {number(fill.fee):f}"
            )

    def on_open_orders(self, orders: list[v1.Order]) -> None:
        for order in orders:
            self._order(order)

    def on_position(self, position: v1.Position) -> None:
        self._say(f"position {position.symbol} {number(position.size):f} entry {number(position.entry_price):f}")

    def on_account(self, account: v1.Account) -> None:
        wallet, margin = number(account.total_wallet_balance), number(account.total_margin_balance)
        self._say(f"account wallet {wallet:f} margin {margin:f} available {number(account.available_balance):f}")

    def _order(self, order: v1.Order | v1.OrderUpdate) -> None:
        side, status = (order.side.name or "").lower(), (order.status.name or "").lower()
        filled = f"{number(order.executed_qty):f}/{number(order.quantity):f}"
        self._say(f"order {order.order_id} {order.symbol} {side} {number(order.price):f} {filled} {status}")

    def _is_due(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self._next.get(what, 0.0):
            return False
        self._next[what] = now + seconds
        return True

    def _say(self, text: str) -> None:
        """Written by hand: rich would end the process at a closed pipe, from within whichever task it was."""
        if self.unread.is_set():
            return
        try:
            self._out.write(f"{time.strftime('%H:%M:%S')} {text}\n")
            self._out.flush()
        except BrokenPipeError:
            self.unread.set()
