"""Reading the bodies of REST and order-entry replies. Each function raises UnexpectedReply for what cannot be read.

Shapes: the response examples of each endpoint's page (2026-06 to 2026-07). Numbers are text, "" is how OKX leaves one
out, booleans come as such or as text. Sizes are contracts here and coins outside.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Struct

from sansio_exchange.account import Account, Balance, MarginMode, Position
from sansio_exchange.decoding import read_json, sensible
from sansio_exchange.errors import ExchangeError, OutcomeUnknown, PermissionDenied, UnexpectedReply
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.numbers import ZERO, from_text, int64_from_text
from sansio_exchange.okx.errors import HEDGE_MODE, ISOLATED, of_code
from sansio_exchange.okx.orders import HEDGE_SIDES, SIDES, kind_of, reason_of, status_of, word_for
from sansio_exchange.okx.public_stream import CandleRow, to_candle
from sansio_exchange.okx.symbols import Contract, Product
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType

Text = str | None
"""A number as text; "" and null leave it out."""


class OrderRow(Struct, frozen=True, rename="camel"):
    """An order, as queries and the orders channel tell it."""

    inst_id: str
    ord_id: str
    side: str
    ord_type: str
    state: str
    sz: Text
    cl_ord_id: Text = ""
    px: Text = ""
    acc_fill_sz: Text = ""
    avg_px: Text = ""
    reduce_only: str | bool = False
    pos_side: str = "net"
    cancel_source: Text = ""
    category: str = ""
    c_time: Text = ""
    u_time: Text = ""


class AckRow(Struct, frozen=True, rename="camel"):
    """What was done of one order of a request. `ts` is when OKX had processed it."""

    ord_id: Text = ""
    cl_ord_id: Text = ""
    s_code: str = ""
    s_msg: str = ""
    ts: Text = ""


class FillRow(Struct, frozen=True, rename="camel"):
    """An own execution. `trade_id` is negative where the venue forced the order."""

    inst_id: str
    trade_id: str
    ord_id: str
    side: str
    fill_px: Text
    fill_sz: Text
    fee: Text = ""
    fee_ccy: Text = ""
    fill_pnl: Text = ""
    exec_type: Text = ""
    pos_side: str = "net"
    bill_id: str = ""
    fill_time: Text = ""
    ts: Text = ""


class AssetRow(Struct, frozen=True, rename="camel"):
    """What the account holds of one currency. `avail_eq` is not told in every account mode."""

    ccy: str
    cash_bal: Text = ""
    eq: Text = ""
    avail_eq: Text = ""
    avail_bal: Text = ""
    mmr: Text = ""
    u_time: Text = ""


class BalanceRow(Struct, frozen=True, rename="camel"):
    """GET /api/v5/account/balance. The figures of the whole account are "" in futures mode, where each currency has
    its own."""

    details: tuple[AssetRow, ...]
    adj_eq: Text = ""
    avail_eq: Text = ""
    mmr: Text = ""
    u_time: Text = ""


class PositionRow(Struct, frozen=True, rename="camel"):
    """GET /api/v5/account/positions and the positions channel. A short position is negative in net mode."""

    inst_id: str
    pos: Text
    pos_side: str = "net"
    avg_px: Text = ""
    mark_px: Text = ""
    upl: Text = ""
    lever: Text = ""
    mgn_mode: str = "cross"
    margin: Text = ""
    liq_px: Text = ""
    u_time: Text = ""


class ConfigRow(Struct, frozen=True, rename="camel"):
    """GET /api/v5/account/config."""

    acct_lv: str
    pos_mode: str
    perm: str = ""


class TickerRow(Struct, frozen=True, rename="camel"):
    """GET /api/v5/market/ticker and tickers. `vol_ccy24h` is in the base coin."""

    inst_id: str
    last: Text = ""
    open24h: Text = ""
    vol_ccy24h: Text = msgspec.field(name="volCcy24h", default="")
    ts: Text = ""


class OpenInterestRow(Struct, frozen=True, rename="camel"):
    """GET /api/v5/public/open-interest: in contracts, and in the base coin."""

    inst_id: str
    oi: Text = ""
    oi_ccy: Text = ""


class MarkPriceRow(Struct, frozen=True, rename="camel"):
    """GET /api/v5/public/mark-price."""

    inst_id: str
    mark_px: Text


class FundingRow(Struct, frozen=True, rename="camel"):
    """GET /api/v5/public/funding-rate: the forecast for the coming settlement."""

    inst_id: str
    funding_rate: Text
    funding_time: Text
    ts: Text = ""


class SettledRow(Struct, frozen=True, rename="camel"):
    """GET /api/v5/public/funding-rate-history."""

    inst_id: str
    funding_time: str
    realized_rate: Text = ""
    funding_rate: Text = ""


class TimeRow(Struct, frozen=True):
    """GET /api/v5/public/time."""

    ts: str


T = TypeVar("T")


class _Rows(Struct, frozen=True):
    data: msgspec.Raw


_rows = msgspec.json.Decoder(_Rows)
_orders = msgspec.json.Decoder(tuple[OrderRow, ...])
_acks = msgspec.json.Decoder(tuple[AckRow, ...])
_fills = msgspec.json.Decoder(tuple[FillRow, ...])
_balances = msgspec.json.Decoder(tuple[BalanceRow, ...])
_positions = msgspec.json.Decoder(tuple[PositionRow, ...])
_configs = msgspec.json.Decoder(tuple[ConfigRow, ...])
_tickers = msgspec.json.Decoder(tuple[TickerRow, ...])
_open_interests = msgspec.json.Decoder(tuple[OpenInterestRow, ...])
_mark_prices = msgspec.json.Decoder(tuple[MarkPriceRow, ...])
_fundings = msgspec.json.Decoder(tuple[FundingRow, ...])
_settled = msgspec.json.Decoder(tuple[SettledRow, ...])
_candles = msgspec.json.Decoder(tuple[CandleRow, ...])
_times = msgspec.json.Decoder(tuple[TimeRow, ...])


def _data(decoder: "msgspec.json.Decoder[tuple[T, ...]]", body: bytes, what: str) -> tuple[T, ...]:
    return read_json(decoder, read_json(_rows, body, what).data, what)


def _only(decoder: "msgspec.json.Decoder[tuple[T, ...]]", body: bytes, what: str) -> T:
    """The row of a reply that has one."""
    rows = _data(decoder, body, what)
    if len(rows) != 1:
        raise UnexpectedReply(f"{what}: {len(rows)} rows where there should be one")
    return rows[0]


def refuse_hedge_mode(position_side: str) -> None:
    """Raises PermissionDenied for a row of hedge mode, whose size or order would be taken for the whole position."""
    if position_side in HEDGE_SIDES:
        raise PermissionDenied(HEDGE_MODE)


# --- orders and fills -------------------------------------------------------------------------------------------


def _order_id(text: Text, ids: OrderIds) -> int:
    """OKX's ids are positive numbers in text, today of 19 digits; that they fit into 64 bits is not found in
    documentation. Raises ValueError for any other, and names it."""
    if not text or not text.isascii() or not text.isdigit() or not text.strip("0"):
        raise ValueError(f"{(text or '')[:40]!r} is no order id")
    return ids.number(text)


def to_order(row: OrderRow, contract: Contract, ids: OrderIds) -> Order:
    """Raises ValueError and KeyError for nonsense. An order placed without a client order id gets its own id for one:
    ours always has one."""
    order_type, time_in_force = kind_of(row.ord_type)
    size = contract.size
    return Order(
        order_id=_order_id(row.ord_id, ids),
        client_order_id=row.cl_ord_id or row.ord_id,
        symbol=contract.symbol,
        side=SIDES[row.side],
        type=order_type,
        quantity=from_text(row.sz) * size,
        status=status_of(row.state, row.cancel_source or ""),
        price=ZERO if order_type is OrderType.MARKET else from_text(row.px),
        executed_qty=from_text(row.acc_fill_sz) * size,
        avg_price=from_text(row.avg_px),
        time_in_force=time_in_force,
        reduce_only=row.reduce_only in (True, "true"),
        created_ms=int64_from_text(row.c_time),
        update_ms=int64_from_text(row.u_time),
        reason=reason_of(row.state, row.cancel_source or "", row.category),
    )


def read_order(body: bytes, product: Product, ids: OrderIds) -> Order:
    """GET /api/v5/trade/order."""
    row = _only(_orders, body, "order")
    refuse_hedge_mode(row.pos_side)
    contract = product.contract_of(row.inst_id)
    if contract is None:
        raise UnexpectedReply(f"order: {row.inst_id[:40]} is another product")
    return sensible("order", to_order, row, contract, ids)


def read_orders(body: bytes, product: Product, ids: OrderIds) -> tuple[tuple[Order, ...], str, int]:
    """GET /api/v5/trade/orders-pending: orders without those of other products, the id of the last row, and how many
    rows there were."""
    rows = _data(_orders, body, "orders")
    for row in rows:
        if product.contract_of(row.inst_id) is not None:
            refuse_hedge_mode(row.pos_side)
    return _listed(rows, product, ids)


def read_past_orders(body: bytes, product: Product, ids: OrderIds) -> tuple[tuple[Order, ...], str, int]:
    """GET /api/v5/trade/orders-history and orders-history-archive: the same of orders that have ended, where those of
    hedge mode, which are past, are left out."""
    return _listed(_data(_orders, body, "orders"), product, ids)


def _listed(rows: Sequence[OrderRow], product: Product, ids: OrderIds) -> tuple[tuple[Order, ...], str, int]:
    orders = []
    for row in rows:
        contract = product.contract_of(row.inst_id)
        if contract is not None and row.pos_side not in HEDGE_SIDES:
            orders.append(sensible("orders", to_order, row, contract, ids))
    return tuple(orders), rows[-1].ord_id if rows else "", len(rows)


def read_acks(body: bytes, sent: Sequence[str]) -> list[AckRow | ExchangeError]:
    """The rows of a reply to placing or cancelling, in the order of `sent`: what each row must name, its client order
    id or order id. A row that the reply leaves out, or that is another's, has an unknown outcome."""
    rows = _data(_acks, body, "order entry")
    named = {name: row for row in rows for name in (row.cl_ord_id, row.ord_id) if name}
    outcomes: list[AckRow | ExchangeError] = []
    for at, name in enumerate(sent):
        row = rows[at] if len(rows) == len(sent) else None
        if row is None or (name not in (row.cl_ord_id, row.ord_id) and (row.cl_ord_id or row.ord_id)):
            row = named.get(name)
        outcomes.append(OutcomeUnknown("the venue's reply left it out") if row is None else _ack(row))
    return outcomes


