"""`exchange-connector demo`: a local venue, the connector before it, and the sample maker trading through both.

    SampleMaker ──gRPC──► connector ──HTTP, WebSockets──► local venue

All in one process, but through real sockets: whoever connects to the same port with `watch` or grpcurl sees the same.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sansio_exchange.numbers import floor_to
from sansio_exchange.simulation.sample_maker import SampleMaker
from sansio_exchange.simulation.venues import DEMO, make_local_venue
from service.board import Board
from service.client import Client
from service.local_venue import local_venue
from service.messages import number
from service.server import Endpoint, serve
from service.settings import load
from service.stubs.opensqt.market_maker import v1
from service.trader import Trader, load_rules
from service.watch import feed, show

TRADED = "BTCUSDT"
SHOWN = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
NOTIONAL = Decimal(1_000)
"""USDT in each quote of the maker."""
MAX_QUOTES = 5
HALF_SPREAD = Decimal("0.00002")
"""0.2 basis points: so near the touch that a fill comes every few seconds, and less than the fees."""
TOLERANCE = Decimal(5)
"""Half spreads that a quote may be off: were it replaced at every move, one would hardly ever see it stand."""

ENOUGH = 100
"""Samples from which on a 99th percentile says something."""


async def demo(
    console: Console, *, exchange: str = "binance", port: int | None = None, seconds: float | None = None
) -> None:
    """Run until Ctrl-C or SIGTERM, or for `seconds`; then print what was done. Without `port` the settings tell it.

    Raises CannotServe where the port is taken.
    """
    async with _connector(exchange, port) as (endpoint, stopped), Client(endpoint.host, endpoint.port) as client:
        show_demo = _Demo(client, console, f"exchange-connector demo on {client.address}")
        running = asyncio.create_task(show_demo.run())
        await asyncio.wait({running, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    console.print(show_demo.summary())


@asynccontextmanager
async def _connector(exchange: str, port: int | None) -> AsyncIterator[tuple[Endpoint, asyncio.Task[None]]]:
    """A local venue and a connector that serves it; the task ends when the connector is told to stop."""
    machine = make_local_venue(exchange, seed=secrets.randbits(32), start_ms=time.time_ns() // 1_000_000)
    async with local_venue(machine) as roots:
        settings = load(
            exchange=exchange,
            api_key=DEMO,
            api_secret=DEMO,
            api_passphrase=DEMO,
            host="127.0.0.1",
            port=port,
            auth_token="",
            exchange_rest_url=roots.rest,
            exchange_ws_url=roots.public,
            exchange_ws_private_url=roots.private,
            exchange_ws_trade_url=roots.trade,
        )
        started: asyncio.Future[Endpoint] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(settings, started=started.set_result, past_is_known=True))
        try:
            both: set[asyncio.Future[Any]] = {started, serving}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not started.done():
                await serving  # raises why it cannot serve
                return
            yield started.result(), serving
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving


class _Demo:
    """Trades, shows and counts."""

    def __init__(self, client: Client, console: Console, title: str) -> None:
        self._client = client
        self._console = console
        self._board = Board(title, list(SHOWN))
        self._trader: Trader | None = None
        self._ticks: list[float] = []
        self._started = time.monotonic()
        self._first_margin: Decimal | None = None
        self._fills = 0
        self._prices = 0

    async def run(self) -> None:
        rules = await load_rules(self._client, TRADED)
        price = number((await self._client.stub.get_latest_price(v1.GetLatestPriceRequest(symbol=TRADED))).price)
        quantity = floor_to(NOTIONAL / price, rules.step_size)
        maker = SampleMaker(
            rules,
            quantity=quantity,
            max_position=quantity * MAX_QUOTES,
            half_spread=HALF_SPREAD,
            tolerance=TOLERANCE,
            name=f"demo{secrets.token_hex(3)}",
        )
        self._trader = Trader(self._client, maker)
        async with asyncio.TaskGroup() as tasks:
            feed(tasks, self._client, self, SHOWN)
            tasks.create_task(self._trader.run(self._on_tick))
            if self._console.is_terminal:
                await show(
                    self._console,
                    lambda: self._board.render(self._console.width, self._console.height, *self._figures()),
                )
            else:
                await self._print_lines()

    def _on_tick(self, change: v1.PriceChange) -> None:
        """Venue and client read the same clock, so the difference is the way of the price. The first is an old one."""
        self._prices += 1
        if change.timestamp is not None and self._prices > 1:
            self._ticks.append(time.time() - change.timestamp.timestamp())

    # --- what watch shows, and what is counted of it --------------------------------------------------------------

    def on_link(self, stream: str, reason: str) -> None:
        self._board.on_link(stream, reason)

    def on_price(self, change: v1.PriceChange) -> None:
        self._board.on_price(change)

    def on_funding(self, update: v1.FundingUpdate) -> None:
        self._board.on_funding(update)

    def on_open_orders(self, orders: list[v1.Order]) -> None:
        self._board.on_open_orders(orders)

    def on_position(self, position: v1.Position) -> None:
        self._board.on_position(position)

    def on_order(self, update: v1.OrderUpdate) -> None:
        self._board.on_order(update)
        self._fills += update.last_trade is not None and update.last_trade.trade_id != ""

    def on_account(self, account: v1.Account) -> None:
        self._board.on_account(account)
        if self._first_margin is None:
            self._first_margin = number(account.total_margin_balance)

    # --- how it is shown ------------------------------------------------------------------------------------------

    def _profit(self) -> Decimal:
        account = self._board.account
        if account is None or self._first_margin is None:
            return Decimal(0)
        return number(account.total_margin_balance) - self._first_margin

    def _figures(self) -> list[Text]:
        assert self._trader is not None
        profit = self._profit()
        traded = Text.assemble(
            ("Maker  ", "bold"),
            f"{self._trader.placed} orders, {self._fills} fills, profit after fees ",
            (f"{profit:+.2f} USDT", "green" if profit > 0 else "red" if profit < 0 else "dim"),
        )
        latency = Text.assemble(
            ("Latency  ", "bold"),
            f"tick to client {_two(self._ticks[-1000:])}, PlaceOrder {_two(self._trader.round_trips[-1000:])}",
        )
        return [traded, latency]

    async def _print_lines(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            assert self._trader is not None
            position = self._board.positions.get(TRADED)
            self._console.print(
                f"{time.strftime('%H:%M:%S')} {TRADED} {self._board.quotes[TRADED].price:f}"
                f" | {len(self._board.working)} working, {self._trader.placed} orders, {self._fills} fills"
                f" | position {number(position.size) if position else 0:f}, profit {self._profit():+.2f} USDT"
                f" | tick {_two(self._ticks[-1000:])}, PlaceOrder {_two(self._trader.round_trips[-1000:])}",
                soft_wrap=True,
                highlight=False,
            )

    def summary(self) -> Table:
        """What was done, as a table."""
        placed, trips = (self._trader.placed, self._trader.round_trips) if self._trader else (0, [])
        table = Table(title="Demo", title_justify="left", title_style="bold", show_header=False)
        for name, value in (
            ("time", f"{time.monotonic() - self._started:.1f} s"),
            ("messages", f"{self._board.messages:,}"),
            ("orders", f"{placed:,}"),
            ("fills", f"{self._fills:,}"),
            ("profit after fees", f"{self._profit():+.2f} USDT"),
            ("tick to client, p50 / p99", f"{_two(self._ticks)}  ({_count(self._ticks, 'prices')})"),
            ("PlaceOrder round trip, p50 / p99", f"{_two(trips)}  ({_count(trips, 'orders')})"),
        ):
            table.add_row(name, value)
        return table


def _two(seconds: Sequence[float]) -> str:
    """Median and 99th percentile in milliseconds."""
    if not seconds:
        return "-"
    ranked = sorted(seconds)
    p50, p99 = (ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000 for share in (0.50, 0.99))
    return f"{p50:.1f} / {p99:.1f} ms"


def _count(samples: Sequence[float], what: str) -> str:
    """How many there are, and whether the 99th percentile is not rather the greatest of a few."""
    return f"{len(samples):,} {what}" + (", few samples" if len(samples) < ENOUGH else "")
