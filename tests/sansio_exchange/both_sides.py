"""A venue's language and the local venue that speaks it, with nothing between them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from sansio_exchange.clock import Now
from sansio_exchange.commands import Credentials, FetchExchangeInfo, GetLatestPrice
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import HttpReply, Tick
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import NewOrder, OrderType, OrderUpdate, Side
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketMessage,
    SocketOpened,
    SocketSend,
    VenueMachine,
)
from sansio_exchange.venue import Acknowledged, Decoded, Ignored, LoggedIn, Recipe, Request, Venue, WsReply
from sansio_exchange.venues import NETWORKS, make_venue
from tests.sansio_exchange.joined import Joined

START_MS = 1_700_000_000_000
TRADE = 1
"""The order-entry socket."""
PRIVATE = 2


class Habits(Struct, frozen=True):
    """What one has to know of a venue to ask it what all are asked."""

    orders_at_once: int = 27
    """So many are taken in one moment, and they are more than a batch where the venue's limits allow that."""
    frames_apart_ms: int = 0
    """Requests of one millisecond have one id on the order-entry socket."""
    sends_receipts: bool = False
    """Whether the order-entry socket says that a request has arrived before it answers."""
    tells_fills_apart: bool = False
    """Whether fills and states of orders come as messages of their own."""
    too_old_ms: int = 10_000
    """The age at which a request is refused."""
    nobodys_order: int = 12345


HABITS = {
    "binance": Habits(orders_at_once=7),
    "okx": Habits(),
    "bybit": Habits(
        orders_at_once=10,
        frames_apart_ms=100,
        tells_fills_apart=True,
        nobodys_order=OrderIds().number("00000000-0000-4000-8000-000000000000"),
    ),
    "bitget": Habits(too_old_ms=31_000),
    "gate": Habits(sends_receipts=True, tells_fills_apart=True, too_old_ms=61_000),
}