def _ack(row: AckRow) -> AckRow | ExchangeError:
    if row.s_code == "0":
        return row
    return of_code(row.s_code, row.s_msg)


def to_accepted(row: AckRow, order: NewOrder, ids: OrderIds) -> Order:
    """The order as it was accepted: OKX tells no more than its id. What became of it the orders channel says."""
    order_type, time_in_force = kind_of(word_for(order))
    order_id = sensible("order entry", _order_id, row.ord_id, ids)
    accepted_ms = sensible("order entry", int64_from_text, row.ts)
    return Order(
        order_id=order_id,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        type=order_type,
        quantity=order.quantity,
        status=OrderStatus.NEW,
        price=order.price or ZERO,
        time_in_force=time_in_force,
        reduce_only=order.reduce_only,
        created_ms=accepted_ms,
        update_ms=accepted_ms,
    )


def read_fills(body: bytes, contract: Contract, ids: OrderIds) -> tuple[tuple[Fill, ...], str, int]:
    """GET /api/v5/trade/fills and fills-history: fills of that instrument as they come, newest first; the bill id of
    the last row, and how many rows there were.

    Left out are block trades, which have no order ("ordId [...] always "" for block trading"), and those of hedge mode,
    which no order of ours has: the account was in that mode when they happened.
    """
    rows = _data(_fills, body, "fills")
    of_orders = (row for row in rows if row.inst_id == contract.inst_id and row.ord_id)
    of_ours = (row for row in of_orders if row.pos_side not in HEDGE_SIDES)
    fills = [sensible("fills", _to_fill, row, contract, ids) for row in of_ours]
    return tuple(fills), rows[-1].bill_id if rows else "", len(rows)


