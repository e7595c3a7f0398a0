"""Client programs that listen: one that keeps up, one that reads slowly, one that vanishes, and one with a screen.

What must hold is judged at their end of the stream: an order stream tells each update of its process once, in order,
from the moment it was open until its own end; the screen shows how things stand.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from sansio_exchange.account import Account, Position
from sansio_exchange.market import PriceChange
from sansio_exchange.simulation.prng import Prng
from service import convert, encode
from service.hub import AFTER_RESTART
from service.outbox import MOST
from service.stubs.opensqt.market_maker import v1
from tests.simulation.house import House, HouseClient, Update
from tests.simulation.served import EXCHANGE, Served
from tests.simulation.witness import Wrong

NARROW = 1500
"""Bytes that a slow client's stream takes before it is read."""
SETTLED = 0.05
"""Seconds in which what was published has arrived."""


class OrderStream:
    """One order stream, from its opening to its end: `ended` says why, "" while it lasts."""

    def __init__(self, served: Served, opened: float) -> None:
        self.served = served
        self.opened = opened
        self.known_at_open = len(served.updates)
        self.heard: list[bytes] = []
        self.ended = ""

    def judge(self) -> None:
        """Raises Wrong unless exactly the updates since it was opened were heard, all of them where it lasts."""
        updates, begun = self.served.updates, self.served.served_from
        since = self.opened - self.served.served_at
        may_be_told_all = self.served.is_restart and since < AFTER_RESTART + 1
        may_be_told_new = not self.served.is_restart or since > AFTER_RESTART - 1
        for first in range(begun, self.known_at_open + 1):
            missed = updates[max(0, first - MOST * self.served.backlog) : first]
            for expected in [updates[first:]] * may_be_told_new + [[*missed, *updates[first:]]] * may_be_told_all:
                is_all = len(self.heard) == len(expected) or (self.ended and len(self.heard) < len(expected))
                if is_all and self.heard == expected[: len(self.heard)]:
                    return
        raise Wrong(
            f"an order stream was not told each update once: opened at {self.opened:.3f} after {self.known_at_open} of "
            f"{len(updates)} ({begun} before clients), heard {len(self.heard)}, {self.ended or 'still open'}"
        )


