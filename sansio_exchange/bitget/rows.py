"""Rows of REST and order-entry replies: the fields that are read, typed.

Shapes: the response tables and examples of each endpoint's page (2025-03 to 2026-09). Numbers are text, "" and null are
how Bitget leaves one out, an empty list may be null. Sizes are in the base coin, fees are negative where they were
paid.
"""

import msgspec
from msgspec import Struct

Text = str | None
"""A number as text; "" and null leave it out."""


class OrderRow(Struct, frozen=True, rename="camel"):
    """What replies and the orders channel say of an order in the same words."""

    order_id: str
    side: str
    order_type: str
    size: Text
    client_oid: Text = ""
    price: Text = ""
    price_avg: Text = ""
    force: Text = ""
    reduce_only: Text = ""
    pos_mode: Text = ""
    trade_side: Text = ""
    cancel_reason: Text = ""
    c_time: Text = ""
    u_time: Text = ""


class ListedOrderRow(OrderRow, frozen=True, kw_only=True, rename="camel"):
    """GET /api/v2/mix/order/detail, which says `state`, and the lists, which say `status`. `base_volume` is all that
    was executed."""

    symbol: str
    base_volume: Text = ""
    state: Text = ""
    status: Text = ""


class OrderList(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/order/orders-pending and orders-history."""

    entrusted_list: tuple[ListedOrderRow, ...] | None
    end_id: Text = ""


class AckRow(Struct, frozen=True, rename="camel"):
    """What was done of one order of a request. The codes belong to a failure."""

    order_id: Text = ""
    client_oid: Text = ""
    error_code: str | int | None = ""
    error_msg: Text = ""


class Acks(Struct, frozen=True, rename="camel"):
    """The reply to a batch."""

    success_list: tuple[AckRow, ...] | None
    failure_list: tuple[AckRow, ...] | None = ()


class FeeRow(Struct, frozen=True, rename="camel"):
    """A fee in one coin; negative where it was paid. What was saved of it by vouchers is not part of it."""

    fee_coin: Text = ""
    total_fee: Text = ""


class FillRow(Struct, frozen=True, rename="camel"):
    """An own execution. `base_volume` is its own quantity."""

    symbol: str
    trade_id: str
    order_id: str
    side: str
    price: Text
    base_volume: Text
    fee_detail: tuple[FeeRow, ...] | None = ()
    profit: Text = ""
    trade_scope: Text = ""
    pos_mode: Text = ""
    c_time: Text = ""


class FillList(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/order/fills."""

    fill_list: tuple[FillRow, ...] | None
    end_id: Text = ""


class AssetRow(Struct, frozen=True):
    """A coin that counts as margin in multi-assets mode."""

    coin: str
    balance: Text = ""
    available: Text = ""


class AccountRow(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/account/accounts. The figures of the whole account (union...) belong to multi-assets mode. Equity
    includes the unrealised profit, which is left out in samples that name it for each margin mode."""

    margin_coin: str
    account_equity: Text
    available: Text = ""
    crossed_max_available: Text = ""
    crossed_risk_rate: Text = ""
    unrealized_pl: Text = msgspec.field(name="unrealizedPL", default="")
    crossed_unrealized_pl: Text = msgspec.field(name="crossedUnrealizedPL", default="")
    isolated_unrealized_pl: Text = msgspec.field(name="isolatedUnrealizedPL", default="")
    union_total_margin: Text = ""
    union_available: Text = ""
    union_mm: Text = ""
    asset_mode: Text = ""
    asset_list: tuple[AssetRow, ...] | None = ()


class PositionSaid(Struct, frozen=True, rename="camel"):
    """What replies and the positions channel say of a position in the same words. `total` has no sign."""

    hold_side: str
    total: Text
    open_price_avg: Text = ""
    mark_price: Text = ""
    unrealized_pl: Text = msgspec.field(name="unrealizedPL", default="")
    leverage: str | int | None = ""
    margin_mode: Text = "crossed"
    margin_size: Text = ""
    liquidation_price: Text = ""
    pos_mode: Text = ""
    u_time: Text = ""


class PositionRow(PositionSaid, frozen=True, kw_only=True, rename="camel"):
    """GET /api/v2/mix/position/all-position and single-position."""

    symbol: str


class SettingsRow(Struct, frozen=True, rename="camel"):
    """What is read of GET /api/v2/mix/account/account."""

    pos_mode: str


class KeyRow(Struct, frozen=True):
    """GET /api/v2/spot/account/info."""

    authorities: tuple[str, ...] | None = ()


class TickerRow(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/market/ticker and tickers. `holding_amount` is the open interest in the base coin."""

    symbol: str
    last_pr: Text = ""
    open24h: Text = ""
    change24h: Text = ""
    base_volume: Text = ""
    quote_volume: Text = ""
    holding_amount: Text = ""
    mark_price: Text = ""
    ts: Text = ""


class OpenInterestRow(Struct, frozen=True):
    """One symbol's, in the base coin."""

    symbol: str
    size: Text


class OpenInterests(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/market/open-interest."""

    open_interest_list: tuple[OpenInterestRow, ...]


class FundingRow(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/market/current-fund-rate. `next_update` is the coming settlement."""

    symbol: str
    funding_rate: Text
    next_update: Text = ""


class SettledRow(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/market/history-fund-rate."""

    symbol: str
    funding_rate: Text
    funding_time: Text


class TimeRow(Struct, frozen=True, rename="camel"):
    """GET /api/v2/public/time."""

    server_time: str
