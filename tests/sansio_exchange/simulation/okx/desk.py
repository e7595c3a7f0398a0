"""A client's desk before the venue machine: signs, sends, and keeps what comes back."""

import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.okx.listing import swaps
from sansio_exchange.simulation.okx.machine import OkxVenueMachine
from sansio_exchange.simulation.okx.signatures import Secrets
from sansio_exchange.simulation.venues import FEES, OKX_CUSTOMS, OrderLimits, make_local_venue
from sansio_exchange.simulation.wire import HttpResponse, VenueMachine
from tests.sansio_exchange.simulation.desk import VenueDesk

START_MS = 1_700_000_000_000
KEY = "demo"
BTC = "BTC-USDT-SWAP"
ETH = "ETH-USDT-SWAP"
BTC_CODE = 10459


def signature(payload: str, secret: str = "demo") -> str:
    return b64encode(hmac.new(secret.encode(), payload.encode(), "sha256").digest()).decode()


def iso(now_ms: int) -> str:
    seconds, milliseconds = divmod(now_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"


def sleepy_venue(start_ms: int) -> VenueMachine:
    """One symbol whose market hardly moves: for tests that let hours pass."""
    exchange = SimulatedExchange(swaps()[:1], seed=1, start_ms=start_ms, pace=0.001, customs=OKX_CUSTOMS)
    exchange.open_account(KEY, Decimal(100_000))
    return OkxVenueMachine(exchange, {KEY: Secrets("demo", "demo")}, fees=FEES)


class Desk(VenueDesk):
    """A desk that speaks OKX v5."""

    def __init__(
        self,
        *,
        order_limits: OrderLimits | None = None,
        seed: int = 7,
        start_ms: int = START_MS,
        machine: VenueMachine | None = None,
    ) -> None:
        usual = machine or make_local_venue("okx", seed=seed, start_ms=start_ms, order_limits=order_limits)
        super().__init__(usual, start_ms)

    def read(self, data: bytes) -> Any:
        return "pong" if data == b"pong" else super().read(data)

    # REST

    def signed(self, method: str, path: str, query: str = "", body: str = "", **headers: str) -> HttpResponse:
        full = f"/api/v5/{path}"
        timestamp = iso(self.now_ms)
        named = f"{full}?{query}" if query else full
        usual = {
            "ok-access-key": KEY,
            "ok-access-passphrase": "demo",
            "ok-access-timestamp": timestamp,
            "ok-access-sign": signature(f"{timestamp}{method}{named}{body}"),
            "content-type": "application/json",
        }
        return self.send(method, full, query, body, usual | headers)

    def get(self, path: str, **params: object) -> Any:
        """The data of a public call that succeeds."""
        return _data(self.send("GET", f"/api/v5/{path}", urlencode(params)))

    def ask(self, path: str, **params: object) -> Any:
        """The data of a signed query that succeeds."""
        return _data(self.signed("GET", path, urlencode(params)))

    def act(self, path: str, body: object, **headers: str) -> Any:
        """The whole answer to a signed call that acts."""
        response = self.signed("POST", path, body=json.dumps(body), **headers)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def refusal(self, path: str, **params: object) -> tuple[int, str]:
        """Status and code of a signed query that is refused."""
        return refused(self.signed("GET", path, urlencode(params)))

    def place(self, **params: object) -> Any:
        """The row of a limit buy far below the market, unless told otherwise, that succeeds."""
        answer = self.act("trade/order", order(**params))
        assert answer["code"] == "0", answer
        return answer["data"][0]

    def code(self, path: str, body: object, **headers: str) -> str:
        """The sCode of a single order call that is refused."""
        answer = self.act(path, body, **headers)
        assert answer["code"] == "1", answer
        return str(answer["data"][0]["sCode"])

    # sockets

    def open(self, root: str = "public", query: str = "") -> int:
        return self.connect(f"/ws/v5/{root}", query)

    def hear(self, conn: int, channel: str) -> list[Any]:
        """The messages of a channel since the last look."""
        return [each for each in self.take(conn) if each.get("arg", {}).get("channel") == channel and "data" in each]

    def reply(self, conn: int, message: object) -> Any:
        """The first thing that comes after a message."""
        self.say(conn, message)
        return self.take(conn)[0]

    def subscribe(self, conn: int, channel: str, **arg: object) -> list[Any]:
        """What comes at once; the first is the acknowledgement."""
        self.say(conn, {"op": "subscribe", "args": [{"channel": channel, **arg}]})
        return self.take(conn)

    def login(self, **change: object) -> int:
        """A private socket, logged in unless `change` says otherwise."""
        conn = self.open("private")
        self.say(conn, {"op": "login", "args": [self.credentials() | change]})
        return conn

    def credentials(self) -> dict[str, object]:
        timestamp = str(self.now_ms // 1000)
        sign = signature(f"{timestamp}GET/users/self/verify")
        return {"apiKey": KEY, "passphrase": "demo", "timestamp": timestamp, "sign": sign}

    def listen(self, *channels: str) -> int:
        """A private socket with some channels, their acknowledgements and snapshots taken."""
        conn = self.login()
        for channel in channels:
            self.subscribe(conn, channel, **({"instType": "SWAP"} if channel in {"orders", "positions"} else {}))
        self.take(conn)
        return conn


def order(**params: object) -> dict[str, object]:
    """A limit buy that rests; None takes a parameter away."""
    usual: dict[str, object] = {
        "instId": BTC,
        "tdMode": "cross",
        "side": "buy",
        "ordType": "limit",
        "sz": "1",
        "px": "91000",
    }
    return {name: value for name, value in (usual | params).items() if value is not None}


def market_order(**params: object) -> dict[str, object]:
    return order(**({"ordType": "market", "px": None} | params))


def refused(response: HttpResponse) -> tuple[int, str]:
    return response.status, json.loads(response.body)["code"]


def _data(response: HttpResponse) -> Any:
    body = json.loads(response.body)
    assert (response.status, body["code"]) == (200, "0"), response.body
    return body["data"]
