"""Known-answer signatures: the documentation's own, through the code that signs."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sansio_exchange.binance import NETWORKS, Binance
from sansio_exchange.binance.signing import signature, signed_params
from sansio_exchange.commands import Credentials
from sansio_exchange.venue import Access, Request

SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"


def vectors(shared: Path) -> list[dict[str, Any]]:
    rows = json.loads((shared / "fixtures" / "signing.json").read_text())
    return [row for row in rows if row["venue"] == "binance" and "typo" not in row["tier"]]


def test_every_published_signature_comes_out_of_the_hmac(shared: Path) -> None:
    rows = vectors(shared)
    assert len(rows) == 4
    for row in rows:
        assert signature(row["secret"], row["prehash"]) == row["signature"], row["source"]


def test_requests_of_the_documentation_go_out_with_the_published_signature(shared: Path) -> None:
    """The vectors with a receive window are requests as we send them: the last two parameters are the signer's."""
    requests = [row for row in vectors(shared) if "recvWindow" in row["prehash"]]
    assert len(requests) == 3
    for row in requests:
        params = dict(parse_qsl(row["prehash"]))
        assert (params.pop("recvWindow"), int(params.pop("timestamp"))) == ("5000", row["timestamp"])
        request = Request(row["method"], row["path"], params, Access.SIGNED)
        credentials = Credentials(row["key"], row["secret"])
        sent = Binance(NETWORKS["mainnet"]).sign(1, request, credentials, row["timestamp"])
        assert urlsplit(sent.url).query == f"{row['prehash']}&signature={row['signature']}"
        assert sent.headers == {"X-MBX-APIKEY": row["key"]}
        assert (sent.method, urlsplit(sent.url).path) == (row["method"], row["path"])


def test_the_order_entry_socket_signs_all_parameters_in_the_order_of_their_names() -> None:
    params = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.010"}
    signed = signed_params(params, Credentials(KEY, SECRET), 1645423376532)
    payload = f"apiKey={KEY}&quantity=0.010&recvWindow=5000&side=SELL&symbol=BTCUSDT&timestamp=1645423376532"
    assert signed == {**params, "apiKey": KEY, "recvWindow": 5000, "timestamp": 1645423376532} | {
        "signature": signature(SECRET, payload)
    }


def test_the_documented_order_entry_signature_comes_out() -> None:
    """Spot "WebSocket API", SIGNED request example (HMAC): the futures' page gives an Ed25519 one alone."""
    payload = (
        f"apiKey={KEY}&newOrderRespType=ACK&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL"
        "&symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT"
    )
    assert signature(SECRET, payload) == "cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a"
