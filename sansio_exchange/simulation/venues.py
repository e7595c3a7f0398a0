"""Local venues by name: a simulated exchange behind a venue's own wire format."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import SymbolRules
from sansio_exchange.simulation.binance.machine import BinanceVenueMachine
from sansio_exchange.simulation.binance.rate_limits import Limits as BinanceLimits
from sansio_exchange.simulation.bitget.listing import perpetuals as bitget_perpetuals
from sansio_exchange.simulation.bitget.machine import BitgetVenueMachine
from sansio_exchange.simulation.bitget.rate_limits import Limits as BitgetLimits
from sansio_exchange.simulation.bitget.signatures import Secrets as BitgetSecrets
from sansio_exchange.simulation.bybit.listing import perpetuals as bybit_perpetuals
from sansio_exchange.simulation.bybit.machine import BybitVenueMachine
from sansio_exchange.simulation.bybit.rate_limits import Limits as BybitLimits
from sansio_exchange.simulation.customs import USUAL, Customs
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.gate.listing import perpetuals as gate_perpetuals
from sansio_exchange.simulation.gate.machine import GateVenueMachine
from sansio_exchange.simulation.gate.rate_limits import Limits as GateLimits
from sansio_exchange.simulation.okx.listing import swaps
from sansio_exchange.simulation.okx.machine import OkxVenueMachine
from sansio_exchange.simulation.okx.rate_limits import Limits as OkxLimits
from sansio_exchange.simulation.okx.signatures import Secrets
from sansio_exchange.simulation.replay_market import CapturedTrade
from sansio_exchange.simulation.symbols import default_rules
from sansio_exchange.simulation.wire import VenueMachine

DEMO = "demo"
DEMO_BALANCE = Decimal(100_000)
FEES = Fees(maker=Decimal("0.0002"), taker=Decimal("0.0005"), maintenance=Decimal("0.004"))
"""What Binance charges at its lowest level (fee schedule, 2025), and a rate for every position's maintenance."""


class OrderLimits(Struct, frozen=True):
    """How many orders an account may place and what all its requests may weigh, in place of the venue's own limits.

    The defaults are Binance's.
    """

    per_ten_seconds: int = 300
    per_minute: int = 1200
    weight_per_minute: int = 2400


OKX_FEES = Fees(maker=Decimal("0.0002"), taker=Decimal("0.0005"), maintenance=Decimal("0.004"))
"""What OKX charges a regular user on swaps (fee schedule, 2026), and the maintenance rate of its first tier for BTC."""
OKX_CUSTOMS = Customs(expires_post_only=True, fills_shrunk=True)
BYBIT_FEES = Fees(maker=Decimal("0.0002"), taker=Decimal("0.00055"), maintenance=Decimal("0.005"))
"""What Bybit charges on perpetuals without a VIP level (fee schedule, 2026), and BTC's maintenance rate of tier 1."""
BYBIT_CUSTOMS = Customs(expires_post_only=True)
BITGET_FEES = Fees(maker=Decimal("0.0002"), taker=Decimal("0.0006"), maintenance=Decimal("0.004"))
"""What Bitget charges on USDT-margined futures, and the first tier of maintenance for BTC (Get Contract Config and Get
Position Tier, 2025)."""
BITGET_CUSTOMS = Customs(expires_post_only=True)
GATE_FEES = Fees(maker=Decimal("0.0002"), taker=Decimal("0.0005"), maintenance=Decimal("0.004"))
"""What Gate charges on perpetuals at its lowest level (fee schedule, 2026), and BTC's maintenance of the first tier."""


class Account(Struct, frozen=True):
    """The one account of a local venue."""

    key: str
    secret: str
    passphrase: str


Make = Callable[[SimulatedExchange, Account, int, OrderLimits | None], VenueMachine]


class Kind(Struct, frozen=True):
    """How a venue is made: what it lists, what it charges, its customs, and the machine that speaks its wire."""

    make: Make
    rules: Callable[[], list[SymbolRules]] = default_rules
    fees: Fees = FEES
    customs: Customs = USUAL


