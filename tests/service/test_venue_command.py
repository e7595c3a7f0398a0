import io
import re
import socket
from pathlib import Path

import anyio
import httpx
import msgspec
import pytest
from rich.console import Console

from service.local_venue import PortInUse
from service.venue_command import serve_venue
from tests.service.serving import eventually
from tests.service.test_replay import capture

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # the local venue's only one


async def test_it_says_how_to_connect_and_answers_there() -> None:
    out = io.StringIO()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_serve, out, None)
        await eventually(lambda: "exchange-connector serve" in out.getvalue())
        found = re.search(r"EXCHANGE_REST_URL=(\S+)", out.getvalue())
        assert found is not None
        async with httpx.AsyncClient(trust_env=False) as http:
            reply = await http.get(f"{found[1]}/fapi/v1/ping")
        assert reply.status_code == 200
        tasks.cancel_scope.cancel()
    assert "key, secret and passphrase demo; 100,000 USDT" in out.getvalue()


async def test_it_replays_the_trades_of_a_capture(tmp_path: Path) -> None:
    out = io.StringIO()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_serve, out, capture(tmp_path / "c"))
        await eventually(lambda: "exchange-connector serve" in out.getvalue())
        found = re.search(r"EXCHANGE_REST_URL=(\S+)", out.getvalue())
        assert found is not None
        async with httpx.AsyncClient(trust_env=False) as http:
            reply = await http.get(f"{found[1]}/fapi/v1/ticker/price?symbol=BTCUSDT")
        assert 90 < float(msgspec.json.decode(reply.content)["price"]) < 110  # the capture's one trade was at 100.5
        tasks.cancel_scope.cancel()


async def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port}"):
            await serve_venue(
                Console(file=io.StringIO()), exchange="binance", host="127.0.0.1", port=port, seed=1, capture=None
            )


async def _serve(out: io.StringIO, file: Path | None) -> None:
    console = Console(file=out, width=120)
    await serve_venue(console, exchange="binance", host="127.0.0.1", port=0, seed=1, capture=file)
