"""Local venues by name: a simulated exchange behind a venue's own wire format."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.simulation.binance.machine import BinanceVenueMachine
from sansio_exchange.simulation.binance.rate_limits import Limits
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.replay_market import CapturedTrade
from sansio_exchange.simulation.symbols import default_rules
from sansio_exchange.simulation.wire import VenueMachine

DEMO = "demo"
DEMO_BALANCE = Decimal(100_000)
FEES = Fees(maker=Decimal("0.0002"), taker=Decimal("0.0005"), maintenance=Decimal("0.004"))
"""What Binance charges at its lowest level (fee schedule, 2025), and a rate for every position's maintenance."""


class OrderLimits(Struct, frozen=True):
    """How many orders an account may place and what all its requests may weigh; announced and enforced.

    The defaults are Binance's.
    """

    per_ten_seconds: int = 300
    per_minute: int = 1200
    weight_per_minute: int = 2400


class Account(Struct, frozen=True):
    """The one account of a local venue."""

    key: str
    secret: str
    passphrase: str


Maker = Callable[[SimulatedExchange, Account, int, OrderLimits], VenueMachine]


def _binance(exchange: SimulatedExchange, account: Account, seed: int, limits: OrderLimits) -> VenueMachine:
    """Binance knows no passphrase."""
    return BinanceVenueMachine(
        exchange,
        {account.key: account.secret},
        fees=FEES,
        seed=seed,
        limits=Limits(
            weight_per_minute=limits.weight_per_minute,
            orders_per_ten_seconds=limits.per_ten_seconds,
            orders_per_minute=limits.per_minute,
        ),
    )


LOCAL_VENUES: Mapping[str, Maker] = {"binance": _binance}


def make_local_venue(
    name: str,
    *,
    seed: int,
    start_ms: int,
    capture: Sequence[CapturedTrade] | None = None,
    key: str = DEMO,
    secret: str = DEMO,
    passphrase: str = DEMO,
    balance: Decimal = DEMO_BALANCE,
    order_limits: OrderLimits | None = None,
) -> VenueMachine:
    """The local venue called `name`, with one account that holds `balance` USDT.

    `start_ms` is the time (ms since the epoch) at which its market begins; the same seed makes the same market. A
    `capture` has the symbols in it replay recorded trades instead. Raises InvalidRequest for an unknown name.
    """
    maker = LOCAL_VENUES.get(name)
    if maker is None:
        raise InvalidRequest("exchange", f"{name!r} is not one of {', '.join(sorted(LOCAL_VENUES))}")
    exchange = SimulatedExchange(
        default_rules(),
        seed=seed,
        start_ms=start_ms,
        capture=capture or (),
        maker_fee=FEES.maker,
        taker_fee=FEES.taker,
        maintenance_rate=FEES.maintenance,
    )
    exchange.open_account(key, balance)
    return maker(exchange, Account(key, secret, passphrase), seed, order_limits or OrderLimits())
