"""A client's desk before the venue machine: signs, sends, and keeps what comes back."""

import hmac
import json
from base64 import b64encode
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from sansio_exchange.simulation.bitget.listing import perpetuals
from sansio_exchange.simulation.bitget.machine import BitgetVenueMachine
from sansio_exchange.simulation.bitget.rate_limits import Limits
from sansio_exchange.simulation.bitget.signatures import Secrets
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.venues import BITGET_CUSTOMS, BITGET_FEES, OrderLimits, make_local_venue
from sansio_exchange.simulation.wire import HttpResponse, VenueMachine
from tests.sansio_exchange.simulation.desk import VenueDesk

START_MS = 1_700_000_000_000
KEY = "demo"
BTC = "BTCUSDT"
ETH = "ETHUSDT"
FUTURES = "USDT-FUTURES"


def signature(payload: str, secret: str = "demo") -> str:
    return b64encode(hmac.new(secret.encode(), payload.encode(), "sha256").digest()).decode()


def sleepy_venue(start_ms: int, limits: Limits | None = None, balance: int = 100_000) -> VenueMachine:
    """Two symbols whose markets hardly move: for tests that let hours pass."""
    exchange = SimulatedExchange(
        perpetuals()[:2],
        seed=1,
        start_ms=start_ms,
        pace=0.001,
        maker_fee=BITGET_FEES.maker,
        taker_fee=BITGET_FEES.taker,
        customs=BITGET_CUSTOMS,
    )
    exchange.open_account(KEY, Decimal(balance))
    return BitgetVenueMachine(exchange, {KEY: Secrets("demo", "demo")}, fees=BITGET_FEES, limits=limits)


class Desk(VenueDesk):
    """A desk that speaks Bitget v2."""

    def __init__(
        self,
        *,
        order_limits: OrderLimits | None = None,
        seed: int = 7,
        start_ms: int = START_MS,
        machine: VenueMachine | None = None,
    ) -> None:
        usual = machine or make_local_venue("bitget", seed=seed, start_ms=start_ms, order_limits=order_limits)
        super().__init__(usual, start_ms)

    def read(self, data: bytes) -> Any:
        return "pong" if data == b"pong" else super().read(data)

    # REST

    def signed(self, method: str, path: str, query: str = "", body: str = "", **headers: str) -> HttpResponse:
        full = f"/api/v2/{path}"
        timestamp = str(self.now_ms)
        named = f"{full}?{query}" if query else full
        usual = {
            "access-key": KEY,
            "access-passphrase": "demo",
            "access-timestamp": timestamp,
            "access-sign": signature(f"{timestamp}{method}{named}{body}"),
            "content-type": "application/json",
        }
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(method, full, query, body, usual | given)

    def get(self, path: str, **params: object) -> Any:
        """The data of a public call that succeeds; a second passes, so that no limit is met."""
        self.jump(1_000)
        return _data(self.send("GET", f"/api/v2/{path}", urlencode({"productType": FUTURES} | params)))

    def ask(self, path: str, **params: object) -> Any:
        """The data of a signed query that succeeds."""
        return _data(self.signed("GET", path, urlencode({"productType": FUTURES} | params)))

    def act(self, path: str, **params: object) -> Any:
        """The data of a signed call that acts and succeeds."""
        return _data(self.signed("POST", path, body=json.dumps({"productType": FUTURES} | params)))

    def refusal(self, method: str, path: str, **params: object) -> tuple[int, str]:
        """Status and code of a signed call that is refused."""
        params = {"productType": FUTURES} | params
        if method == "GET":
            return refused(self.signed(method, path, urlencode(params)))
        return refused(self.signed(method, path, body=json.dumps(params)))

    def place(self, **params: object) -> Any:
        """The ids of a limit buy far below the market, unless told otherwise."""
        return self.act("mix/order/place-order", **order(**params))

    def code(self, **params: object) -> str:
        """The code of an order that is refused."""
        return self.refusal("POST", "mix/order/place-order", **order(**params))[1]

    def detail(self, names: dict[str, str]) -> Any:
        return self.ask("mix/order/detail", symbol=BTC, clientOid=names["clientOid"])

    # sockets

    def open(self, root: str = "public", query: str = "") -> int:
        return self.connect(f"/v2/ws/{root}", query)

    def hear(self, conn: int, channel: str) -> list[Any]:
        """The messages of a channel since the last look."""
        said = [each for each in self.take(conn) if each != "pong" and "data" in each]
        return [each for each in said if each["arg"]["channel"] == channel]

    def reply(self, conn: int, message: object) -> Any:
        """The first thing that comes after a message."""
        self.say(conn, message)
        return self.take(conn)[0]

    def subscribe(self, conn: int, channel: str, **arg: object) -> list[Any]:
        """What comes at once; the first is the acknowledgement."""
        usual = {} if channel == "account" else {"instId": "default" if channel == "positions" else BTC}
        self.say(conn, {"op": "subscribe", "args": [{"instType": FUTURES, "channel": channel} | usual | arg]})
        return self.take(conn)

    def login(self, **change: object) -> int:
        """A private socket, logged in unless `change` says otherwise."""
        conn = self.open("private")
        self.say(conn, {"op": "login", "args": [self.credentials() | change]})
        return conn

    def credentials(self) -> dict[str, object]:
        timestamp = str(self.now_ms // 1000)
        sign = signature(f"{timestamp}GET/user/verify")
        return {"apiKey": KEY, "passphrase": "demo", "timestamp": timestamp, "sign": sign}

    def listen(self, *channels: str) -> int:
        """A private socket with some channels, their acknowledgements and snapshots taken."""
        conn = self.login()
        for channel in channels:
            self.subscribe(conn, channel, **({"coin": "default"} if channel == "account" else {"instId": "default"}))
        self.take(conn)
        return conn


def order(**params: object) -> dict[str, object]:
    """A limit buy that rests; None takes a parameter away."""
    usual: dict[str, object] = {
        "symbol": BTC,
        "marginMode": "crossed",
        "marginCoin": "USDT",
        "side": "buy",
        "orderType": "limit",
        "size": "0.1",
        "price": "91000",
    }
    return {name: value for name, value in (usual | params).items() if value is not None}


def market_order(**params: object) -> dict[str, object]:
    return order(**({"orderType": "market", "price": None} | params))


def refused(response: HttpResponse) -> tuple[int, str]:
    body = json.loads(response.body)
    assert body["data"] is None
    return response.status, body["code"]


def _data(response: HttpResponse) -> Any:
    body = json.loads(response.body)
    assert (response.status, body["code"], body["msg"]) == (200, "00000", "success"), response.body
    return body["data"]
