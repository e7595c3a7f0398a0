from pathlib import Path

import msgspec
import pytest

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.lines import to_line
from service.replay import replayed, summary
from transport.line_files import BadRecording

INFO = (
    '{"symbols":[{"symbol":"BTCUSDT","contractType":"PERPETUAL","status":"TRADING","baseAsset":"BTC",'
    '"quoteAsset":"USDT","marginAsset":"USDT","filters":[]}],"rateLimits":[]}'
)
TRADE = '{"e":"aggTrade","E":10,"s":"BTCUSDT","a":1,"p":"100.5","q":"2","f":1,"l":1,"T":9,"m":true}'


def capture(path: Path, host: str = "binance") -> Path:
    lines = [
        {"t": 1.0, "kind": "http", "url": f"https://fapi.{host}.com/fapi/v1/exchangeInfo", "body": INFO},
        {"t": 2.0, "kind": "ws_in", "url": f"wss://fstream.{host}.com/ws", "data": TRADE},
        {"t": 3.0, "kind": "ws_in", "url": f"wss://fstream.{host}.com/ws", "data": "nonsense"},
    ]
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in lines))
    return path


def test_a_capture_becomes_its_events(tmp_path: Path) -> None:
    said = [msgspec.json.decode(to_line(each)) for each in replayed(capture(tmp_path / "c"))]
    assert [each["kind"] for each in said] == ["PriceChange", "Unreadable"]
    assert said[0]["price"] == "100.5"


def test_the_venue_of_a_capture_can_be_named_and_has_to_be_if_its_addresses_do_not_tell(tmp_path: Path) -> None:
    file = capture(tmp_path / "c", host="example")
    with pytest.raises(InvalidRequest, match="--exchange: must name the venue"):
        list(replayed(file))
    assert len(list(replayed(file, "binance"))) == 2


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "c"
    file.write_text("hello\n")
    with pytest.raises(BadRecording, match="neither a journal nor a capture"):
        list(replayed(file))


def test_the_summary_counts_by_kind(tmp_path: Path) -> None:
    table = summary(replayed(capture(tmp_path / "c")))
    assert [list(column.cells) for column in table.columns] == [["PriceChange", "Unreadable", "all"], ["1", "1", "2"]]


def test_the_recorded_session_of_the_real_venue(shared: Path) -> None:
    table = summary(replayed(shared / "captures" / "binance_usdm.jsonl"))
    counts = dict(zip(*(list(column.cells) for column in table.columns), strict=True))
    assert "Unreadable" not in counts
    assert int(str(counts["PriceChange"])) > 50
