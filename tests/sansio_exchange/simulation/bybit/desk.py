"""A client's desk before the venue machine: signs, sends, and keeps what comes back."""

import hmac
import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from sansio_exchange.simulation.bybit.listing import perpetuals
from sansio_exchange.simulation.bybit.machine import BybitVenueMachine
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.venues import BYBIT_CUSTOMS, BYBIT_FEES, OrderLimits, make_local_venue
from sansio_exchange.simulation.wire import HttpResponse, VenueMachine
from tests.sansio_exchange.simulation.desk import VenueDesk

START_MS = 1_700_000_000_000
KEY = "demo"
BTC = "BTCUSDT"
ETH = "ETHUSDT"


def signature(payload: str, secret: str = "demo") -> str:
    return hmac.new(secret.encode(), payload.encode(), "sha256").hexdigest()


def sleepy_venue(start_ms: int, balance: int = 100_000) -> VenueMachine:
    """One symbol whose market hardly moves: for tests that let hours pass."""
    exchange = SimulatedExchange(perpetuals()[:1], seed=1, start_ms=start_ms, pace=0.001, customs=BYBIT_CUSTOMS)
    exchange.open_account(KEY, Decimal(balance))
    return BybitVenueMachine(exchange, {KEY: "demo"}, fees=BYBIT_FEES)


class Desk(VenueDesk):
    """It may place more orders than the venue's default."""

    def __init__(
        self,
        *,
        order_limits: OrderLimits | None = OrderLimits(per_ten_seconds=10_000),  # noqa: B008 - a frozen value
        seed: int = 7,
        start_ms: int = START_MS,
        machine: VenueMachine | None = None,
    ) -> None:
        made = machine or make_local_venue("bybit", seed=seed, start_ms=start_ms, order_limits=order_limits)
        super().__init__(made, start_ms)

    # REST

    def signed(self, method: str, path: str, query: str = "", body: str = "", **headers: str) -> HttpResponse:
        """`headers` are those after X-BAPI-, with underscores, and replace the usual ones."""
        usual = {
            "api-key": KEY,
            "timestamp": str(self.now_ms),
            "recv-window": "5000",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        payload = f"{usual['timestamp']}{usual['api-key']}{usual['recv-window']}{query}{body}"
        usual.setdefault("sign", signature(payload))
        return self.send(method, f"/v5/{path}", query, body, {f"x-bapi-{name}": each for name, each in usual.items()})

    def get(self, path: str, **params: object) -> Any:
        """The result of a public call that succeeds; category is linear unless told otherwise."""
        return result(self.send("GET", f"/v5/{path}", urlencode({"category": "linear"} | params)))

    def ask(self, path: str, **params: object) -> Any:
        """The result of a signed query that succeeds."""
        return result(self.signed("GET", path, urlencode({"category": "linear"} | params)))

    def rows(self, path: str, **params: object) -> Any:
        """The list in the result of a signed query that succeeds."""
        return self.ask(path, **params)["list"]

    def act(self, path: str, body: object) -> Any:
        """The whole answer to a signed call that acts."""
        response = self.signed("POST", path, body=json.dumps(body))
        assert response.status == 200, response.body
        return json.loads(response.body)

    def code(self, path: str, body: object) -> int:
        """The retCode of a signed call that acts and is refused."""
        answer = self.act(path, body)
        assert answer["result"] == {}
        return int(answer["retCode"])

    def refusal(self, path: str, **params: object) -> int:
        """The retCode of a signed query that is refused."""
        answer = json.loads(self.signed("GET", path, urlencode({"category": "linear"} | params)).body)
        assert answer["result"] == {}
        return int(answer["retCode"])

    def place(self, **params: object) -> str:
        """The id of a limit buy far below the market, unless told otherwise, that is accepted."""
        answer = self.act("order/create", order(**params))
        assert answer["retCode"] == 0, answer
        return str(answer["result"]["orderId"])

    def order(self, order_id: str) -> Any:
        """An order as it can be looked up."""
        (row,) = self.rows("order/realtime", symbol=BTC, orderId=order_id)
        return row

    # sockets

    def open(self, root: str = "public/linear", query: str = "") -> int:
        return self.connect(f"/v5/{root}", query)

    def wait_until_multiple(self, milliseconds: int) -> None:
        """Until the clock shows a multiple of so much, when topics of that pace speak."""
        self.wait(-self.now_ms % milliseconds)

    def hear(self, conn: int, topic: str) -> list[Any]:
        """The messages of a topic since the last look; those of others are lost."""
        return [each for each in self.take(conn) if each.get("topic") == topic]

    def reply(self, conn: int, message: object) -> Any:
        """The first thing that comes after a message."""
        self.say(conn, message)
        return self.take(conn)[0]

    def subscribe(self, conn: int, *topics: str) -> list[Any]:
        """What comes at once; the first is the acknowledgement."""
        self.say(conn, {"op": "subscribe", "args": topics})
        return self.take(conn)

    def login(self, root: str = "private", query: str = "") -> int:
        """A socket that is logged in."""
        conn = self.open(root, query)
        self.say(conn, {"op": "auth", "args": self.credentials()})
        self.take(conn)
        return conn

    def credentials(self, expires_ms: int | None = None) -> list[object]:
        expires = self.now_ms + 10_000 if expires_ms is None else expires_ms
        return [KEY, expires, signature(f"GET/realtime{expires}")]

    def listen(self, *topics: str) -> int:
        """A private socket with some topics, their acknowledgement taken."""
        conn = self.login()
        assert self.subscribe(conn, *topics)[0]["success"]
        return conn

    def trade(self, conn: int, op: str, item: object, /, **change: object) -> Any:
        """The reply to an operation on the trade socket."""
        header = {"X-BAPI-TIMESTAMP": str(self.now_ms)}
        self.say(conn, {"op": op, "header": header, "args": [item]} | change)
        return self.take(conn)[0]


def order(**params: object) -> dict[str, object]:
    """A limit buy that rests; None takes a parameter away."""
    usual: dict[str, object] = {
        "category": "linear",
        "symbol": BTC,
        "side": "Buy",
        "orderType": "Limit",
        "qty": "0.01",
        "price": "91000",
    }
    return {name: value for name, value in (usual | params).items() if value is not None}


def market_order(**params: object) -> dict[str, object]:
    return order(**({"orderType": "Market", "price": None} | params))


def result(response: HttpResponse) -> Any:
    body = json.loads(response.body)
    assert (response.status, body["retCode"], body["retMsg"]) == (200, 0, "OK"), response.body
    return body["result"]
