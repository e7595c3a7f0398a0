"""Bodies of replies: nonsense in them is an UnexpectedReply, or a refusal by name, and never anything else."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.bybit import NETWORKS, Bybit, market_replies, replies
from sansio_exchange.bybit.symbols import read_instruments, read_rules
from sansio_exchange.errors import ExchangeError, UnexpectedReply
from sansio_exchange.machine import HttpReply
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import NewOrder, OrderType, Side
from tests.sansio_exchange.bybit.payloads import (
    ACCOUNT_INFO,
    INSTRUMENTS,
    KEY,
    UUID,
    batch,
    execution,
    listed,
    order,
    position,
    reply,
    ticker,
    wallet,
)
from tests.sansio_exchange.spoiling import spoil

IDS = OrderIds()
NEW = NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal(1), client_order_id="m")
READERS: list[tuple[bytes, Callable[[bytes], Any]]] = [
    (listed(order()), lambda body: replies.read_orders(body, IDS)),
    (listed(execution()), lambda body: replies.read_fills(body, IDS)),
    (listed(position()), replies.read_positions),
    (reply({"orderId": UUID, "orderLinkId": "m"}), lambda body: replies.read_ack(body, NEW, IDS)),
    (batch(({"orderId": UUID, "orderLinkId": "m"}, 0)), lambda body: replies.read_acks(body, ["m"])),
    (reply({"list": [wallet()]}), lambda body: replies.read_account(body, ())),
    (reply({"list": [wallet()]}), lambda body: replies.read_balance(body, "USDT")),
    (reply(KEY), replies.read_key),
    (reply(ACCOUNT_INFO), replies.read_account_info),
    (listed(ticker()), market_replies.read_tickers),
    (listed(ticker()), market_replies.read_funding_rates),
    (listed(ticker()), lambda body: market_replies.read_price(body, "BTCUSDT")),
    (
        listed(["1700000000000", "1", "2", "0.5", "1", "3", "4"]),
        lambda body: market_replies.read_candles(body, "X", "1m"),
    ),
    (
        listed({"symbol": "X", "fundingRate": "1", "fundingRateTimestamp": "1"}),
        lambda body: market_replies.read_funding_history(body, "X"),
    ),
    (reply({"timeSecond": "1700000000", "timeNano": "1700000000000000000"}), replies.read_server_time),
    (INSTRUMENTS, lambda body: read_rules(read_instruments(body)[0])),
]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader[0][40:80].decode())
def test_each_reads_what_is_meant_for_it(reader: tuple[bytes, Callable[[bytes], Any]]) -> None:
    body, read = reader
    read(body)
    for nonsense in (b"", b"null", b"[]", b"<html>", b'{"result":5}', b'{"result":null}', b"[" * 100_000, b"\xff"):
        with pytest.raises(UnexpectedReply):
            read(nonsense)


@settings(max_examples=300, deadline=None)
@given(reader=st.sampled_from(READERS), data=st.data())
def test_a_spoiled_reply_raises_nothing_else(reader: tuple[bytes, Callable[[bytes], Any]], data: st.DataObject) -> None:
    body, read = reader
    venue = Bybit(NETWORKS["mainnet"])
    try:
        read(venue.read(HttpReply(1, 200, {}, spoil(data, body))))
    except ExchangeError as error:
        assert error.message  # noqa: PT017