class BothSides:
    """`way` is how orders go: "rest" or "trade". Time stands still unless `wait` or `jump` lets it pass."""

    def __init__(self, name: str, way: str = "rest", machine: VenueMachine | None = None) -> None:
        self.name = name
        self.habits = HABITS[name]
        self.venue = language(name)
        self.credentials = Credentials("demo", "demo", "demo")
        self.now = Now(0.0, START_MS)
        self.skew_ms = 0
        """How far the clock that signs is ahead of the venue's."""
        self._way = way
        self._machine = machine or make_local_venue(name, seed=7, start_ms=START_MS)
        self.replies: list[HttpReply] = []
        """Every HTTP reply so far."""
        self._sent: dict[int, list[bytes]] = {}
        self._joined = Joined()
        self.do(FetchExchangeInfo())
        self.price: Decimal = self.do(GetLatestPrice("BTCUSDT"))
        self.open(TRADE, "trade")
        assert self.log_in(TRADE, "trade") == [LoggedIn()][: name != "binance"]

    def restart(self) -> None:
        """The client, in another process."""
        self.venue = language(self.name)
        self.do(FetchExchangeInfo())

    def move_to(self, machine: VenueMachine) -> None:
        """The venue as it has become meanwhile."""
        self._machine = machine

    # --- time ---------------------------------------------------------------------------------------------------

    def wait(self, milliseconds: int) -> None:
        for _ in range(0, milliseconds, 50):
            self.jump(50)

    def jump(self, milliseconds: int) -> None:
        """One Tick so much later."""
        self.now = Now(self.now.mono + milliseconds / 1000, self.now.wall_ms + milliseconds)
        self._take(Tick())

    # --- commands -----------------------------------------------------------------------------------------------

    def do(self, action: Any) -> Any:
        return self.ask(self.venue.recipe(action))

    def ask(self, recipe: Recipe[Any]) -> Any:
        """The recipe's result, every request carried over and its answer back."""
        try:
            step: Any = next(recipe)
            while True:
                if isinstance(step, tuple):
                    step = recipe.send([self._outcome(each) for each in step])
                    continue
                outcome = self._outcome(step)
                step = recipe.throw(outcome) if isinstance(outcome, ExchangeError) else recipe.send(outcome)
        except StopIteration as stop:
            return stop.value

    def limit(self, client_order_id: str, **changes: Any) -> NewOrder:
        """A limit order that rests, far below the market."""
        rules = self.venue.symbols.find("BTCUSDT")
        low = (self.price * Decimal("0.97") // rules.tick_size) * rules.tick_size
        order = {"price": low, "client_order_id": client_order_id, **changes}
        return NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, rules.min_quantity * 3, **order)

    # --- sockets ------------------------------------------------------------------------------------------------

    def open(self, conn: int, role: str) -> None:
        parts = urlsplit(self.ask(self.venue.url(role)))
        headers = {name.lower(): value for name, value in self.venue.sockets[role].headers.items()}
        self._take(SocketOpened(conn, parts.path, parts.query, headers))

    def log_in(self, conn: int, role: str) -> list[Decoded]:
        """What the venue says to the login, or nothing where it wants none."""
        frame = self.venue.login_frame(role, self.credentials, self.now.wall_ms)
        self.send(conn, frame or [])
        return self.heard(conn, role)

    def open_private(self) -> None:
        """Open the private socket and subscribe; what the venue says at first is left unheard, and its clock goes on so
        that what follows is new."""
        self.open(PRIVATE, "private")
        assert self.log_in(PRIVATE, "private") in ([], [LoggedIn()])
        frames = self.venue.private_frames("private-1")
        self.send(PRIVATE, frames)
        assert self.heard(PRIVATE, "private").count(Acknowledged("private-1")) == len(frames)
        self.wait(1_500)
        self.heard(PRIVATE, "private")

    def send(self, conn: int, frames: str | Sequence[str]) -> None:
        for text in [frames] if isinstance(frames, str) else frames:
            self._take(SocketMessage(conn, text.encode()))

    def heard(self, conn: int, role: str) -> list[Decoded]:
        """What came on a socket since the last look."""
        return [said for data in self.received(conn) for said in self.venue.decode(role, data)]

    def received(self, conn: int) -> list[bytes]:
        """The same, as it came."""
        return self._sent.pop(conn, [])

    def order_news(self, said: Sequence[Decoded]) -> list[OrderUpdate]:
        """What was said of orders, each half joined to its other one as the session does."""
        return [each for each in said if isinstance(each, OrderUpdate)] + self._joined.updates(said)

    # --- between them -------------------------------------------------------------------------------------------

    def _outcome(self, request: Request) -> bytes | ExchangeError:
        budgets = {budget.name for budget in self.venue.budgets()}
        assert request.costs.keys() <= budgets or not len(self.venue.symbols), "some know their budgets by then only"
        if request.ws_method and self._way == "trade":
            return self._outcome_of_frame(request, budgets)
        signed = self.venue.sign(5, request, self.credentials, self.now.wall_ms + self.skew_ms)
        parts = urlsplit(signed.url)
        headers = {name.lower(): value for name, value in signed.headers.items()}
        effects = self._take(HttpRequest(5, signed.method, parts.path, parts.query, headers, signed.body))
        (response,) = (each for each in effects if isinstance(each, HttpResponse))
        headers = {name.lower(): value for name, value in response.headers.items()}
        reply = HttpReply(5, response.status, headers, response.body)
        self.replies.append(reply)
        assert self.venue.used(reply).keys() <= budgets
        try:
            return self.venue.read(reply)
        except ExchangeError as error:
            return error

    def _outcome_of_frame(self, request: Request, budgets: set[str]) -> bytes | ExchangeError:
        self.send(TRADE, self.venue.trade_frame("9", request, self.credentials, self.now.wall_ms + self.skew_ms))
        *receipts, reply = self.heard(TRADE, "trade")
        assert len(receipts) <= self.habits.sends_receipts
        assert all(isinstance(each, Ignored) for each in receipts)
        assert isinstance(reply, WsReply)
        assert reply.frame_id == "9"
        assert reply.used.keys() <= budgets
        self.wait(self.habits.frames_apart_ms)
        return reply.body if reply.error is None else reply.error

    def _take(self, item: Any) -> list[Any]:
        effects = list(self._machine.handle(item, self.now))
        for effect in effects:
            if isinstance(effect, SocketSend):
                self._sent.setdefault(effect.conn, []).append(effect.data)
        return effects


def language(name: str) -> Venue:
    """The venue, with order entry on a socket also where it goes over REST by default."""
    network = NETWORKS[name]["mainnet"]
    return make_venue(name, endpoints={"trade": network.trade or network.private})


def market(side: Side, quantity: str, client_order_id: str, **changes: Any) -> NewOrder:
    return NewOrder("BTCUSDT", side, OrderType.MARKET, Decimal(quantity), client_order_id=client_order_id, **changes)