class Subscribers:
    """All of an episode. `begin` them, and `judge` in the end."""

    def __init__(self, house: House, seed: int, symbols: list[str], until: float) -> None:
        self.steady: list[OrderStream] = []
        self.slow: list[OrderStream] = []
        self.vanishing: list[OrderStream] = []
        self.account: v1.Account | None = None
        self.positions: dict[str, v1.Position] = {}
        self.price: v1.PriceChange | None = None
        self._prices: deque[bytes] = deque(maxlen=200)
        self._house = house
        self._prng = Prng(seed, "subscribers")
        self._symbols = symbols
        self._until = until
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        loop = asyncio.get_running_loop()
        at = 20.0 + self._prng.uniform() * (self._until - 20.0)
        lists: list[Coroutine[Any, Any, None]] = [
            self._follow_orders(self._client("steady"), self.steady),
            self._follow_orders(self._client("slow", window=NARROW), self.slow, slowly=True),
            self._vanish(at, politely=self._prng.below(2) == 0),
        ]
        screen = self._client("screen")
        lists += [self._follow_account(screen), self._follow_positions(screen), self._follow_price(screen)]
        self._tasks += [loop.create_task(each) for each in lists]

    def published(self, event: object) -> None:
        """Something went to the hub."""
        if isinstance(event, PriceChange) and event.symbol == self._symbols[0]:
            self._prices.append(encode.price_change(event, EXCHANGE))

    def failed(self) -> None:
        """Raises what one of them raised: their streams outlive whatever happens to the connector."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def judge(self) -> None:
        """Raises Wrong. Everything has been calm for long."""
        self.failed()
        served = self._house.served
        for _ in range(20):
            if not (wrong := self._screen_is_wrong(served)):
                break
            await asyncio.sleep(SETTLED)
        else:
            raise Wrong(wrong)
        for stream in (*self.steady, *self.slow, *self.vanishing):
            stream.judge()
        last = self.steady[-1] if self.steady else None
        if last is None or last.served is not served or last.ended:
            raise Wrong("whoever keeps up has no order stream any more")
        for stream in self.steady:
            if stream.ended and not (stream.served.is_dead or stream.served.asked_too_much):
                raise Wrong(f"the order stream of a client that keeps up was ended: {stream.ended}")
        open_streams = sum(not stream.ended for stream in (self.steady[-1], *self.slow[-1:])) + SCREENS
        if served.streams() != open_streams:
            raise Wrong(f"{served.streams()} streams are open in the service, {open_streams} have a client")

    async def end(self) -> None:
        """End them all while their connections stand: grpclib loses a cancellation in the end of one."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    def _client(self, name: str, *, window: int | None = None) -> HouseClient:
        return HouseClient(self._house, name, window=window)

    async def _follow_orders(self, client: HouseClient, streams: list[OrderStream], *, slowly: bool = False) -> None:
        loop = asyncio.get_running_loop()
        prng = Prng(self._prng.bits(), "reads")
        async for update in client.orders(self._linked(client, streams)):
            assert isinstance(update, Update)
            streams[-1].heard.append(update)
            if slowly and loop.time() < self._until:
                await asyncio.sleep(2.0 * prng.uniform())

    def _linked(self, client: HouseClient, streams: list[OrderStream]) -> Callable[[str], None]:
        def linked(reason: str) -> None:
            if not reason:
                assert client.channel.served is not None
                streams.append(OrderStream(client.channel.served, asyncio.get_running_loop().time()))
            elif streams and not streams[-1].ended:
                streams[-1].ended = reason

        return linked

    async def _vanish(self, at: float, *, politely: bool) -> None:
        """Listen, and be gone at `at`: by closing the connection, or without a word."""
        client = self._client("vanishing")
        following = asyncio.get_running_loop().create_task(self._follow_orders(client, self.vanishing))
        try:
            await asyncio.sleep(at - asyncio.get_running_loop().time())
        finally:
            client.channel.is_gone = True
            if client.channel.end is not None:
                if politely:
                    client.channel.end.abort()
                else:
                    client.channel.end.vanish()
            await asyncio.sleep(
                SETTLED
            )  # grpclib takes a cancellation for the end of the connection that comes with it
            following.cancel()
            await asyncio.wait([following])
            for stream in self.vanishing:
                stream.ended = stream.ended or "vanished"
            client.close()

    async def _follow_account(self, client: HouseClient) -> None:
        async for account in client.account():
            self.account = account

    async def _follow_positions(self, client: HouseClient) -> None:
        def linked(reason: str) -> None:
            if reason:
                self.positions.clear()

        async for position in client.positions("", linked):
            self.positions[position.symbol] = position

    async def _follow_price(self, client: HouseClient) -> None:
        async for price in client.prices(self._symbols[:1]):
            self.price = price

    def _screen_is_wrong(self, served: Served) -> str:
        for (kind, symbol), event in served.last.items():
            if isinstance(event, Account) and _holdings(self.account) != _holdings(convert.whole_account(event)):
                return f"the account is {event}, a client was told last {self.account}"
            if isinstance(event, Position):
                told = self.positions.get(str(symbol))
                if _held(told) != _held(convert.position(event)) and (told is not None or event.size):
                    return f"the position is {event}, a client was told last {told}"
            if kind is PriceChange and symbol == self._symbols[0] and bytes(self.price or b"") not in self._prices:
                return f"the price is {event}, a client was told last {self.price}"
        return ""


def _holdings(account: v1.Account | None) -> object:
    """What of an account does not change with the market: a new stream begins with it as it is now."""
    return account and (account.total_wallet_balance, sorted(str(_held(each)) for each in account.positions))


def _held(position: v1.Position | None) -> object:
    return position and (position.symbol, position.size, position.entry_price)


SCREENS = 3
"""Streams of the screen."""