def _to_fill(row: FillRow, contract: Contract, ids: OrderIds) -> Fill:
    if not row.trade_id:
        raise ValueError("an execution without a trade id")
    return Fill(
        trade_id=row.trade_id,
        order_id=_order_id(row.ord_id, ids),
        symbol=contract.symbol,
        side=SIDES[row.side],
        price=from_text(row.fill_px),
        quantity=from_text(row.fill_sz) * contract.size,
        fee=-from_text(row.fee),  # OKX: "the trading fee deduction is negative"
        fee_asset=row.fee_ccy or "",
        realized_pnl=from_text(row.fill_pnl),
        time_ms=int64_from_text(row.fill_time or row.ts),
        is_maker=row.exec_type == "M",
    )


# --- account ----------------------------------------------------------------------------------------------------


def to_balance(row: AssetRow) -> Balance:
    """Raises ValueError for nonsense."""
    return Balance(row.ccy, from_text(row.cash_bal), from_text(row.avail_eq or row.avail_bal))


def to_balances(rows: Iterable[AssetRow]) -> tuple[Balance, ...]:
    """Raises ValueError for nonsense. A currency without a balance is left out: nothing said is not the same as 0."""
    return tuple(to_balance(row) for row in rows if row.cash_bal)


def read_account(balance: bytes, positions: bytes, product: Product) -> Account:
    """The account with its open positions, out of the replies of balance and positions.

    In multi-currency and portfolio margin mode margin, what is free and what must be maintained are the account's, in
    USD; in futures mode they are those of USDT, in USDT. The wallet is what it holds of USDT in either.
    """
    row = _only(_balances, balance, "balance")
    usdt = next((each for each in row.details if each.ccy == "USDT"), AssetRow("USDT", cash_bal="0"))
    if not usdt.cash_bal:
        raise UnexpectedReply("balance: USDT without a balance")

    def make() -> Account:
        is_whole = bool(row.adj_eq)
        margin = from_text(row.adj_eq if is_whole else usdt.eq)
        return Account(
            wallet_balance=from_text(usdt.cash_bal),
            margin_balance=margin,
            available_balance=max(ZERO, from_text(row.avail_eq or usdt.avail_eq or usdt.avail_bal)),
            maintenance_margin=from_text(row.mmr if is_whole else usdt.mmr),
            adjusted_equity=margin,
            balances=to_balances(row.details),
            positions=read_positions(positions, product),
            is_unified=True,
            margin_mode=MarginMode.UNIFIED,
            update_ms=int64_from_text(row.u_time),
        )

    return sensible("balance", make)


