"""`exchange-connector record`: serve, write the journal, and keep the named symbols' market data flowing into it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from service.client import Client
from service.server import Endpoint, serve
from service.settings import Settings


async def record(settings: Settings, symbols: Sequence[str]) -> None:
    """Serve until told to stop, with prices, one-minute candles and funding of `symbols` subscribed to.

    Raises CannotServe, and GRPCError in a group for an unknown symbol.
    """
    endpoints: asyncio.Queue[Endpoint] = asyncio.Queue()
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(_follow(endpoints, settings, symbols))
        await serve(settings, started=endpoints.put_nowait)
        following.cancel()


async def _follow(endpoints: asyncio.Queue[Endpoint], settings: Settings, symbols: Sequence[str]) -> None:
    endpoint = await endpoints.get()
    token = settings.auth_token.get_secret_value()
    async with Client(endpoint.host, endpoint.port, token=token, name="record") as client, asyncio.TaskGroup() as tasks:
        if symbols:
            tasks.create_task(_drain(client.prices(symbols)))
            tasks.create_task(_drain(client.klines(symbols, "1m")))
        for symbol in symbols:
            tasks.create_task(_drain(client.funding(symbol)))


async def _drain(stream: AsyncIterator[Any]) -> None:
    async for _ in stream:
        pass
