"""The six subscriptions: what each sends first, and from then on.

Every stream is open upstream before its response headers go out, and receives from then on; what it is sent first, the
present state, gives way to anything newer that came meanwhile, and is never behind what other streams were told.
"""

import logging
from collections.abc import Awaitable, Iterable
from typing import Any

import anyio
from grpclib.server import Stream

from sansio_exchange.commands import (
    GetAccount,
    GetFundingRate,
    GetLatestPrice,
    GetPositions,
    GetSymbolInfo,
    Topic,
)
from sansio_exchange.errors import ExchangeError, UnknownSymbol
from sansio_exchange.market import PriceChange, SymbolRules
from service import convert
from service.ask import Ask, current_call
from service.hub import Hub
from service.outbox import Item
from service.stubs.opensqt.market_maker import v1

_log = logging.getLogger("service.streams")


class Streams:
    """One method per subscription; each lasts until the client leaves or an error ends the stream."""

    def __init__(self, ask: Ask, hub: Hub) -> None:
        self._ask_core = ask
        self._hub = hub

    async def subscribe_price(self, request: v1.SubscribePriceRequest, stream: Stream[Any, Any]) -> None:
        symbols = await self._listed(request.symbols)
        with self._hub.outbox(stream, "price") as outbox:
            known = await self._hub.subscribe(outbox, [Topic("price", symbol) for symbol in symbols])
            await stream.send_initial_metadata()
            known_symbols = {key for key, _, _ in known}
            asked = await self._latest_prices(symbol for symbol in symbols if symbol not in known_symbols)
            outbox.open([*known, *asked])
            await outbox.run()

    async def subscribe_klines(self, request: v1.SubscribeKlinesRequest, stream: Stream[Any, Any]) -> None:
        interval = convert.interval(request.interval)
        symbols = await self._listed(request.symbols)
        with self._hub.outbox(stream, "kline") as outbox:
            running = await self._hub.subscribe(outbox, [Topic("kline", symbol, interval) for symbol in symbols])
            await stream.send_initial_metadata()
            outbox.open(running)
            await outbox.run()

    async def subscribe_funding_rate(self, request: v1.SubscribeFundingRateRequest, stream: Stream[Any, Any]) -> None:
        symbol = await self._canonical(convert.symbol(request.symbol))
        with self._hub.outbox(stream, "funding") as outbox:
            present = await self._hub.subscribe(outbox, [Topic("funding", symbol)])
            await stream.send_initial_metadata()
            if not present:
                present = [self._hub.funding_item(await self._ask(GetFundingRate(symbol)))]
            outbox.open(present)
            await outbox.run()

    async def subscribe_orders(self, _request: v1.SubscribeOrdersRequest, stream: Stream[Any, Any]) -> None:
        with self._hub.outbox(stream, "orders") as outbox:
            missed = self._hub.order_items()  # now: what comes while the headers go out is offered to the outbox
            await stream.send_initial_metadata()
            outbox.open(missed)
            await outbox.run()

    async def subscribe_account(self, _request: v1.SubscribeAccountRequest, stream: Stream[Any, Any]) -> None:
        with self._hub.outbox(stream, "account") as outbox:
            await stream.send_initial_metadata()
            outbox.open([self._hub.present_account(await self._ask(GetAccount()))])
            await outbox.run()

    async def subscribe_positions(self, request: v1.SubscribePositionsRequest, stream: Stream[Any, Any]) -> None:
        symbol = convert.optional_symbol(request.symbol)
        if symbol:
            symbol = await self._canonical(symbol)
        with self._hub.outbox(stream, "positions", symbol) as outbox:
            await stream.send_initial_metadata()
            outbox.open(self._hub.present_positions(await self._ask(GetPositions(symbol)), symbol))
            await outbox.run()

    async def _listed(self, symbols: list[str]) -> tuple[str, ...]:
        """The canonical names of a request's `symbols`, each once. Raises UnknownSymbol, which names the entry."""
        found: list[str] = []
        for symbol in convert.symbols(symbols):
            try:
                found.append(await self._canonical(symbol))
            except UnknownSymbol as unknown:
                raise UnknownSymbol(f"symbols[{symbols.index(symbol)}]", unknown.rule) from None
        return tuple(dict.fromkeys(found))

    async def _canonical(self, symbol: str) -> str:
        """The canonical name of `symbol`. Raises UnknownSymbol."""
        rules: SymbolRules = await self._ask(GetSymbolInfo(symbol))
        return rules.symbol

    async def _latest_prices(self, symbols: Iterable[str]) -> list[Item]:
        """The last known prices, asked side by side. The venue tells no time with them."""
        items: list[Item] = []

        async def look_up(symbol: str) -> None:
            try:
                price = await self._ask(GetLatestPrice(symbol))
            except ExchangeError as error:  # the stream is open all the same, and the next trade tells the price
                _log.warning("no last price of %s for a new stream: %s", symbol, error)
            else:
                items.append(self._hub.price_item(PriceChange(symbol, price, time_ms=0)))

        async with anyio.create_task_group() as tasks:
            for symbol in symbols:
                tasks.start_soon(look_up, symbol)
        return items

    def _ask(self, action: Any) -> Awaitable[Any]:
        call = current_call.get()
        return self._ask_core(action, timeout=call.timeout(), client=call.client)
