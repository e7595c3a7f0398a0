"""A session of the real venue, recorded by others: every message of it is read."""

from collections import Counter
from pathlib import Path

from sansio_exchange.gate import NETWORKS, Gate
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, Candle
from sansio_exchange.venue import Acknowledged, Ignored
from service.replay import replayed
from transport.capture import read_capture, replay_capture

CAPTURE = "captures/gate_usdt.jsonl"


def test_nothing_of_the_recorded_session_is_lost(shared: Path) -> None:
    messages = sum(line.kind == "ws_in" for line in read_capture(shared / CAPTURE))
    said = [each for _, each in replay_capture(shared / CAPTURE, Gate(NETWORKS["mainnet"]))]
    assert len(said) == messages == 270
    assert Counter(map(type, said)) == {Ignored: 193, BookTicker: 54, Acknowledged: 22, Candle: 1}
    assert not any(isinstance(each, Unreadable) for each in said)
    assert {each.reason for each in said if isinstance(each, Ignored)} == {
        "futures.order_book_update: the best prices come by futures.book_ticker"
    }


def test_the_best_prices_of_the_session_are_sane_and_in_order(shared: Path) -> None:
    venue = Gate(NETWORKS["mainnet"])
    latest: dict[str, int] = {}
    for _, best in replay_capture(shared / CAPTURE, venue):
        if isinstance(best, BookTicker):
            rules = venue.symbols.find(best.symbol)
            assert 0 < best.bid < best.ask
            assert best.bid % rules.tick_size == 0
            assert best.bid_quantity % rules.step_size == 0
            assert best.time_ms >= latest.get(best.symbol, 0)
            latest[best.symbol] = best.time_ms
    assert latest.keys() == {"PHBUSDT", "RDNTUSDT", "WOOUSDT"}


def test_the_command_finds_out_by_the_addresses_that_it_is_gate(shared: Path) -> None:
    assert len(list(replayed(shared / CAPTURE))) == 270
