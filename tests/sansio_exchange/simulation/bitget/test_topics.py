"""What can be subscribed to, and where."""

import pytest

from tests.sansio_exchange.simulation.bitget.desk import BTC, FUTURES, Desk

PUBLIC = [
    "ticker",
    "trade",
    "books",
    "books1",
    "books5",
    "books15",
    *("candle1m", "candle5m", "candle15m", "candle30m", "candle1H", "candle4H"),
    *("candle6Hutc", "candle12Hutc", "candle1Dutc", "candle3Dutc", "candle1Wutc"),
]


@pytest.mark.parametrize("channel", PUBLIC)
def test_public_channels_are_acknowledged_as_asked(desk: Desk, channel: str) -> None:
    (said, *_) = desk.subscribe(desk.open(), channel)
    assert said == {"event": "subscribe", "arg": {"instType": FUTURES, "channel": channel, "instId": BTC}}


@pytest.mark.parametrize(
    "arg",
    [
        {"instType": FUTURES, "channel": "orders", "instId": "default"},
        {"instType": FUTURES, "channel": "orders", "instId": BTC},
        {"instType": FUTURES, "channel": "fill", "instId": "default"},
        {"instType": FUTURES, "channel": "positions", "instId": "default"},
        {"instType": FUTURES, "channel": "account", "coin": "default"},
    ],
)
def test_private_channels_are_acknowledged_as_asked(desk: Desk, arg: dict[str, str]) -> None:
    conn = desk.login()
    desk.say(conn, {"op": "subscribe", "args": [arg]})
    assert {"event": "subscribe", "arg": arg} in desk.take(conn)


@pytest.mark.parametrize(
    ("root", "arg"),
    [
        ("public", {"instType": FUTURES, "channel": "nope", "instId": BTC}),
        ("public", {"instType": FUTURES, "channel": "ticker", "instId": "NOPE"}),
        ("public", {"instType": FUTURES, "channel": "ticker", "instId": "btcusdt"}),
        ("public", {"instType": "SPOT", "channel": "ticker", "instId": BTC}),
        ("public", {"channel": "ticker", "instId": BTC}),
        ("public", {"instType": FUTURES, "channel": "candle3m", "instId": BTC}),
        ("public", {"instType": FUTURES, "channel": "candle1D", "instId": BTC}),
        ("public", {"instType": FUTURES, "channel": "orders", "instId": "default"}),
        ("private", {"instType": FUTURES, "channel": "ticker", "instId": BTC}),
        ("private", {"instType": FUTURES, "channel": "positions", "instId": BTC}),
        ("private", {"instType": FUTURES, "channel": "account", "instId": "default"}),
        ("private", {"instType": FUTURES, "channel": "orders", "instId": "NOPE"}),
    ],
)
def test_what_is_no_channel_there_is_refused_by_name(desk: Desk, root: str, arg: dict[str, str]) -> None:
    conn = desk.login() if root == "private" else desk.open()
    desk.take(conn)
    told = desk.reply(conn, {"op": "subscribe", "args": [arg]})
    assert (told["event"], told["code"], told["arg"]) == ("error", 30001, arg)
    assert told["msg"].endswith("doesn't exist")
