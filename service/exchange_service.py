"""The unary methods of the contract. Errors are raised as the core's; service/interceptor.py makes statuses of them."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from grpclib.const import Handler
from grpclib.server import Stream

from sansio_exchange import commands, orders
from sansio_exchange.errors import ExchangeError, InvalidRequest, OutcomeUnknown
from service import convert
from service.ask import Ask, current_call
from service.codec import receive
from service.status import status_of
from service.streams import Streams
from service.stubs.opensqt.market_maker import v1

NAME = "opensqt.market_maker.v1.ExchangeService"


class ExchangeService(v1.ExchangeServiceBase):
    """`exchange` is the venue's name in answers."""

    def __init__(self, ask: Ask, streams: Streams, *, exchange: str, is_unified_margin: Callable[[], bool]) -> None:
        self._ask_core = ask
        self._streams = streams
        self._exchange = exchange
        self._is_unified_margin = is_unified_margin

    def __mapping__(self) -> dict[str, Handler]:
        """The generated table of methods, but with requests read strictly, and streams written by `Streams`."""
        return {path: self._handler(path, handler) for path, handler in super().__mapping__().items()}

    def _handler(self, path: str, handler: Handler) -> Handler:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", path.rpartition("/")[2]).lower()
        if handler.cardinality.server_streaming:
            subscribe = getattr(self._streams, name)

            async def serve(stream: Stream[Any, Any]) -> None:
                await subscribe(await receive(stream, handler.request_type), stream)
        else:
            answer = getattr(self, name)

            async def serve(stream: Stream[Any, Any]) -> None:
                await stream.send_message(await answer(await receive(stream, handler.request_type)))

        return handler._replace(func=serve)

    def _ask(self, action: commands.Action) -> Awaitable[Any]:
        call = current_call.get()
        return self._ask_core(action, timeout=call.timeout(), client=call.client)

    # --- the venue --------------------------------------------------------------------------------------------

    async def get_name(self, message: v1.GetNameRequest) -> v1.GetNameResponse:
        return v1.GetNameResponse(name=self._exchange)

    async def get_type(self, message: v1.GetTypeRequest) -> v1.GetTypeResponse:
        return v1.GetTypeResponse(type=v1.ExchangeType.FUTURES, is_unified_margin=self._is_unified_margin())

    # --- orders -----------------------------------------------------------------------------------------------

    async def place_order(self, message: v1.PlaceOrderRequest) -> v1.Order:
        return convert.order(await self._ask(commands.PlaceOrder(convert.new_order(message))))

    async def batch_place_orders(self, message: v1.BatchPlaceOrdersRequest) -> v1.BatchPlaceOrdersResponse:
        items = convert.batch(message.orders, "orders")
        wanted: dict[int, orders.NewOrder] = {}
        outcomes: dict[int, orders.Order | ExchangeError] = {}
        ids: set[str] = set()
        for index, item in enumerate(items):
            try:
                order = convert.new_order(item)
                if order.client_order_id in ids:
                    raise InvalidRequest("client_order_id", f"{order.client_order_id!r} is used twice in this batch")
            except InvalidRequest as error:
                outcomes[index] = error
                continue
            if order.client_order_id:
                ids.add(order.client_order_id)
            wanted[index] = order
        if wanted:
            results = await self._ask(commands.PlaceOrders(tuple(wanted.values())))
            outcomes |= zip(wanted, results, strict=True)
        errors = [
            _batch_error(index, outcome, items[index].client_order_id)
            for index, outcome in sorted(outcomes.items())
            if isinstance(outcome, ExchangeError)
        ]
        return v1.BatchPlaceOrdersResponse(
            orders=[convert.order(each) for _, each in sorted(outcomes.items()) if isinstance(each, orders.Order)],
            all_success=not errors,
            errors=errors,
        )

    async def cancel_order(self, message: v1.CancelOrderRequest) -> v1.CancelOrderResponse:
        convert.no_margin(message.use_margin)
        await self._ask(commands.CancelOrder(convert.symbol(message.symbol), convert.order_id(message.order_id)))
        return v1.CancelOrderResponse()

    async def batch_cancel_orders(self, message: v1.BatchCancelOrdersRequest) -> v1.BatchCancelOrdersResponse:
        convert.no_margin(message.use_margin)
        symbol = convert.symbol(message.symbol)
        outcomes: dict[int, ExchangeError | None] = {}
        wanted: dict[int, int] = {}
        for index, order_id in enumerate(convert.batch(message.order_ids, "order_ids")):
            try:
                wanted[index] = convert.order_id(order_id, "order_ids")
            except InvalidRequest as error:
                outcomes[index] = error
        if wanted:
            results = await self._ask(commands.CancelOrders(symbol, tuple(wanted.values())))
            outcomes |= zip(wanted, results, strict=True)
        return v1.BatchCancelOrdersResponse(
            errors=[_batch_error(index, error, "") for index, error in sorted(outcomes.items()) if error is not None]
        )

    async def cancel_all_orders(self, message: v1.CancelAllOrdersRequest) -> v1.CancelAllOrdersResponse:
        convert.no_margin(message.use_margin)
        await self._ask(commands.CancelAllOrders(convert.optional_symbol(message.symbol)))
        return v1.CancelAllOrdersResponse()

    async def get_order(self, message: v1.GetOrderRequest) -> v1.Order:
        convert.no_margin(message.use_margin)
        symbol = convert.symbol(message.symbol)
        return convert.order(await self._ask(commands.GetOrder(symbol, *convert.either_id(message))))

    async def get_open_orders(self, message: v1.GetOpenOrdersRequest) -> v1.GetOpenOrdersResponse:
        convert.no_margin(message.use_margin)
        found = await self._ask(commands.GetOpenOrders(convert.optional_symbol(message.symbol)))
        return v1.GetOpenOrdersResponse(orders=[convert.order(each) for each in found])

    # --- the account ------------------------------------------------------------------------------------------

    async def get_account(self, message: v1.GetAccountRequest) -> v1.Account:
        return convert.whole_account(await self._ask(commands.GetAccount()))

    async def get_positions(self, message: v1.GetPositionsRequest) -> v1.GetPositionsResponse:
        found = await self._ask(commands.GetPositions(convert.optional_symbol(message.symbol)))
        return v1.GetPositionsResponse(positions=[convert.position(each) for each in found])

    async def get_balance(self, message: v1.GetBalanceRequest) -> v1.GetBalanceResponse:
        balance = await self._ask(commands.GetBalance(convert.asset(message.asset)))
        return v1.GetBalanceResponse(balance=convert.decimal(balance))

    # --- market data ------------------------------------------------------------------------------------------

    async def get_latest_price(self, message: v1.GetLatestPriceRequest) -> v1.GetLatestPriceResponse:
        price = await self._ask(commands.GetLatestPrice(convert.symbol(message.symbol)))
        return v1.GetLatestPriceResponse(price=convert.decimal(price))

    async def get_tickers(self, message: v1.GetTickersRequest) -> v1.GetTickersResponse:
        found = await self._ask(commands.GetTickers())
        return v1.GetTickersResponse(tickers=[convert.ticker(each) for each in found])

    async def get_open_interest(self, message: v1.GetOpenInterestRequest) -> v1.GetOpenInterestResponse:
        found = await self._ask(commands.GetOpenInterest(convert.symbol(message.symbol)))
        return v1.GetOpenInterestResponse(open_interest=convert.decimal(found))

    async def get_historical_klines(self, message: v1.GetHistoricalKlinesRequest) -> v1.GetHistoricalKlinesResponse:
        symbol = convert.symbol(message.symbol)
        limit = convert.limit(message.limit, convert.MAX_CANDLES)
        found = await self._ask(commands.GetHistoricalKlines(symbol, convert.interval(message.interval), limit))
        return v1.GetHistoricalKlinesResponse(candles=[convert.candle(each) for each in found])

    async def fetch_exchange_info(self, message: v1.FetchExchangeInfoRequest) -> v1.FetchExchangeInfoResponse:
        await self._ask(commands.FetchExchangeInfo(convert.optional_symbol(message.symbol)))
        return v1.FetchExchangeInfoResponse()

    async def get_symbol_info(self, message: v1.GetSymbolInfoRequest) -> v1.SymbolInfo:
        return convert.symbol_info(await self._ask(commands.GetSymbolInfo(convert.symbol(message.symbol))))

    async def get_symbols(self, message: v1.GetSymbolsRequest) -> v1.GetSymbolsResponse:
        return v1.GetSymbolsResponse(symbols=list(await self._ask(commands.GetSymbols())))

    # --- funding ----------------------------------------------------------------------------------------------

    async def get_funding_rate(self, message: v1.GetFundingRateRequest) -> v1.FundingRate:
        found = await self._ask(commands.GetFundingRate(convert.symbol(message.symbol)))
        return convert.funding_rate(found, self._exchange)

    async def get_funding_rates(self, message: v1.GetFundingRatesRequest) -> v1.GetFundingRatesResponse:
        found = await self._ask(commands.GetFundingRates())
        return v1.GetFundingRatesResponse(rates=[convert.funding_rate(each, self._exchange) for each in found])

    async def get_historical_funding_rates(
        self, message: v1.GetHistoricalFundingRatesRequest
    ) -> v1.GetHistoricalFundingRatesResponse:
        symbol = convert.symbol(message.symbol)
        limit = convert.limit(message.limit, convert.MAX_FUNDING_RATES)
        found = await self._ask(commands.GetHistoricalFundingRates(symbol, limit))
        rates = [convert.funding_rate(each, self._exchange) for each in found]
        return v1.GetHistoricalFundingRatesResponse(rates=rates)


def _batch_error(index: int, error: ExchangeError, client_order_id: str) -> v1.BatchOrderError:
    if isinstance(error, OutcomeUnknown):  # the only way to learn the id that was made up for an order in limbo
        client_order_id = error.client_order_id or client_order_id
    return v1.BatchOrderError(
        index=index,
        client_order_id=client_order_id,
        error_message=error.message,
        code=status_of(error)[0].value,
    )
