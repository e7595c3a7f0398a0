"""Private channels: orders, fills, account, positions."""

from decimal import Decimal

from sansio_exchange.orders import Side
from sansio_exchange.simulation.replay_market import CapturedTrade
from sansio_exchange.simulation.venues import make_local_venue
from tests.sansio_exchange.simulation.bitget.desk import BTC, ETH, START_MS, Desk, market_order, sleepy_venue


def test_an_order_is_told_from_its_birth_to_its_end(desk: Desk) -> None:
    conn = desk.listen("orders")
    placed = desk.place(clientOid="mine")
    desk.act("mix/order/cancel-order", symbol=BTC, clientOid="mine")
    born, died = desk.hear(conn, "orders")
    assert (born["action"], born["ts"], born["arg"]["instId"]) == ("snapshot", desk.now_ms, "default")
    (row,) = born["data"]
    assert (row["orderId"], row["clientOid"], row["instId"]) == (placed["orderId"], "mine", BTC)
    assert (row["status"], row["accBaseVolume"], row["priceAvg"], row["reduceOnly"]) == ("live", "0", "0", "no")
    assert "tradeId" not in row
    (row,) = died["data"]
    assert (row["status"], row["cancelReason"]) == ("canceled", "normal_cancel")
    assert "priceAvg" not in row, "it is not pushed where an order is cancelled"


def test_a_fill_is_told_with_its_order_and_on_a_channel_of_its_own(desk: Desk) -> None:
    conn = desk.listen("orders", "fill")
    placed = desk.place(**market_order(size="0.02"))
    messages = desk.take(conn)
    orders = [row for each in messages if each["arg"]["channel"] == "orders" for row in each["data"]]
    fills = [row for each in messages if each["arg"]["channel"] == "fill" for row in each["data"]]
    filled = [row for row in orders if "tradeId" in row]
    assert next(row["status"] for row in orders) == "live"
    assert filled[-1]["status"] == "filled"
    assert filled[-1]["accBaseVolume"] == "0.02"
    assert [(row["tradeId"], row["baseVolume"], row["fillPrice"], row["fillFee"]) for row in filled] == [
        (row["tradeId"], row["baseVolume"], row["price"], row["feeDetail"][0]["totalFee"]) for row in fills
    ]
    assert all(Decimal(row["fillFee"]) < 0 and row["tradeScope"] == "T" for row in filled)
    assert {(row["clientOid"], row["orderId"], row["orderType"]) for row in fills} == {
        (placed["clientOid"], placed["orderId"], "market")
    }
    listed = desk.ask("mix/order/fills")["fillList"]
    assert [row["tradeId"] for row in fills] == [row["tradeId"] for row in reversed(listed)]


def test_a_channel_of_one_symbol_tells_of_no_other(desk: Desk) -> None:
    conn = desk.login()
    desk.subscribe(conn, "orders", instId=ETH)
    desk.place()
    assert desk.hear(conn, "orders") == []
    desk.place(symbol=ETH, price="3300")
    (told,) = desk.hear(conn, "orders")
    assert told["arg"]["instId"] == ETH


def test_account_and_positions_begin_with_how_things_stand(desk: Desk) -> None:
    desk.place(**market_order(size="0.02"))
    conn = desk.login()
    desk.take(conn)
    _, account = desk.subscribe(conn, "account", coin="default")
    (row,) = account["data"]
    assert (row["marginCoin"], row["assetsMode"]) == ("USDT", "single")
    assert Decimal(row["available"]) < 100_000
    _, positions = desk.subscribe(conn, "positions")
    (row,) = positions["data"]
    assert (row["instId"], row["holdSide"], row["total"], row["leverage"]) == (BTC, "long", "0.02", 20)


def test_positions_are_told_all_together_and_a_closed_one_is_gone(desk: Desk) -> None:
    conn = desk.listen("positions", "account")
    desk.place(**market_order(size="0.02"))
    desk.place(**market_order(symbol=ETH, side="sell", size="0.1"))
    messages = desk.take(conn)
    told = [each["data"] for each in messages if each["arg"]["channel"] == "positions"]
    assert {row["instId"] for row in told[-1]} == {BTC, ETH}
    assert [each for each in messages if each["arg"]["channel"] == "account"]
    desk.place(**market_order(side="sell", size="0.02", reduceOnly="YES"))
    assert [row["instId"] for row in desk.hear(conn, "positions")[-1]["data"]] == [ETH]


def test_positions_are_told_when_an_order_comes_or_goes(desk: Desk) -> None:
    conn = desk.listen("positions")
    placed = desk.place()
    assert [each["data"] for each in desk.hear(conn, "positions")] == [[]]
    desk.act("mix/order/cancel-order", symbol=BTC, orderId=placed["orderId"])
    assert [each["data"] for each in desk.hear(conn, "positions")] == [[]]


def test_funding_moves_the_account() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    desk.place(**market_order(size="0.1"))
    conn = desk.listen("account")
    eight = 8 * 3_600_000
    to_go = eight - desk.now_ms % eight
    for _ in range(0, to_go, 100_000):
        desk.jump(min(100_000, eight - desk.now_ms % eight))
        desk.say(conn, b"ping")
    told = [each for each in desk.take(conn) if each != "pong"]
    assert [each["arg"]["channel"] for each in told] == ["account"]


def test_a_liquidation_is_the_venues_own_order() -> None:
    falling = [
        CapturedTrade(BTC, Decimal(95_000 - 50 * second), Decimal("0.01"), Side.SELL, second * 1_000)
        for second in range(60)
    ]
    machine = make_local_venue("bitget", seed=1, start_ms=START_MS, capture=falling, balance=Decimal(1_000))
    desk = Desk(machine=machine)
    desk.act("mix/account/set-leverage", symbol=BTC, marginCoin="USDT", leverage="125")
    conn = desk.listen("orders", "positions")
    bought = desk.detail(desk.place(**market_order(size="0.6")))
    assert bought["state"] == "filled"
    desk.take(conn)
    desk.wait(60_000)
    messages = desk.take(conn)
    rows = [row for each in messages if each["arg"]["channel"] == "orders" for row in each["data"]]
    assert {(row["enterPointSource"], row["tradeSide"]) for row in rows} == {("SYS", "burst_sell_single")}
    assert rows[-1]["status"] == "filled"
    assert [each["data"] for each in messages if each["arg"]["channel"] == "positions"][-1] == []
    past, *_ = desk.ask("mix/order/orders-history")["entrustedList"]
    assert past["orderSource"] == "liquidation"
    assert desk.ask("mix/order/fills")["fillList"][0]["enterPointSource"] == "SYS"
