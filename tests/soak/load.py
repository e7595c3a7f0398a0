"""The load: python -m tests.soak.load PORT. Clients of the connector that listen, trade and ask.

One JSON object a line on stdout (Line): what every order subscriber is told, what is said of every order that is asked
for, and twice a second what flows. On stdin, "rest" ends the trading, and the end of the input ends the process.
"""

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import msgspec
from grpclib.exceptions import GRPCError, StreamTerminatedError
from msgspec import Struct

from sansio_exchange.commands import Action
from sansio_exchange.orders import OrderStatus
from sansio_exchange.simulation.prng import Prng
from service.client import Client
from service.messages import number
from service.stubs.opensqt.market_maker import v1
from service.trader import load_rules
from tests.soak.calls import call
from tests.soak.deeds import Deeds
from tests.soak.told import Told
from tests.soak.verdict import Placed

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
SUBSCRIBERS = 3
"""Clients that listen to orders, each on a connection of its own."""
TRADERS = 4
DEEDS_PER_SECOND = 36.0
"""Of all traders together; that makes about thirty orders a second."""
ANSWER_SECONDS = 15.0
"""The connector promises an answer within ten seconds where the caller says nothing else."""
PULSE_SECONDS = 0.5


class Pulse(Struct, frozen=True, tag=True):
    """`heard` is how many messages each stream has brought; `asked` and `answered` count calls, `statuses` answers."""

    heard: dict[str, int]
    asked: int
    answered: int
    statuses: dict[str, int]
    is_resting: bool


class Broken(Struct, frozen=True, tag=True):
    """Something that must not be: a stream or connection that ended, a call without an answer."""

    words: str


Line = Told | Placed | Pulse | Broken


class Load:
    """All clients. `say` gets every line."""

    def __init__(self, port: int, say: Callable[[Line], None]) -> None:
        self._say = say
        self._clients = [Client(port=port, name=f"soak{n}") for n in range(SUBSCRIBERS + TRADERS + 1)]
        self._heard: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._asked = 0
        self._answered = 0
        self._traders: list[Deeds] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._silent: set[str] = set()
        self._all_open = asyncio.Event()
        self._is_resting = False

    async def run(self, commands: asyncio.StreamReader) -> None:
        rules = {symbol: await load_rules(self._clients[0], symbol) for symbol in SYMBOLS}
        self._traders = [Deeds(Prng(n, "soak"), rules, f"k{n}o") for n in range(TRADERS)]
        tasks = [asyncio.create_task(each) for each in (*self._streams(), self._pulse())]
        await self._all_open.wait()
        trading = [asyncio.create_task(self._trade(n)) for n in range(TRADERS)]
        await commands.readline()
        for each in trading:
            each.cancel()
        while self._calls:
            await asyncio.wait(self._calls)
        self._is_resting = True
        await commands.read()
        for each in tasks:
            each.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        for client in self._clients:
            await client.__aexit__(None, None, None)

    # --- listening ------------------------------------------------------------------------------------------------

    def _streams(self) -> list[Coroutine[Any, Any, None]]:
        followed = [self._follow_orders(n, self._link(f"orders{n}")) for n in range(SUBSCRIBERS)]
        for n, client in enumerate(self._clients[SUBSCRIBERS:-1]):
            prices = client.prices(SYMBOLS, self._link(f"prices{n}"))
            positions = client.positions(link=self._link(f"positions{n}"))
            followed.append(self._follow(f"prices{n}", prices, self._traders[n].prices, "price"))
            followed.append(self._follow(f"positions{n}", positions, self._traders[n].positions, "size"))
        last = self._clients[-1]
        followed.append(self._follow("klines", last.klines(SYMBOLS, "1m", self._link("klines"))))
        followed.append(self._follow("account", last.account(self._link("account"))))
        return followed

    def _link(self, name: str) -> Callable[[str], None]:
        self._silent.add(name)

        def linked(reason: str) -> None:
            if reason:
                self._say(Broken(f"the stream of {name} ended: {reason}"))
            self._silent.discard(name)
            if not self._silent:
                self._all_open.set()

        return linked

    async def _follow(
        self, name: str, messages: AsyncIterator[Any], known: dict[str, Any] | None = None, field: str = ""
    ) -> None:
        async for message in messages:
            self._heard[name] += 1
            if known is not None:
                known[message.symbol] = number(getattr(message, field))

    async def _follow_orders(self, place: int, link: Callable[[str], None]) -> None:
        async for update in self._clients[place].orders(link):
            self._heard[f"orders{place}"] += 1
            self._say(_told(update, place))
            if place == 0:
                for trader in self._traders:
                    is_final = OrderStatus(int(update.status)).is_final
                    trader.on_order(update.symbol, update.order_id, is_final=is_final)

    # --- asking ---------------------------------------------------------------------------------------------------

    async def _trade(self, place: int) -> None:
        prng = Prng(place, "pace")
        while True:
            await asyncio.sleep(prng.exponential() * TRADERS / DEEDS_PER_SECOND)
            action = self._traders[place].next()
            if action is not None:
                task = asyncio.create_task(self._ask(self._clients[SUBSCRIBERS + place], action))
                self._calls.add(task)
                task.add_done_callback(self._calls.discard)

    async def _ask(self, client: Client, action: Action) -> None:
        self._asked += 1
        status = "OK"
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                for placed in await call(client.stub, action):
                    self._say(placed)
                    status = f"{type(action).__name__}: {placed.words.partition(':')[0] or status}"
        except GRPCError as error:
            status = f"{type(action).__name__}: {error.status.name}"
        except TimeoutError:
            self._say(Broken(f"no answer within {ANSWER_SECONDS:g} s: {action}"))
            return
        except (OSError, StreamTerminatedError) as error:
            self._say(Broken(f"the connection broke: {action}: {error!r}"))
            return
        self._answered += 1
        self._statuses[status] += 1

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            self._say(Pulse(self._heard, self._asked, self._answered, self._statuses, self._is_resting))


def _told(update: v1.OrderUpdate, subscriber: int) -> Told:
    trade = update.last_trade
    return Told(
        subscriber,
        update.symbol,
        update.order_id,
        update.client_order_id,
        int(update.side),
        OrderStatus(int(update.status)),
        number(update.executed_qty),
        number(update.avg_price),
        *((trade.trade_id, number(trade.price), number(trade.quantity)) if trade and trade.trade_id else ()),
    )


async def main(port: int) -> None:
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    encoder = msgspec.json.Encoder()

    def say(line: Line) -> None:
        sys.stdout.buffer.write(encoder.encode(line) + b"\n")
        sys.stdout.buffer.flush()

    await Load(port, say).run(commands)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1])))