def _binance(exchange: SimulatedExchange, account: Account, seed: int, limits: OrderLimits | None) -> VenueMachine:
    """Binance knows no passphrase."""
    return BinanceVenueMachine(
        exchange,
        {account.key: account.secret},
        fees=FEES,
        seed=seed,
        limits=BinanceLimits(
            weight_per_minute=limits.weight_per_minute,
            orders_per_ten_seconds=limits.per_ten_seconds,
            orders_per_minute=limits.per_minute,
        )
        if limits
        else None,
    )


def _okx(exchange: SimulatedExchange, account: Account, seed: int, limits: OrderLimits | None) -> VenueMachine:
    """OKX counts orders in two seconds, and no weights."""
    chosen = None
    if limits:
        orders = limits.per_ten_seconds // 5
        chosen = OkxLimits(orders=orders, batch_orders=orders, account_orders=orders)
    return OkxVenueMachine(
        exchange, {account.key: Secrets(account.secret, account.passphrase)}, fees=OKX_FEES, seed=seed, limits=chosen
    )


def _gate(exchange: SimulatedExchange, account: Account, seed: int, limits: OrderLimits | None) -> VenueMachine:
    """Gate counts orders in a second, and no weights; it knows no passphrase."""
    chosen = None
    if limits:
        orders = limits.per_ten_seconds // 10
        chosen = GateLimits(orders=orders, on_socket=orders)
    return GateVenueMachine(exchange, {account.key: account.secret}, fees=GATE_FEES, seed=seed, limits=chosen)


def _bybit(exchange: SimulatedExchange, account: Account, seed: int, limits: OrderLimits | None) -> VenueMachine:
    """Bybit counts orders by the second, and no weights. It knows no passphrase."""
    chosen = BybitLimits(orders=limits.per_ten_seconds // 10) if limits else None
    return BybitVenueMachine(exchange, {account.key: account.secret}, fees=BYBIT_FEES, seed=seed, limits=chosen)


def _bitget(exchange: SimulatedExchange, account: Account, seed: int, limits: OrderLimits | None) -> VenueMachine:
    """Bitget counts requests in a second and in a minute, and the messages of a socket. It draws nothing of a seed."""
    chosen = None
    if limits:
        orders = limits.per_ten_seconds // 10
        chosen = BitgetLimits(
            orders=orders,
            batches=orders,
            requests_per_minute=limits.weight_per_minute,
            messages_per_second=max(BitgetLimits().messages_per_second, 2 * orders),
        )
    secrets = {account.key: BitgetSecrets(account.secret, account.passphrase)}
    return BitgetVenueMachine(exchange, secrets, fees=BITGET_FEES, limits=chosen)


LOCAL_VENUES: Mapping[str, Kind] = {
    "binance": Kind(_binance),
    "okx": Kind(_okx, swaps, OKX_FEES, OKX_CUSTOMS),
    "bybit": Kind(_bybit, bybit_perpetuals, BYBIT_FEES, BYBIT_CUSTOMS),
    "bitget": Kind(_bitget, bitget_perpetuals, BITGET_FEES, BITGET_CUSTOMS),
    "gate": Kind(_gate, gate_perpetuals, GATE_FEES),
}


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
    kind = LOCAL_VENUES.get(name)
    if kind is None:
        raise InvalidRequest("exchange", f"{name!r} is not one of {', '.join(sorted(LOCAL_VENUES))}")
    exchange = SimulatedExchange(
        kind.rules(),
        seed=seed,
        start_ms=start_ms,
        capture=capture or (),
        maker_fee=kind.fees.maker,
        taker_fee=kind.fees.taker,
        maintenance_rate=kind.fees.maintenance,
        customs=kind.customs,
    )
    exchange.open_account(key, balance)
    return kind.make(exchange, Account(key, secret, passphrase), seed, order_limits)