def to_position(row: PositionRow, contract: Contract) -> Position:
    """Raises ValueError for nonsense. A leverage that is no whole number is cut; portfolio margin has none.

    Orders go out in cross margin: its row is the symbol's position, one in isolated margin is another beside it.
    """
    return Position(
        symbol=contract.symbol,
        size=from_text(row.pos) * contract.size,
        entry_price=from_text(row.avg_px),
        mark_price=from_text(row.mark_px),
        unrealized_pnl=from_text(row.upl),
        leverage=int(from_text(row.lever)),
        margin_type="isolated" if row.mgn_mode == "isolated" else "cross",
        isolated_margin=from_text(row.margin),
        liquidation_price=from_text(row.liq_px),
        update_ms=int64_from_text(row.u_time),
    )


def read_positions(body: bytes, product: Product) -> tuple[Position, ...]:
    """Open positions. Raises PermissionDenied for one of hedge mode or in isolated margin."""
    positions = []
    for row in _data(_positions, body, "positions"):
        contract = product.contract_of(row.inst_id)
        if contract is not None:
            position = sensible("positions", to_position, row, contract)
            if position.size:
                refuse_hedge_mode(row.pos_side)
                if position.margin_type == "isolated":
                    raise PermissionDenied(ISOLATED.format(symbol=position.symbol))
                positions.append(position)
    return tuple(positions)


def read_config(body: bytes) -> ConfigRow:
    return _only(_configs, body, "account/config")


def read_balance(body: bytes, asset: str) -> Decimal:
    """The wallet balance of one asset; 0 where the account does not hold it."""
    for row in _only(_balances, body, "balance").details:
        if row.ccy == asset:
            return sensible("balance", from_text, row.cash_bal)
    return ZERO


# --- market -----------------------------------------------------------------------------------------------------


def read_price(body: bytes) -> Decimal:
    row = _only(_tickers, body, "ticker")
    price = sensible("ticker", from_text, row.last)
    if price <= 0:
        raise UnexpectedReply("ticker: there is no last price")
    return price


def read_tickers(body: bytes, open_interests: bytes, product: Product) -> tuple[Ticker, ...]:
    """OKX tells no turnover of swaps in the quote coin: it is the volume at the last price."""
    amounts = _open_interest_by_symbol(open_interests, product)
    tickers = []
    for row in _data(_tickers, body, "tickers"):
        contract = product.contract_of(row.inst_id)
        if contract is not None and row.last:
            amount = amounts.get(contract.symbol, ZERO)
            tickers.append(sensible("tickers", _ticker, row, contract.symbol, amount))
    return tuple(tickers)


