"""A client of the connector, in Python: the generated stub, and streams that outlive a restart.

    async with Client(port=50051) as client:
        order = await client.stub.place_order(v1.PlaceOrderRequest(symbol="BTCUSDT", ...))
        async for change in client.prices(["BTCUSDT"]):
            print(change.symbol, change.price.value)

Calls raise grpclib's GRPCError. A stream that ends for want of the connector or its venue is opened again by itself;
what happened meanwhile is not told on it, so whoever keeps state takes `link` to hear of it and asks anew. It runs on
asyncio, as grpclib does.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from grpclib.client import Channel
from grpclib.const import Cardinality, Status
from grpclib.exceptions import GRPCError, StreamTerminatedError
from grpclib.health.v1.health_grpc import HealthStub
from grpclib.health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from service.stubs.opensqt.market_maker import v1

SERVICE = "/opensqt.market_maker.v1.ExchangeService/"
FIRST_WAIT = 0.25
LONGEST_WAIT = 5.0
"""Seconds between two attempts to open a stream again; doubled each time in between."""
HEALTH_SECONDS = 5.0
_PASSING = frozenset(
    {
        Status.UNAVAILABLE,
        Status.DEADLINE_EXCEEDED,
        Status.INTERNAL,
        Status.UNKNOWN,
        Status.RESOURCE_EXHAUSTED,
        Status.ABORTED,
    }
)
"""Statuses after which the same request may succeed; any other ends the stream with its GRPCError."""

M = TypeVar("M")
Link = Callable[[str], None]
"""Called with "" when a stream is open, and with the reason when it was lost and is being opened again."""


def _no_link(reason: str) -> None:
    pass


class Client:
    """One connection. `token` is the connector's AUTH_TOKEN; `name` stands in the connector's log."""

    def __init__(self, host: str = "127.0.0.1", port: int = 50051, *, token: str = "", name: str = "") -> None:
        metadata = {"authorization": f"Bearer {token}"} if token else {}
        if name:
            metadata["x-client-id"] = name
        self.address = f"{host}:{port}"
        self._metadata = metadata
        self._channel = Channel(host, port)
        self.stub = v1.ExchangeServiceStub(self._channel, metadata=metadata)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()

    def prices(self, symbols: Sequence[str], link: Link = _no_link) -> AsyncIterator[v1.PriceChange]:
        """The last known price of each, then each trade's."""
        return self._follow("SubscribePrice", v1.SubscribePriceRequest(symbols=list(symbols)), v1.PriceChange, link)

    def klines(self, symbols: Sequence[str], interval: str, link: Link = _no_link) -> AsyncIterator[v1.Candle]:
        """The running candles as they change, and each closed one once."""
        request = v1.SubscribeKlinesRequest(symbols=list(symbols), interval=interval)
        return self._follow("SubscribeKlines", request, v1.Candle, link)

    def funding(self, symbol: str, link: Link = _no_link) -> AsyncIterator[v1.FundingUpdate]:
        """The present rate, then each statement of the venue."""
        return self._follow(
            "SubscribeFundingRate", v1.SubscribeFundingRateRequest(symbol=symbol), v1.FundingUpdate, link
        )

    def orders(self, link: Link = _no_link) -> AsyncIterator[v1.OrderUpdate]:
        """Every update of every own order from the moment the stream is open."""
        return self._follow("SubscribeOrders", v1.SubscribeOrdersRequest(), v1.OrderUpdate, link)

    def account(self, link: Link = _no_link) -> AsyncIterator[v1.Account]:
        """The present state, then each change."""
        return self._follow("SubscribeAccount", v1.SubscribeAccountRequest(), v1.Account, link)

    def positions(self, symbol: str = "", link: Link = _no_link) -> AsyncIterator[v1.Position]:
        """The open positions, then each change; a closed one comes once with size 0."""
        return self._follow("SubscribePositions", v1.SubscribePositionsRequest(symbol=symbol), v1.Position, link)

    async def health(self) -> tuple[bool, str]:
        """Whether the venue can be traded on now, and the connector's reason.

        Raises GRPCError, OSError or TimeoutError (after five seconds) where no connector answers.
        """
        async with (
            asyncio.timeout(HEALTH_SECONDS),
            HealthStub(self._channel).Check.open(metadata=self._metadata) as stream,
        ):
            await stream.send_message(HealthCheckRequest(), end=True)
            reply = await stream.recv_message()
        assert reply is not None
        metadata: Any = stream.initial_metadata or {}
        return reply.status == HealthCheckResponse.SERVING, str(metadata.get("x-exchange-health", ""))

    async def _follow(self, method: str, request: Any, kind: type[M], link: Link) -> AsyncIterator[M]:
        wait = FIRST_WAIT
        while True:
            try:
                async with self._channel.request(
                    SERVICE + method, Cardinality.UNARY_STREAM, type(request), kind, metadata=self._metadata
                ) as stream:
                    await stream.send_message(request, end=True)
                    await stream.recv_initial_metadata()  # comes as soon as the stream is open
                    link("")
                    wait = FIRST_WAIT
                    async for message in stream:
                        yield message
                reason = "the connector ended the stream"
            except GRPCError as error:
                if error.status not in _PASSING:
                    raise
                reason = error.message or error.status.name
            except StreamTerminatedError:
                reason = "the connection broke"
            except OSError:
                reason = f"no connector answers at {self.address}"
            link(reason)
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)
