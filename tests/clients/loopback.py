"""What every third-party client needs to trade on a local venue: its URLs changed, and patience."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from sansio_exchange.venue import Endpoints

CCXT = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""Marks of its tests: asyncio, and its own warnings ignored."""


def local(urls: Any, endpoints: Endpoints) -> Any:
    """The same tree of URLs with every host replaced."""
    if isinstance(urls, dict):
        return {name: local(each, endpoints) for name, each in urls.items()}
    parts = urlsplit(urls.replace("{hostname}", "any"))
    return (endpoints.public if parts.scheme == "wss" else endpoints.rest) + parts.path


async def within(awaitable: Any, seconds: float = 8.0) -> Any:
    async with asyncio.timeout(seconds):
        return await awaitable


async def far_bid(exchange: Any, symbol: str) -> float:
    """A price that rests, as ccxt knows it."""
    book = await exchange.fetch_order_book(symbol, 5)
    return float(exchange.price_to_precision(symbol, book["bids"][0][0] * 0.97))
