import io
import time
from datetime import UTC, datetime

from rich.console import Console

from service.board import Board
from service.stubs.google.type import Decimal as Dec
from service.stubs.opensqt.market_maker import v1


def picture(board: Board, width: int = 110, height: int = 50) -> str:
    console = Console(file=io.StringIO(), width=width, height=height)
    console.print(board.render(width, height))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def price(value: str, symbol: str = "BTCUSDT") -> v1.PriceChange:
    return v1.PriceChange(symbol=symbol, price=Dec(value=value))


def order(number: int, status: v1.OrderStatus, trade: v1.Trade | None = None) -> v1.OrderUpdate:
    return v1.OrderUpdate(
        order_id=number,
        symbol="BTCUSDT",
        side=v1.OrderSide.SELL,
        status=status,
        price=Dec(value="95000.1"),
        quantity=Dec(value="0.010"),
        executed_qty=Dec(value="0.004"),
        last_trade=trade,
    )


TRADE = v1.Trade(
    trade_id="5",
    symbol="BTCUSDT",
    side=v1.OrderSide.SELL,
    price=Dec(value="95000.1"),
    quantity=Dec(value="0.004"),
    fee=Dec(value="0.076"),
    realized_pnl=Dec(value="-0.5"),
    timestamp=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_a_price_shows_its_direction_and_its_change_since_the_start() -> None:
    board = Board("title", ["BTCUSDT", "ETHUSDT"])
    for value in ("100000", "101000", "100500"):
        board.on_price(price(value))
    shown = picture(board)
    assert "100,500 ▼" in shown
    assert "+0.500 %" in shown
    assert "waiting" in shown
    board.on_price(price("100600"))
    assert "100,600 ▲" in picture(board)


def test_working_orders_are_shown_until_they_are_final() -> None:
    board = Board("title", ["BTCUSDT"])
    board.on_order(order(1, v1.OrderStatus.NEW))
    board.on_order(order(2, v1.OrderStatus.PARTIALLY_FILLED, TRADE))
    assert "2 working" in picture(board)
    assert "partially filled" in picture(board)
    board.on_order(order(2, v1.OrderStatus.CANCELED))
    assert "1 working" in picture(board)
    board.on_open_orders([])
    assert "0 working" in picture(board)


def test_a_fill_is_shown_with_fee_and_profit() -> None:
    board = Board("title", ["BTCUSDT"])
    board.on_order(order(2, v1.OrderStatus.FILLED, TRADE))
    shown = picture(board)
    assert "0.0760" in shown
    assert "-0.5000" in shown


def test_a_closed_position_is_gone() -> None:
    board = Board("title", ["BTCUSDT"])
    board.on_position(v1.Position(symbol="BTCUSDT", size=Dec(value="-0.010"), entry_price=Dec(value="95000")))
    assert "-0.010" in picture(board)
    board.on_position(v1.Position(symbol="BTCUSDT", size=Dec(value="0")))
    assert "none" in picture(board)


def test_a_lost_connection_is_said_with_its_reason_until_it_is_back() -> None:
    board = Board("title", ["BTCUSDT"])
    assert "live" in picture(board)
    board.on_link("prices", "no connector answers at 127.0.0.1:50051")
    assert "connection lost, trying again" in picture(board)
    assert "no connector answers at 127.0.0.1:50051" in picture(board)
    board.on_link("prices", "")
    assert "live" in picture(board)


def test_funding_counts_down() -> None:
    board = Board("title", ["BTCUSDT"])
    board.on_price(price("1"))
    in_an_hour = (int(time.time()) + 3_700) * 1000
    board.on_funding(v1.FundingUpdate(symbol="BTCUSDT", rate=Dec(value="0.0001"), next_funding_time=in_an_hour))
    shown = picture(board)
    assert "+0.0100 %" in shown
    assert "1:01:" in shown


def test_it_fits_the_terminal() -> None:
    board = Board("title", ["BTCUSDT"])
    for each in range(50):
        board.on_order(order(each, v1.OrderStatus.NEW, TRADE))
    for width, height in ((80, 24), (100, 40), (160, 40)):
        lines = picture(board, width, height).splitlines()
        assert len(lines) <= height
        assert max(len(line) for line in lines) <= width
