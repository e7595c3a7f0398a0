"""A client's desk before the venue machine: signs, sends, and keeps what comes back."""

import hmac
import json
from decimal import Decimal
from hashlib import sha512
from typing import Any
from urllib.parse import urlencode

from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.gate.account import user_id
from sansio_exchange.simulation.gate.listing import perpetuals
from sansio_exchange.simulation.gate.machine import GateVenueMachine
from sansio_exchange.simulation.venues import GATE_FEES, OrderLimits, make_local_venue
from sansio_exchange.simulation.wire import HttpResponse, VenueMachine
from tests.sansio_exchange.simulation.desk import VenueDesk

START_MS = 1_700_000_000_000
KEY = "demo"
USER = user_id(KEY)
BTC = "BTC_USDT"
ETH = "ETH_USDT"
FUTURES = "futures/usdt/"
PRIVATE = ("futures.orders", "futures.usertrades", "futures.positions", "futures.balances")


def signature(payload: str, secret: str = "demo") -> str:
    return hmac.new(secret.encode(), payload.encode(), "sha512").hexdigest()


def sleepy_venue(start_ms: int) -> VenueMachine:
    """One symbol whose market hardly moves: for tests that let hours pass."""
    exchange = SimulatedExchange(perpetuals()[:1], seed=1, start_ms=start_ms, pace=0.001)
    exchange.open_account(KEY, Decimal(100_000))
    return GateVenueMachine(exchange, {KEY: "demo"}, fees=GATE_FEES)


class Desk(VenueDesk):
    """A desk that speaks Gate v4."""

    def __init__(
        self,
        *,
        order_limits: OrderLimits | None = None,
        seed: int = 7,
        start_ms: int = START_MS,
        machine: VenueMachine | None = None,
    ) -> None:
        usual = machine or make_local_venue("gate", seed=seed, start_ms=start_ms, order_limits=order_limits)
        super().__init__(usual, start_ms)

    # REST

    def signed(self, method: str, path: str, query: str = "", body: str = "", **headers: str) -> HttpResponse:
        full = f"/api/v4/{path}"
        timestamp = str(self.now_ms // 1000)
        lines = (method, full, query, sha512(body.encode()).hexdigest(), timestamp)
        usual = {"key": KEY, "timestamp": timestamp, "sign": signature("\n".join(lines))}
        return self.send(method, full, query, body, usual | {name.replace("_", "-"): headers[name] for name in headers})

    def get(self, path: str, **params: object) -> Any:
        """The body of a public call that succeeds."""
        return _body(self.send("GET", f"/api/v4/{path}", urlencode(params)))

    def ask(self, path: str, **params: object) -> Any:
        """The body of a signed query that succeeds."""
        return _body(self.signed("GET", FUTURES + path, urlencode(params)))

    def act(self, method: str, path: str, body: object = None, **params: object) -> Any:
        """The body of a signed call that acts and succeeds."""
        text = "" if body is None else json.dumps(body)
        return _body(self.signed(method, FUTURES + path, urlencode(params), text))

    def refusal(self, method: str, path: str, body: object = None, **params: object) -> tuple[int, str]:
        """Status and label of a signed call that is refused."""
        text = "" if body is None else json.dumps(body)
        return refused(self.signed(method, FUTURES + path, urlencode(params), text))

    def place(self, **params: object) -> Any:
        """The row of a limit buy below the market, unless told otherwise, that is accepted."""
        return self.act("POST", "orders", order(**params))

    # sockets

    def open(self, path: str = "/v4/ws/usdt", headers: dict[str, str] | None = None) -> int:
        return self.connect(path, headers=headers)

    def hear(self, conn: int, channel: str) -> list[Any]:
        """The results of a channel's updates since the last look."""
        return [
            each["result"] for each in self.take(conn) if (each.get("channel"), each["event"]) == (channel, "update")
        ]

    def reply(self, conn: int, message: object) -> Any:
        """The first thing that comes after a message."""
        self.say(conn, message)
        return self.take(conn)[0]

    def subscription(self, channel: str, *payload: object, event: str = "subscribe", **change: object) -> Any:
        """A frame, signed where the channel is private."""
        time = self.now_ms // 1000
        frame: dict[str, Any] = {"time": time, "id": 1, "channel": channel, "event": event, "payload": list(payload)}
        if channel in PRIVATE:
            sign = signature(f"channel={channel}&event={event}&time={time}")
            frame["auth"] = {"method": "api_key", "KEY": KEY, "SIGN": sign}
        return frame | change

    def subscribe(self, conn: int, channel: str, *payload: object, **change: Any) -> Any:
        """The answer to a subscription."""
        return self.reply(conn, self.subscription(channel, *payload, **change))

    def listen(self, *channels: str, headers: dict[str, str] | None = None) -> int:
        """A socket with some private channels of all contracts."""
        conn = self.open(headers=headers)
        for channel in channels:
            contracts = () if channel == "futures.balances" else ("!all",)
            assert self.subscribe(conn, channel, str(USER), *contracts)["result"] == {"status": "success"}
        return conn

    def api(self, channel: str, param: object, **payload: object) -> dict[str, Any]:
        """A frame of order entry."""
        content = {"req_id": "r1", "req_param": param, **payload}
        return {"time": self.now_ms // 1000, "channel": channel, "event": "api", "payload": content}

    def login_frame(self, **change: object) -> dict[str, Any]:
        timestamp = str(self.now_ms // 1000)
        sign = signature(f"api\nfutures.login\n\n{timestamp}")
        payload = {"req_id": "login", "api_key": KEY, "signature": sign, "timestamp": timestamp} | change
        return {"time": self.now_ms // 1000, "channel": "futures.login", "event": "api", "payload": payload}

    def login(self, headers: dict[str, str] | None = None) -> int:
        conn = self.open(headers=headers)
        assert self.reply(conn, self.login_frame())["header"]["status"] == "200"
        return conn

    def call(self, conn: int, channel: str, param: object, **payload: object) -> Any:
        """The answer to a call of order entry, after its acknowledgement where it has one."""
        self.say(conn, self.api(channel, param, **payload))
        (answer,) = (each for each in self.take(conn) if "header" in each and not each.get("ack"))
        return answer


def order(**params: object) -> dict[str, object]:
    """A limit buy that rests; None takes a parameter away."""
    usual: dict[str, object] = {"contract": BTC, "size": 10, "price": "91000", "tif": "gtc"}
    return {name: value for name, value in (usual | params).items() if value is not None}


def market_order(**params: object) -> dict[str, object]:
    return order(**({"price": "0", "tif": "ioc"} | params))


def refused(response: HttpResponse) -> tuple[int, str]:
    return response.status, json.loads(response.body)["label"]


def _body(response: HttpResponse) -> Any:
    assert response.status in {200, 201}, response.body
    return json.loads(response.body)