def _ticker(row: TickerRow, symbol: str, open_interest: Decimal) -> Ticker:
    last, opened, volume = from_text(row.last), from_text(row.open24h), from_text(row.vol_ccy24h)
    change = last - opened if opened else ZERO
    return Ticker(
        symbol=symbol,
        last_price=last,
        price_change=change,
        price_change_percent=round(change / opened * 100, 4) if opened else ZERO,
        volume=volume,
        quote_volume=volume * last,
        time_ms=int64_from_text(row.ts),
        open_interest=open_interest,
    )


def _open_interest_by_symbol(body: bytes, product: Product) -> dict[str, Decimal]:
    amounts = {}
    for row in _data(_open_interests, body, "open-interest"):
        contract = product.contract_of(row.inst_id)
        if contract is not None:
            amounts[contract.symbol] = sensible("open-interest", _amount, row, contract)
    return amounts


def _amount(row: OpenInterestRow, contract: Contract) -> Decimal:
    return from_text(row.oi_ccy) if row.oi_ccy else from_text(row.oi) * contract.size


def read_open_interest(body: bytes, contract: Contract, product: Product) -> Decimal:
    amounts = _open_interest_by_symbol(body, product)
    if contract.symbol not in amounts:
        raise UnexpectedReply(f"open-interest: says nothing of {contract.inst_id}")
    return amounts[contract.symbol]


def read_candles(body: bytes, symbol: str, interval: str) -> tuple[Candle, ...]:
    """Newest first, as they come."""
    return sensible("candles", _to_candles, _data(_candles, body, "candles"), symbol, interval)


def _to_candles(rows: Iterable[CandleRow], symbol: str, interval: str) -> tuple[Candle, ...]:
    return tuple(to_candle(row, symbol, interval) for row in rows)


def read_funding_rates(body: bytes, mark_prices: bytes, product: Product) -> tuple[FundingRate, ...]:
    """GET /api/v5/public/funding-rate with mark-price, of one symbol or of all."""
    marks = {row.inst_id: row.mark_px for row in _data(_mark_prices, mark_prices, "mark-price")}
    rates = []
    for row in _data(_fundings, body, "funding-rate"):
        contract = product.contract_of(row.inst_id)
        if contract is not None and row.funding_rate:
            rates.append(sensible("funding-rate", _to_funding_rate, row, contract.symbol, marks.get(row.inst_id)))
    return tuple(rates)


def _to_funding_rate(row: FundingRow, symbol: str, mark_px: Text) -> FundingRate:
    rate = from_text(row.funding_rate)
    return FundingRate(
        symbol, rate, int64_from_text(row.ts), rate, int64_from_text(row.funding_time), from_text(mark_px)
    )


def read_funding_rate(body: bytes, mark_prices: bytes, product: Product) -> FundingRate:
    """The same of one symbol."""
    rates = read_funding_rates(body, mark_prices, product)
    if len(rates) != 1:
        raise UnexpectedReply(f"funding-rate: {len(rates)} rates where there should be one")
    return rates[0]


def read_funding_history(body: bytes, contract: Contract) -> tuple[FundingRate, ...]:
    """Settled rates, newest first, as they come."""
    return tuple(
        sensible("funding-rate-history", _to_settled, row, contract)
        for row in _data(_settled, body, "funding-rate-history")
        if row.inst_id == contract.inst_id
    )


def _to_settled(row: SettledRow, contract: Contract) -> FundingRate:
    if not row.funding_time:
        raise ValueError("a settlement without a time")
    rate = from_text(row.realized_rate or row.funding_rate)
    return FundingRate(contract.symbol, rate, int64_from_text(row.funding_time))


# --- session ----------------------------------------------------------------------------------------------------

_FAR_FUTURE_MS = 253_402_300_799_000
"""The end of the year 9999: beyond, there is no timestamp to be signed."""


def read_server_time(body: bytes) -> int:
    row = _only(_times, body, "time")
    ms = sensible("time", int64_from_text, row.ts)
    if not 0 < ms < _FAR_FUTURE_MS:
        raise UnexpectedReply(f"time: {row.ts[:40]!r} is no time")
    return ms
