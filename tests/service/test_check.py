import io

import pytest
from rich.console import Console

from service.check import ask_venue, explain
from service.server import CannotServe
from service.settings import load

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # the local venue's only one


def console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=160), out


def test_every_setting_is_named_with_its_source_and_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_SECRET", "very-secret")
    screen, out = console()
    explain(load(exchange="binance", api_key="very-key"), screen)
    shown = out.getvalue()
    assert "very" not in shown
    for name in ("EXCHANGE", "API_SECRET", "HOST", "RECORD", "argument", "environment", "default"):
        assert name in shown
    assert "would listen on 127.0.0.1:50051" in shown


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_KEY", raising=False)
    with pytest.raises(CannotServe, match="API_KEY is needed"):
        explain(load(exchange="binance"), console()[0])


async def test_online_it_asks_the_venue() -> None:
    screen, out = console()
    await ask_venue(load(exchange="sim"), screen)
    assert "sim answers: 6 symbols, credentials accepted, 100,000.00 USDT" in out.getvalue()


async def test_online_a_venue_that_does_not_answer_is_said_so() -> None:
    nowhere = {"exchange_rest_url": "http://127.0.0.1:1", "exchange_ws_url": "ws://127.0.0.1:1"}
    with pytest.raises(CannotServe, match="binance cannot be served"):
        await ask_venue(load(exchange="binance", api_key="k", api_secret="s", **nowhere), console()[0])
