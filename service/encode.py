"""Events straight to bytes, for the messages that go out thousands of times a second.

Building a betterproto2 message and serialising it costs many times what these encoders take. They are compiled from
the same message metadata, so field numbers and types stand in one place, and tests hold their output against
betterproto2's own, byte for byte.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from operator import call
from typing import Any

import betterproto2

from sansio_exchange import account, market, orders
from service.codec import layout_of
from service.stubs.google.type import Decimal as DecimalMessage
from service.stubs.opensqt.market_maker import v1

Field = Callable[[Any], bytes]


_FRAME_HEADS = [b"\x00" + size.to_bytes(4) for size in range(512)]


def framed(message: bytes) -> bytes:
    """`message` as gRPC sends it: not compressed, with its length before it."""
    size = len(message)
    return (_FRAME_HEADS[size] if size < 512 else b"\x00" + size.to_bytes(4)) + message


def varint(value: int) -> bytes:
    """`value` as protobuf writes int32, int64, bool and enum; negative numbers take ten bytes."""
    if value < 0:
        value += 1 << 64
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _key(number: int, wire_type: int) -> bytes:
    return varint(number << 3 | wire_type)


def _text(number: int) -> Field:
    key = _key(number, 2)

    def encode(value: str) -> bytes:
        if not value:
            return b""
        data = value.encode()
        return key + varint(len(data)) + data

    return encode


def _name(number: int) -> Field:
    """Texts of which there are few: venue, symbols, assets."""
    return lru_cache(2048)(_text(number))


def _decimal(number: int) -> Field:
    # The text of a decimal is nearly always shorter than 100 bytes, so all that stands before it can be made ahead.
    key, inner = _key(number, 2), _key(1, 2)
    heads = [key + varint(len(inner) + 1 + size) + inner + varint(size) for size in range(100)]

    def encode(value: Decimal | None) -> bytes:
        if value is None:
            return b""
        data = format(value, "f").encode()
        size = len(data)
        if size < 100:
            return heads[size] + data
        content = inner + varint(size) + data
        return key + varint(len(content)) + content

    return encode


def _timestamp(number: int) -> Field:
    key = _key(number, 2)
    seconds_field, nanos_field = _integer(1), _integer(2)

    @lru_cache(64)  # what happens in the same millisecond, or is told again of the same order
    def encode(ms: int) -> bytes:
        if not ms:
            return b""
        content = seconds_field(ms // 1000) + nanos_field(ms % 1000 * 1_000_000)
        return key + varint(len(content)) + content

    return encode


def _integer(number: int) -> Field:
    key = _key(number, 0)

    def encode(value: int) -> bytes:
        return key + varint(value) if value else b""

    return encode


def _message(number: int) -> Field:
    """A message that is already encoded; None is an absent one."""
    key = _key(number, 2)

    def encode(value: bytes | None) -> bytes:
        return b"" if value is None else key + varint(len(value)) + value

    return encode


def _messages(number: int) -> Field:
    one = _message(number)

    def encode(values: Iterable[bytes]) -> bytes:
        return b"".join(map(one, values))

    return encode


def _compile(kind: type[betterproto2.Message], *, names: frozenset[str]) -> Callable[..., bytes]:
    """A function that takes the values of `kind`'s fields in order of their numbers and returns the message.

    Decimals are taken as Decimal or None, timestamps in ms (0 is an absent one), messages as bytes or None.
    """
    layout = layout_of(kind)
    fields: list[Field] = []
    for name in layout.sorted_field_names:
        meta = layout.meta_by_field_name[name]
        if meta.proto_type == betterproto2.TYPE_STRING:
            fields.append(_name(meta.number) if name in names else _text(meta.number))
        elif meta.proto_type != betterproto2.TYPE_MESSAGE:
            fields.append(_integer(meta.number))
        elif meta.repeated:
            fields.append(_messages(meta.number))
        elif meta.unwrap is not None:  # of the well-known types, the contract uses only Timestamp
            fields.append(_timestamp(meta.number))
        elif layout.cls_by_field[name] is DecimalMessage:
            fields.append(_decimal(meta.number))
        else:
            fields.append(_message(meta.number))
    count = len(fields)

    def encode(*values: Any) -> bytes:
        if len(values) != count:
            raise TypeError(f"{kind.__name__} has {count} fields, got {len(values)}")
        return b"".join(map(call, fields, values))

    return encode


_FEW = frozenset({"exchange", "symbol", "fee_asset", "margin_type"})

_price_change = _compile(v1.PriceChange, names=_FEW)
_candle = _compile(v1.Candle, names=_FEW)
_funding_update = _compile(v1.FundingUpdate, names=_FEW)
_trade = _compile(v1.Trade, names=_FEW)
_order_update = _compile(v1.OrderUpdate, names=_FEW)
_position = _compile(v1.Position, names=_FEW)
_account = _compile(v1.Account, names=_FEW)


def price_change(value: market.PriceChange, exchange: str) -> bytes:
    return _price_change(exchange, value.symbol, value.price, value.time_ms)


def candle(value: market.Candle) -> bytes:
    return _candle(
        value.symbol, value.open, value.high, value.low, value.close, value.volume, value.open_ms, value.is_closed
    )


def funding_update(value: market.FundingRate, exchange: str) -> bytes:
    return _funding_update(
        exchange, value.symbol, value.rate, value.predicted_rate, value.next_funding_ms, value.time_ms
    )


def _fill(value: orders.Fill) -> bytes:
    return _trade(
        value.trade_id,
        value.order_id,
        value.symbol,
        value.side,
        value.price,
        value.quantity,
        value.fee,
        value.fee_asset,
        value.time_ms,
        value.realized_pnl,
    )


def order_update(value: orders.OrderUpdate, exchange: str) -> bytes:
    order = value.order
    return _order_update(
        exchange,
        order.order_id,
        order.client_order_id,
        order.symbol,
        order.side,
        order.type,
        order.status,
        order.price,
        order.quantity,
        order.executed_qty,
        order.avg_price,
        order.update_ms,
        None if value.fill is None else _fill(value.fill),
    )


def position(value: account.Position) -> bytes:
    return _position(
        value.symbol,
        value.size,
        value.entry_price,
        value.mark_price or None,
        value.unrealized_pnl,
        value.leverage,
        value.margin_type,
        value.isolated_margin,
        value.liquidation_price or None,
        None,
        "",
    )


def whole_account(value: account.Account) -> bytes:
    return _account(
        value.wallet_balance,
        value.margin_balance,
        value.available_balance,
        map(position, value.positions),
        value.leverage,
        value.is_unified,
        value.health_score,
        value.margin_mode,
        value.adjusted_equity,
        value.maintenance_margin,
    )
