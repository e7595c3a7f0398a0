"""A client's desk before the venue machine: signs, sends, and keeps what comes back."""

import hmac
import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from sansio_exchange.simulation.binance.machine import BinanceVenueMachine
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.symbols import default_rules
from sansio_exchange.simulation.venues import FEES, OrderLimits, make_local_venue
from sansio_exchange.simulation.wire import HttpResponse, VenueMachine
from tests.sansio_exchange.simulation.desk import VenueDesk

START_MS = 1_700_000_000_000
KEY = "demo"


def signature(payload: str, secret: str = "demo") -> str:
    return hmac.new(secret.encode(), payload.encode(), "sha256").hexdigest()


def sleepy_venue(start_ms: int) -> VenueMachine:
    """One symbol whose market hardly moves: for tests that let hours pass."""
    exchange = SimulatedExchange(default_rules()[:1], seed=1, start_ms=start_ms, pace=0.001)
    exchange.open_account(KEY, Decimal(100_000))
    return BinanceVenueMachine(exchange, {KEY: "demo"}, fees=FEES)


class Desk(VenueDesk):
    """A desk that speaks Binance."""

    def __init__(
        self,
        *,
        order_limits: OrderLimits | None = None,
        seed: int = 7,
        start_ms: int = START_MS,
        machine: VenueMachine | None = None,
    ) -> None:
        usual = machine or make_local_venue("binance", seed=seed, start_ms=start_ms, order_limits=order_limits)
        super().__init__(usual, start_ms)

    # REST

    def get(self, path: str, **params: object) -> Any:
        """A public call that succeeds."""
        response = self.send("GET", f"/fapi/{path}", urlencode(params))
        assert response.status == 200, response.body
        return json.loads(response.body)

    def signed(self, method: str, path: str, **params: object) -> HttpResponse:
        query = urlencode({**params, "timestamp": self.now_ms})
        return self.send(
            method, f"/fapi/{path}", f"{query}&signature={signature(query)}", headers={"x-mbx-apikey": KEY}
        )

    def call(self, method: str, path: str, **params: object) -> Any:
        """A signed call that succeeds."""
        response = self.signed(method, path, **params)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def refusal(self, method: str, path: str, **params: object) -> tuple[int, int]:
        """Status and code of a signed call that is refused."""
        return refused(self.signed(method, path, **params))

    def place(self, **params: object) -> Any:
        """A limit buy far below the market, unless told otherwise, that succeeds."""
        return self.call("POST", "v1/order", **order(**params))

    # sockets

    def open(self, path: str, query: str = "") -> int:
        return self.connect(path, query)

    def ask(self, conn: int, message: object) -> Any:
        """The one answer on a quiet socket."""
        self.say(conn, message)
        (answer,) = self.take(conn)
        return answer

    def listen(self) -> int:
        """A socket with user data."""
        response = self.send("POST", "/fapi/v1/listenKey", headers={"x-mbx-apikey": KEY})
        key = json.loads(response.body)["listenKey"]
        return self.open(f"/ws/{key}")


def order(**params: object) -> dict[str, object]:
    """Parameters of a limit buy that rests; None takes one away."""
    usual: dict[str, object] = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.010",
        "price": "90300.00",
        "newOrderRespType": "RESULT",
    }
    return {name: value for name, value in (usual | params).items() if value is not None}


def market_order(**params: object) -> dict[str, object]:
    return order(**({"type": "MARKET", "timeInForce": None, "price": None} | params))


def refused(response: HttpResponse) -> tuple[int, int]:
    return response.status, json.loads(response.body)["code"]
