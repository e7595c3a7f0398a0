"""The demo as a whole, through real sockets, for a few seconds of the real clock: nothing in it can be sped up."""

import io
import socket

import pytest
from rich.console import Console

from service.demo import ENOUGH, _count, demo
from service.server import CannotServe

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


@pytest.mark.parametrize("exchange", ["binance", "okx"])
async def test_it_trades_and_ends_by_itself_with_a_summary(exchange: str) -> None:
    out = io.StringIO()
    await demo(Console(file=out, width=120), exchange=exchange, port=0, seconds=3.0)
    shown = out.getvalue()
    figures = {
        name.strip(): value.strip()
        for name, value in (line.strip("│").split("│") for line in shown.splitlines() if line.startswith("│"))
    }
    assert int(figures["orders"]) > 0
    assert int(figures["messages"]) > 10
    assert "ms" in figures["PlaceOrder round trip, p50 / p99"]
    assert "few samples" in figures["PlaceOrder round trip, p50 / p99"]
    assert "fills" in figures
    assert "BTCUSDT" in shown.splitlines()[0]


def test_a_percentile_of_few_samples_is_marked_as_such() -> None:
    assert _count([0.1] * (ENOUGH - 1), "orders") == "99 orders, few samples"
    assert _count([0.1] * ENOUGH, "orders") == "100 orders"


async def test_the_port_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(CannotServe, match=f"cannot listen on 127.0.0.1:{port}"):
            await demo(Console(file=io.StringIO()), seconds=1.0)


async def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"cannot listen on 127.0.0.1:{port}"):
            await demo(Console(file=io.StringIO()), port=port, seconds=1.0)
