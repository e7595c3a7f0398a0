import io
from decimal import Decimal

import anyio
import pytest
from grpclib.exceptions import GRPCError
from rich.console import Console

from sansio_exchange import commands
from sansio_exchange.account import Account, Position
from sansio_exchange.market import FundingRate, PriceChange
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side
from service.client import Client
from service.watch import Lines, watch
from tests.service.serving import Served, eventually, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


WORKING = Order(1, "c1", "BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.010"), OrderStatus.NEW, price=Decimal(95_000))
FILL = Fill("9", 2, "BTCUSDT", Side.SELL, Decimal(95_100), Decimal("0.01"), Decimal("0.19"), "USDT", Decimal(0), 5)
FILLED = Order(
    2, "c2", "BTCUSDT", Side.SELL, OrderType.LIMIT, Decimal("0.010"), OrderStatus.FILLED, price=Decimal(95_100)
)


def answer(served: Served) -> None:
    answers = served.driver.answers
    answers[commands.GetLatestPrice] = Decimal(95_000)
    answers[commands.GetOpenOrders] = (WORKING,)
    answers[commands.GetFundingRate] = FundingRate("BTCUSDT", Decimal("0.0001"), 5)
    answers[commands.GetPositions] = (Position("BTCUSDT", Decimal("-0.5"), Decimal(95_000)),)
    answers[commands.GetAccount] = Account(Decimal(100), Decimal(99), Decimal(98))


async def test_without_a_terminal_it_prints_a_line_for_each_thing() -> None:
    out = io.StringIO()
    async with serving() as served, Client(port=served.port) as client, anyio.create_task_group() as tasks:
        answer(served)
        tasks.start_soon(watch, client, ["BTCUSDT"], Console(file=out, width=40))
        await eventually(lambda: "order 1" in out.getvalue() and "price" in out.getvalue())
        served.hub.publish(OrderUpdate(FILLED, FILL))
        served.hub.publish(PriceChange("BTCUSDT", Decimal(95_001), 6))
        await eventually(lambda: "fill" in out.getvalue() and "account" in out.getvalue())
        tasks.cancel_scope.cancel()
    lines = {line.partition(" ")[2] for line in out.getvalue().splitlines()}
    assert {
        "connected",
        "price BTCUSDT 95000",
        "funding BTCUSDT 0.0001",
        "order 1 BTCUSDT buy 95000 0/0.010 new",
        "order 2 BTCUSDT sell 95100 0/0.010 filled",
        "fill BTCUSDT 0.01 at 95100 fee 0.19",
        "position BTCUSDT -0.5 entry 95000",
        "account wallet 100 margin 99 available 98",
    } <= lines
    assert "price BTCUSDT 95001" not in lines  # within a second of the last


class ClosedPipe(io.StringIO):
    """Takes one line, as `head -n 1` does."""

    def write(self, text: str) -> int:
        if "\n" in self.getvalue():
            raise BrokenPipeError
        return super().write(text)


async def test_it_ends_when_nobody_reads_the_lines_any_more() -> None:
    out = ClosedPipe()
    async with serving() as served, Client(port=served.port) as client:
        answer(served)
        with anyio.fail_after(5):
            await watch(client, ["BTCUSDT"], Console(file=out))
    assert len(out.getvalue().splitlines()) == 1


async def test_the_connection_is_told_once_for_all_streams() -> None:
    out = io.StringIO()
    lines = Lines(out)
    for reason in ("no connector answers", "no connector answers", "the connection broke"):
        for stream in ("prices", "orders", "account"):
            lines.on_link(stream, reason)
    assert [line.partition(" ")[2] for line in out.getvalue().splitlines()] == [
        "connection lost, trying again: no connector answers"
    ]
    for stream in ("prices", "orders"):
        lines.on_link(stream, "")
    assert len(out.getvalue().splitlines()) == 1
    lines.on_link("account", "")
    lines.on_link("account", "")
    lines.on_link("prices", "the connection broke")
    assert [line.partition(" ")[2] for line in out.getvalue().splitlines()][1:] == [
        "connected",
        "connection lost, trying again: the connection broke",
    ]


async def test_on_a_terminal_it_draws_the_table() -> None:
    out = io.StringIO()
    console = Console(file=out, width=110, height=40, force_terminal=True, color_system=None)
    async with serving() as served, Client(port=served.port) as client, anyio.create_task_group() as tasks:
        answer(served)
        tasks.start_soon(watch, client, ["BTCUSDT"], console)
        await eventually(lambda: "95,000" in out.getvalue() and "1 working" in out.getvalue())
        tasks.cancel_scope.cancel()
    assert f"exchange-connector at 127.0.0.1:{served.port}" in out.getvalue()


async def test_an_unknown_symbol_ends_it() -> None:
    async with serving() as served, Client(port=served.port) as client:
        answer(served)
        with pytest.raises(ExceptionGroup) as refused:
            await watch(client, ["NONESUCH"], Console(file=io.StringIO()))
        assert refused.group_contains(GRPCError, match="NONESUCH")
