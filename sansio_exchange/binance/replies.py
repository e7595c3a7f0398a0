"""Reading the bodies of REST and order-entry replies. Each function raises UnexpectedReply for what cannot be read.

Shapes: the response examples of each endpoint's page. `avgPrice` and `cumQuote` are optional in orders: they were taken
out of the replies to placing and cancelling (change log, 2026-07-15) and stand in the examples still.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.account import Account, Balance, Position
from sansio_exchange.binance.errors import HEDGE_MODE, Said, of_code
from sansio_exchange.binance.orders import HEDGE_SIDES, SIDES, STATUSES, OrderId, order_type, reason_of, time_in_force
from sansio_exchange.binance.symbols import Product
from sansio_exchange.decoding import CANNOT_READ, read_json
from sansio_exchange.errors import ExchangeError, PermissionDenied, UnexpectedReply
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.numbers import ZERO, Ms, require_sane
from sansio_exchange.orders import Fill, Order
from sansio_exchange.redaction import scrub


class OrderRow(Struct, frozen=True, rename="camel"):
    """An order, in every reply that holds one. `time` is when it was placed; only queries tell it."""

    symbol: str
    order_id: OrderId
    client_order_id: str
    side: str
    type: str
    status: str
    orig_qty: Decimal
    price: Decimal = ZERO
    executed_qty: Decimal = ZERO
    avg_price: Decimal = ZERO
    cum_quote: Decimal = ZERO
    time_in_force: str = ""
    reduce_only: bool = False
    position_side: str = "BOTH"
    time: Ms = 0
    update_time: Ms = 0


class TradeRow(Struct, frozen=True, rename="camel"):
    """An own execution."""

    symbol: str
    id: int
    order_id: OrderId
    side: str
    price: Decimal
    qty: Decimal
    time: Ms
    commission: Decimal = ZERO
    commission_asset: str = ""
    realized_pnl: Decimal = ZERO
    maker: bool = False
    position_side: str = "BOTH"


class AssetRow(Struct, frozen=True, rename="camel"):
    """What the account holds of one asset."""

    asset: str
    wallet_balance: Decimal
    available_balance: Decimal = ZERO
    update_time: Ms = 0


class AccountRow(Struct, frozen=True, rename="camel"):
    """GET /fapi/v3/account."""

    total_wallet_balance: Decimal
    total_margin_balance: Decimal
    available_balance: Decimal
    total_maint_margin: Decimal = ZERO
    assets: tuple[AssetRow, ...] = ()


class PositionRow(Struct, frozen=True, rename="camel"):
    """GET /fapi/v3/positionRisk: symbols with a position or open orders."""

    symbol: str
    position_amt: Decimal
    entry_price: Decimal = ZERO
    mark_price: Decimal = ZERO
    un_realized_profit: Decimal = ZERO
    liquidation_price: Decimal = ZERO
    isolated_margin: Decimal = ZERO
    position_side: str = "BOTH"
    update_time: Ms = 0


class SymbolConfig(Struct, frozen=True, rename="camel"):
    """GET /fapi/v1/symbolConfig: what positionRisk no longer tells."""

    symbol: str
    margin_type: str = "CROSSED"
    leverage: int = 0


class AccountConfig(Struct, frozen=True, rename="camel"):
    """GET /fapi/v1/accountConfig."""

    can_trade: bool
    dual_side_position: bool


class BalanceRow(Struct, frozen=True):
    """GET /fapi/v3/balance."""

    asset: str
    balance: Decimal


class TickerRow(Struct, frozen=True, rename="camel"):
    """GET /fapi/v1/ticker/24hr."""

    symbol: str
    last_price: Decimal
    price_change: Decimal
    price_change_percent: Decimal
    volume: Decimal
    quote_volume: Decimal
    close_time: Ms


class PremiumRow(Struct, frozen=True, rename="camel"):
    """GET /fapi/v1/premiumIndex. Delivery contracts have an empty rate."""

    symbol: str
    mark_price: Decimal
    last_funding_rate: str
    next_funding_time: Ms
    time: Ms


class FundingRow(Struct, frozen=True, rename="camel"):
    """GET /fapi/v1/fundingRate. Old rows have an empty mark price."""

    symbol: str
    funding_rate: Decimal
    funding_time: Ms
    mark_price: str = ""


class KlineRow(Struct, frozen=True, array_like=True):
    """One row of GET /fapi/v1/klines; what follows the close time is not read."""

    open_time: Ms
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    close_time: Ms


class _Done(Struct, frozen=True):
    code: int | str


class _Price(Struct, frozen=True):
    price: Decimal


class _OpenInterest(Struct, frozen=True, rename="camel"):
    open_interest: Decimal


class _ServerTime(Struct, frozen=True, rename="camel"):
    server_time: Ms


class _ListenKey(Struct, frozen=True, rename="camel"):
    listen_key: str


_order = msgspec.json.Decoder(OrderRow)
_orders = msgspec.json.Decoder(tuple[OrderRow, ...])
_rows = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_said = msgspec.json.Decoder(Said)
_done = msgspec.json.Decoder(_Done)
_trades = msgspec.json.Decoder(tuple[TradeRow, ...])
_account = msgspec.json.Decoder(AccountRow)
_positions = msgspec.json.Decoder(tuple[PositionRow, ...])
_symbol_configs = msgspec.json.Decoder(tuple[SymbolConfig, ...])
_account_config = msgspec.json.Decoder(AccountConfig)
_balances = msgspec.json.Decoder(tuple[BalanceRow, ...])
_tickers = msgspec.json.Decoder(tuple[TickerRow, ...])
_premium = msgspec.json.Decoder(PremiumRow)
_premiums = msgspec.json.Decoder(tuple[PremiumRow, ...])
_fundings = msgspec.json.Decoder(tuple[FundingRow, ...])
_klines = msgspec.json.Decoder(tuple[KlineRow, ...])
_price = msgspec.json.Decoder(_Price)
_open_interest = msgspec.json.Decoder(_OpenInterest)
_server_time = msgspec.json.Decoder(_ServerTime)
_listen_key = msgspec.json.Decoder(_ListenKey)


def _sane(what: str, *values: Decimal) -> None:
    try:
        require_sane(*values)
    except ValueError as error:
        raise UnexpectedReply(f"{what}: {error}") from None


def refuse_hedge_mode(position_side: str) -> None:
    """Raises PermissionDenied for a row of hedge mode, whose size or order would be taken for the whole position."""
    if position_side in HEDGE_SIDES:
        raise PermissionDenied(HEDGE_MODE)


# --- orders and fills -------------------------------------------------------------------------------------------


def read_order(body: bytes | msgspec.Raw) -> Order:
    """The order in a reply to placing, amending, cancelling or querying it."""
    return _to_order(read_json(_order, body, "order"))


def read_orders(body: bytes, product: Product) -> tuple[Order, ...]:
    """A list of orders, without those of other products."""
    return tuple(
        _to_order(row) for row in read_json(_orders, body, "orders") if product.canonical(row.symbol) is not None
    )


def read_batch(body: bytes) -> list[Order | ExchangeError]:
    """The rows of a batch reply in the order in which they were sent: an order, or what the venue has against it."""
    return [_batch_row(row) for row in read_json(_rows, body, "batch")]


def _batch_row(row: msgspec.Raw) -> Order | ExchangeError:
    try:
        said = _said.decode(row)
    except CANNOT_READ:
        try:
            return read_order(row)
        except ExchangeError as error:
            return error
    return of_code(said.code, said.msg)


def _to_order(row: OrderRow) -> Order:
    refuse_hedge_mode(row.position_side)
    _sane("order", row.orig_qty, row.price, row.executed_qty, row.avg_price, row.cum_quote)
    if row.side not in SIDES or row.status not in STATUSES:
        raise UnexpectedReply(f"order: side {row.side[:20]!r} with status {row.status[:20]!r} is not known")
    avg_price = row.avg_price
    if not avg_price and row.cum_quote and row.executed_qty:
        avg_price = row.cum_quote / row.executed_qty
    return Order(
        order_id=row.order_id,
        client_order_id=row.client_order_id,
        symbol=row.symbol,
        side=SIDES[row.side],
        type=order_type(row.type),
        quantity=row.orig_qty,
        status=STATUSES[row.status],
        price=row.price,
        executed_qty=row.executed_qty,
        avg_price=avg_price,
        time_in_force=time_in_force(row.time_in_force),
        reduce_only=row.reduce_only,
        # Only queries tell the time of placing; an order that is still new has changed but once, when it was accepted.
        created_ms=row.time or (row.update_time if row.status == "NEW" else 0),
        update_ms=row.update_time,
        reason=reason_of(row.status, row.client_order_id),
    )


def read_all_cancelled(body: bytes) -> None:
    """The reply to cancelling all orders, {"code": 200, ...}: anything else has not said that it was done."""
    said = read_json(_done, body, "allOpenOrders")
    if str(said.code) != "200":
        raise UnexpectedReply(f"allOpenOrders: answered with code {scrub(str(said.code))[:20]}")


def read_fills(body: bytes) -> tuple[Fill, ...]:
    """GET /fapi/v1/userTrades, oldest first."""
    return tuple(sorted((_to_fill(row) for row in read_json(_trades, body, "userTrades")), key=_age))


def _age(fill: Fill) -> tuple[int, int]:
    return fill.time_ms, int(fill.trade_id)


def _to_fill(row: TradeRow) -> Fill:
    refuse_hedge_mode(row.position_side)
    _sane("userTrades", row.price, row.qty, row.commission, row.realized_pnl)
    if row.side not in SIDES:
        raise UnexpectedReply(f"userTrades: side {row.side[:20]!r} is not known")
    return Fill(
        trade_id=str(row.id),
        order_id=row.order_id,
        symbol=row.symbol,
        side=SIDES[row.side],
        price=row.price,
        quantity=row.qty,
        fee=row.commission,
        fee_asset=row.commission_asset,
        realized_pnl=row.realized_pnl,
        time_ms=row.time,
        is_maker=row.maker,
    )


# --- account ----------------------------------------------------------------------------------------------------


def read_account(account: bytes, positions: bytes, configs: bytes, product: Product) -> Account:
    """The account with its open positions, out of the replies of account, positionRisk and symbolConfig."""
    row = read_json(_account, account, "account")
    _sane(
        "account",
        row.total_wallet_balance,
        row.total_margin_balance,
        row.available_balance,
        row.total_maint_margin,
        *(amount for each in row.assets for amount in (each.wallet_balance, each.available_balance)),
    )
    return Account(
        wallet_balance=row.total_wallet_balance,
        margin_balance=row.total_margin_balance,
        available_balance=row.available_balance,
        maintenance_margin=row.total_maint_margin,
        adjusted_equity=row.total_margin_balance,
        balances=tuple(
            Balance(each.asset, each.wallet_balance, each.available_balance)
            for each in row.assets
            if each.wallet_balance or each.available_balance
        ),
        positions=read_positions(positions, configs, product),
        update_ms=max((each.update_time for each in row.assets), default=0),
    )


def read_positions(positions: bytes, configs: bytes, product: Product) -> tuple[Position, ...]:
    """Open positions, out of the replies of positionRisk and symbolConfig."""
    by_symbol = {each.symbol: each for each in read_json(_symbol_configs, configs, "symbolConfig")}
    return tuple(
        _to_position(row, by_symbol.get(row.symbol))
        for row in read_json(_positions, positions, "positionRisk")
        if row.position_amt and product.canonical(row.symbol) is not None
    )


def _to_position(row: PositionRow, config: SymbolConfig | None) -> Position:
    refuse_hedge_mode(row.position_side)
    _sane(
        "positionRisk",
        row.position_amt,
        row.entry_price,
        row.mark_price,
        row.un_realized_profit,
        row.isolated_margin,
        row.liquidation_price,
    )
    return Position(
        symbol=row.symbol,
        size=row.position_amt,
        entry_price=row.entry_price,
        mark_price=row.mark_price,
        unrealized_pnl=row.un_realized_profit,
        leverage=0 if config is None else config.leverage,
        margin_type="isolated" if config is not None and config.margin_type == "ISOLATED" else "cross",
        isolated_margin=row.isolated_margin,
        liquidation_price=row.liquidation_price,
        update_ms=row.update_time,
    )


def read_account_config(body: bytes) -> AccountConfig:
    return read_json(_account_config, body, "accountConfig")


def read_balance(body: bytes, asset: str) -> Decimal:
    """The wallet balance of one asset; 0 where the account does not hold it."""
    for row in read_json(_balances, body, "balance"):
        if row.asset == asset:
            _sane("balance", row.balance)
            return row.balance
    return ZERO


# --- market -----------------------------------------------------------------------------------------------------


def read_price(body: bytes) -> Decimal:
    price = read_json(_price, body, "price").price
    _sane("price", price)
    return price


def read_open_interest(body: bytes) -> Decimal:
    amount = read_json(_open_interest, body, "openInterest").open_interest
    _sane("openInterest", amount)
    return amount


def read_tickers(body: bytes, product: Product) -> tuple[Ticker, ...]:
    """Open interest stays 0: the venue has no call that tells it for all symbols."""
    return tuple(
        _to_ticker(row) for row in read_json(_tickers, body, "ticker/24hr") if product.canonical(row.symbol) is not None
    )


def _to_ticker(row: TickerRow) -> Ticker:
    _sane("ticker/24hr", row.last_price, row.price_change, row.price_change_percent, row.volume, row.quote_volume)
    return Ticker(
        symbol=row.symbol,
        last_price=row.last_price,
        price_change=row.price_change,
        price_change_percent=row.price_change_percent,
        volume=row.volume,
        quote_volume=row.quote_volume,
        time_ms=row.close_time,
    )


def read_klines(body: bytes, symbol: str, interval: str) -> tuple[Candle, ...]:
    """Oldest first. The last is taken for the running one: the venue sends no flag, and the newest one always runs."""
    rows = read_json(_klines, body, "klines")
    newest = len(rows) - 1
    return tuple(_to_candle(row, symbol, interval, is_closed=at < newest) for at, row in enumerate(rows))


def _to_candle(row: KlineRow, symbol: str, interval: str, *, is_closed: bool) -> Candle:
    _sane("klines", row.open, row.high, row.low, row.close, row.volume)
    return Candle(
        symbol=symbol,
        interval=interval,
        open_ms=row.open_time,
        open=row.open,
        high=row.high,
        low=row.low,
        close=row.close,
        volume=row.volume,
        is_closed=is_closed,
    )


def read_funding_rate(body: bytes) -> FundingRate:
    """GET /fapi/v1/premiumIndex of one symbol."""
    return _to_funding_rate(read_json(_premium, body, "premiumIndex"))


def read_funding_rates(body: bytes, product: Product) -> tuple[FundingRate, ...]:
    """GET /fapi/v1/premiumIndex of all symbols."""
    return tuple(
        _to_funding_rate(row)
        for row in read_json(_premiums, body, "premiumIndex")
        if row.last_funding_rate and product.canonical(row.symbol) is not None
    )


def _to_funding_rate(row: PremiumRow) -> FundingRate:
    rate = _decimal("premiumIndex", row.last_funding_rate)
    _sane("premiumIndex", row.mark_price)
    return FundingRate(
        symbol=row.symbol,
        rate=rate,
        time_ms=row.time,
        predicted_rate=rate,
        next_funding_ms=row.next_funding_time,
        mark_price=row.mark_price,
    )


def read_funding_history(body: bytes) -> tuple[FundingRate, ...]:
    """GET /fapi/v1/fundingRate, oldest first."""
    rows = read_json(_fundings, body, "fundingRate")
    return tuple(_to_settled(row) for row in sorted(rows, key=_settled))


def _settled(row: FundingRow) -> int:
    return row.funding_time


def _to_settled(row: FundingRow) -> FundingRate:
    _sane("fundingRate", row.funding_rate)
    mark_price = _decimal("fundingRate", row.mark_price) if row.mark_price else ZERO
    return FundingRate(symbol=row.symbol, rate=row.funding_rate, time_ms=row.funding_time, mark_price=mark_price)


def _decimal(what: str, text: str) -> Decimal:
    try:
        return msgspec.convert(text, Decimal)
    except msgspec.ValidationError:
        raise UnexpectedReply(f"{what}: {text[:40]!r} is not a number") from None


# --- session ----------------------------------------------------------------------------------------------------


def read_server_time(body: bytes) -> int:
    return read_json(_server_time, body, "time").server_time


def read_listen_key(body: bytes) -> str:
    """The key must be such that it cannot lead the URL astray."""
    key = read_json(_listen_key, body, "listenKey").listen_key
    if not (key.isascii() and key.replace("-", "").replace("_", "").isalnum()):
        raise UnexpectedReply("listenKey: has characters that do not belong into an address")
    return key
