"""`exchange-connector venue`: a local venue on a port of its own, for any client that speaks the venue's protocol."""

import time
from pathlib import Path

import anyio
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from sansio_exchange.simulation.venues import DEMO, DEMO_BALANCE, make_local_venue
from sansio_exchange.venue import Endpoints
from sansio_exchange.venues import make_venue
from service.local_venue import local_venue
from transport.capture import captured_trades


async def serve_venue(
    console: Console, *, exchange: str, host: str, port: int, seed: int, capture: Path | None
) -> None:
    """Serve until cancelled. Raises InvalidRequest, PortInUse, OSError, BadRecording."""
    trades = captured_trades(capture, make_venue(exchange)) if capture is not None else None
    machine = make_local_venue(exchange, seed=seed, start_ms=time.time_ns() // 1_000_000, capture=trades)
    async with local_venue(machine, host, port) as roots:
        console.print(_panel(exchange, seed, roots))
        console.print("To put a connector before it:\n")
        # Outside the frame and unwrapped, so that it can be copied.
        console.print(_command(exchange, roots), soft_wrap=True, highlight=False, markup=False)
        await anyio.sleep_forever()


def _panel(exchange: str, seed: int, roots: Endpoints) -> Panel:
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("REST", roots.rest),
        ("WebSocket", roots.public),
        ("account", f"key, secret and passphrase {DEMO}; {DEMO_BALANCE:,} USDT"),
        ("seed", str(seed)),
    ):
        table.add_row(f"[dim]{name}[/dim]", value)
    return Panel(table, title=f"Local {exchange}", title_align="left", subtitle="Ctrl-C stops it", expand=False)


def _command(exchange: str, roots: Endpoints) -> str:
    return (
        f"EXCHANGE={exchange} API_KEY={DEMO} API_SECRET={DEMO} API_PASSPHRASE={DEMO} \\\n"
        f"EXCHANGE_REST_URL={roots.rest} EXCHANGE_WS_URL={roots.public} \\\n"
        f"EXCHANGE_WS_PRIVATE_URL={roots.private} EXCHANGE_WS_TRADE_URL={roots.trade} \\\n"
        "exchange-connector serve\n"
    )
