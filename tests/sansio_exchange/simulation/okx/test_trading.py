"""Orders: what is accepted, with which answer, and what is refused, with which code."""

from typing import Any

import pytest

from tests.sansio_exchange.simulation.okx.desk import BTC, ETH, Desk, market_order, order, sleepy_venue

SWAP = {"instType": "SWAP"}


def look_up(desk: Desk, row: Any) -> Any:
    (found,) = desk.ask("trade/order", instId=BTC, ordId=row["ordId"])
    return found


def test_a_resting_order_is_found_by_either_id_until_it_is_cancelled(desk: Desk) -> None:
    placed = desk.place(clOrdId="mine", tag="bot7")
    assert placed == {
        "ordId": placed["ordId"],
        "clOrdId": "mine",
        "tag": "bot7",
        "ts": str(desk.now_ms),
        "sCode": "0",
        "sMsg": "",
        "subCode": "",
    }
    found = look_up(desk, placed)
    assert (found["state"], found["sz"], found["px"], found["accFillSz"], found["avgPx"]) == (
        "live",
        "1",
        "91000",
        "0",
        "",
    )
    assert (found["clOrdId"], found["tag"], found["posSide"], found["tdMode"]) == ("mine", "bot7", "net", "cross")
    assert desk.ask("trade/order", instId=BTC, clOrdId="mine") == [found]
    assert desk.ask("trade/orders-pending", **SWAP) == [found]
    cancelled = desk.act("trade/cancel-order", {"instId": BTC, "clOrdId": "mine"})
    assert (cancelled["code"], cancelled["data"][0]["ordId"]) == ("0", placed["ordId"])
    assert desk.ask("trade/orders-pending") == []
    found = look_up(desk, placed)
    assert (found["state"], found["cancelSource"]) == ("canceled", "1")
    assert desk.ask("trade/orders-history", **SWAP) == [found]


def test_answers_carry_the_times_of_the_gateway(desk: Desk) -> None:
    answer = desk.act("trade/order", order())
    assert (answer["inTime"], answer["outTime"]) == (f"{desk.now_ms}000", f"{desk.now_ms}000")


def test_sizes_are_contracts_and_fees_negative(desk: Desk) -> None:
    bought = desk.place(**market_order(sz="2"))
    found = look_up(desk, bought)
    assert (found["state"], found["sz"], found["accFillSz"], found["px"]) == ("filled", "2", "2", "")
    (fill,) = desk.ask("trade/fills", instId=BTC)
    assert (fill["ordId"], fill["fillSz"], fill["execType"], fill["side"]) == (bought["ordId"], "2", "T", "buy")
    assert float(fill["fee"]) == pytest.approx(-float(fill["fillPx"]) * 2 * 0.01 * 0.0005)
    assert (fill["feeRate"], fill["feeCcy"], found["fee"]) == ("-0.0005", "USDT", fill["fee"])
    (position,) = desk.ask("account/positions")
    assert (position["pos"], position["posSide"], position["avgPx"]) == ("2", "net", fill["fillPx"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"instId": "NOPE-USDT-SWAP"}, "51001"),
        ({"instId": None}, "50014"),
        ({"tdMode": None}, "50014"),
        ({"tdMode": "cash"}, "51000"),
        ({"tdMode": "isolated"}, "50062"),
        ({"side": "hold"}, "51000"),
        ({"side": None}, "50014"),
        ({"posSide": "long"}, "51000"),
        ({"ordType": "iceberg"}, "51000"),
        ({"ordType": None}, "50014"),
        ({"ordType": "mmp"}, "50062"),
        ({"attachAlgoOrds": [{"tpTriggerPx": "1"}]}, "50062"),
        ({"stpMode": "cancel_both"}, "50062"),
        ({"sz": None}, "50014"),
        ({"sz": "0"}, "51000"),
        ({"sz": "-1"}, "51000"),
        ({"sz": "NaN"}, "51000"),
        ({"sz": "1e2"}, "51000"),
        ({"sz": "0.001"}, "51020"),
        ({"sz": "1.001"}, "51121"),
        ({"sz": "100000001"}, "51101"),
        ({"px": None}, "51204"),
        ({"px": "0"}, "51000"),
        ({"px": "91000.05"}, "51000"),
        ({"px": "120000"}, "51006"),
        ({"px": "80000", "side": "sell"}, "51006"),
        ({"sz": "5000"}, "51008"),
        ({"clOrdId": "no-dashes"}, "51000"),
        ({"clOrdId": "x" * 33}, "51000"),
        ({"tag": "x" * 17}, "51000"),
        ({"reduceOnly": "yes"}, "51000"),
        ({"reduceOnly": True}, "51169"),
    ],
)
def test_a_bad_order_is_refused_and_leaves_nothing(desk: Desk, change: dict[str, Any], code: str) -> None:
    assert desk.code("trade/order", order(**change)) == code
    assert desk.ask("trade/orders-pending") == []
    assert desk.ask("trade/orders-history", **SWAP) == []


def test_a_refusal_tells_which_order_it_means(desk: Desk) -> None:
    answer = desk.act("trade/order", order(clOrdId="mine", tag="bot7", sz="0"))
    assert (answer["code"], answer["msg"]) == ("1", "All operations failed")
    (row,) = answer["data"]
    assert (row["clOrdId"], row["tag"], row["ordId"], row["sCode"]) == ("mine", "bot7", "", "51000")
    assert row["sMsg"] == "Parameter sz error"


def test_a_market_order_may_be_no_larger_than_the_market_takes(desk: Desk) -> None:
    assert desk.code("trade/order", market_order(sz="35001")) == "51202"


@pytest.mark.parametrize(
    ("change", "source"),
    [({"ordType": "post_only", "px": "96000"}, "31"), ({"ordType": "fok"}, "13"), ({"ordType": "ioc"}, "14")],
)
def test_what_cannot_stand_is_accepted_and_cancelled(desk: Desk, change: dict[str, Any], source: str) -> None:
    placed = desk.place(**change)
    found = look_up(desk, placed)
    assert (found["state"], found["cancelSource"], found["ordType"]) == ("canceled", source, change["ordType"])
    assert found["cancelSourceReason"]


def test_an_order_that_meets_an_older_one_of_its_account_cancels_it(desk: Desk) -> None:
    (ticker,) = desk.get("market/ticker", instId=BTC)
    bid = desk.place(px=ticker["bidPx"])
    desk.place(**market_order(side="sell", sz=f"{float(ticker['bidSz']) + 1:.2f}"))
    assert (look_up(desk, bid)["state"], look_up(desk, bid)["cancelSource"]) == ("canceled", "32")


def test_a_client_id_is_unique_among_pending_orders(desk: Desk) -> None:
    first = desk.place(clOrdId="one")
    assert desk.code("trade/order", order(clOrdId="one")) == "51016"
    desk.act("trade/cancel-order", {"instId": BTC, "ordId": first["ordId"]})
    second = desk.place(clOrdId="one")
    (newest,) = desk.ask("trade/order", instId=BTC, clOrdId="one")
    assert newest["ordId"] == second["ordId"]


def test_reduce_only_orders_need_a_position_of_the_other_side(desk: Desk) -> None:
    desk.place(**market_order(sz="2"))
    assert desk.code("trade/order", market_order(sz="1", reduceOnly="true")) == "51170"
    closed = look_up(desk, desk.place(**market_order(side="sell", sz="5", reduceOnly=True)))
    assert (closed["accFillSz"], closed["reduceOnly"]) == ("2", "true")
    assert desk.ask("account/positions") == []


def test_an_expired_request_is_not_carried_out(desk: Desk) -> None:
    placed = desk.place()
    late, change = str(desk.now_ms - 1), {"instId": BTC, "ordId": placed["ordId"], "newSz": "2"}
    assert desk.code("trade/order", order(), exptime=late) == "50036"
    assert desk.code("trade/amend-order", change, exptime=late) == "50036"
    assert look_up(desk, placed)["sz"] == "1"
    assert desk.act("trade/order", order(), exptime=str(desk.now_ms))["code"] == "0"


def test_pending_orders_are_limited_per_instrument() -> None:
    desk = Desk()
    desk.act("account/set-leverage", {"instId": BTC, "mgnMode": "cross", "lever": "100"})
    for _ in range(25):
        answer = desk.act("trade/batch-orders", [order(sz="0.01")] * 20)
        assert answer["code"] == "0"
        desk.wait(2000)
    assert desk.code("trade/order", order(sz="0.01")) == "51174"


# amending


def test_an_amendment_changes_price_and_size(desk: Desk) -> None:
    placed = desk.place(clOrdId="mine")
    change = {"instId": BTC, "ordId": placed["ordId"], "newSz": "2", "newPx": "90900", "reqId": "r1"}
    answer = desk.act("trade/amend-order", change)
    (row,) = answer["data"]
    assert (answer["code"], row["ordId"], row["clOrdId"], row["reqId"]) == ("0", placed["ordId"], "mine", "r1")
    found = look_up(desk, placed)
    assert (found["state"], found["sz"], found["px"]) == ("live", "2", "90900")
    assert desk.act("trade/amend-order", change)["code"] == "0", "what is so already is no failure"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ordId": "1"}, "51503"),
        ({"ordId": "abc"}, "51503"),
        ({"ordId": "9" * 25}, "51503"),
        ({"ordId": ""}, "51003"),
        ({"newSz": ""}, "51500"),
        ({"newSz": "0"}, "51000"),
        ({"newSz": "1.001"}, "51121"),
        ({"newPx": "91000.05"}, "51000"),
        ({"newPx": "120000"}, "51006"),
        ({"newSz": "5000"}, "51502"),
    ],
)
def test_a_bad_amendment_leaves_the_order_as_it_was(desk: Desk, change: dict[str, Any], code: str) -> None:
    placed = desk.place()
    before = look_up(desk, placed)
    request = {"instId": BTC, "ordId": placed["ordId"], "newSz": "2"} | change
    assert desk.code("trade/amend-order", request) == code
    assert look_up(desk, placed) == before


def test_a_post_only_order_is_not_amended_into_the_book(desk: Desk) -> None:
    placed = desk.place(ordType="post_only")
    request = {"instId": BTC, "ordId": placed["ordId"], "newPx": "96000"}
    assert desk.code("trade/amend-order", request) == "51511"
    assert look_up(desk, placed)["state"] == "live"
    assert desk.code("trade/amend-order", request | {"cxlOnFail": True}) == "51511"
    assert look_up(desk, placed)["state"] == "canceled"


def test_an_order_amended_to_what_is_filled_of_it_is_filled(desk: Desk) -> None:
    (ticker,) = desk.get("market/ticker", instId=BTC)
    size = float(ticker["askSz"]) + 100
    placed = desk.place(px=ticker["askPx"], sz=f"{size:.2f}")
    filled = look_up(desk, placed)
    assert filled["state"] == "partially_filled"
    desk.act("trade/amend-order", {"instId": BTC, "ordId": placed["ordId"], "newSz": "0.01"})
    found = look_up(desk, placed)
    assert (found["state"], found["sz"], found["accFillSz"]) == ("filled", filled["accFillSz"], filled["accFillSz"])


# cancelling


def test_an_order_that_does_not_work_cannot_be_cancelled(desk: Desk) -> None:
    placed = desk.place()
    request = {"instId": BTC, "ordId": placed["ordId"]}
    assert desk.code("trade/cancel-order", request | {"instId": ETH}) == "51400"
    assert desk.act("trade/cancel-order", request)["code"] == "0"
    for named in (request, {"instId": BTC, "ordId": "5"}, {"instId": BTC, "clOrdId": "unknown"}):
        assert desk.code("trade/cancel-order", named) == "51400"
    assert desk.code("trade/cancel-order", {"instId": BTC}) == "51003"


def test_a_cancelled_order_without_fills_is_forgotten_after_two_hours() -> None:
    desk = Desk(machine=sleepy_venue(1_700_000_000_000))
    placed = desk.place()
    desk.act("trade/cancel-order", {"instId": BTC, "ordId": placed["ordId"]})
    desk.jump(2 * 3_600_000)
    assert look_up(desk, placed)["state"] == "canceled"
    desk.jump(1)
    assert desk.refusal("trade/order", instId=BTC, ordId=placed["ordId"]) == (200, "51603")
    assert desk.ask("trade/orders-history", **SWAP) == []


# batches


def test_each_row_of_a_batch_has_its_own_answer(desk: Desk) -> None:
    rows = [order(clOrdId="a"), order(px="200000"), order(clOrdId="a"), order(instId=ETH, px="3300", clOrdId="b")]
    answer = desk.act("trade/batch-orders", rows)
    assert (answer["code"], answer["msg"]) == ("2", "Bulk operation partially succeeded.")
    assert [each["sCode"] for each in answer["data"]] == ["0", "51006", "51016", "0"]
    assert [each["clOrdId"] for each in answer["data"]] == ["a", "", "a", "b"]
    assert len(desk.ask("trade/orders-pending")) == 2


def test_many_are_cancelled_and_amended_at_once(desk: Desk) -> None:
    ids = [desk.place()["ordId"] for _ in range(2)]
    rows = [{"instId": BTC, "ordId": each, "newSz": "3"} for each in (*ids, "7")]
    assert [each["sCode"] for each in desk.act("trade/amend-batch-orders", rows)["data"]] == ["0", "0", "51503"]
    rows = [{"instId": BTC, "ordId": each} for each in (*ids, "7")]
    answer = desk.act("trade/cancel-batch-orders", rows)
    assert (answer["code"], [each["sCode"] for each in answer["data"]]) == ("2", ["0", "0", "51400"])


def test_batches_have_a_size(desk: Desk) -> None:
    answers = [
        desk.signed("POST", path, body="[" + ",".join(['{"instId":"BTC-USDT-SWAP"}'] * 21) + "]")
        for path in ("trade/batch-orders", "trade/amend-batch-orders", "trade/cancel-batch-orders")
    ]
    assert [each.status for each in answers] == [200, 400, 400]
    assert [b'"51111"' in answers[0].body, b'"51501"' in answers[1].body, b'"51406"' in answers[2].body] == [True] * 3


# histories


def test_histories_come_newest_first_and_page_by_page(desk: Desk) -> None:
    ids = [desk.place()["ordId"] for _ in range(4)]
    for each in ids:
        desk.act("trade/cancel-order", {"instId": BTC, "ordId": each})
    newest_first = ids[::-1]

    def history(**params: object) -> list[str]:
        return [each["ordId"] for each in desk.ask("trade/orders-history", **SWAP, **params)]

    assert history() == newest_first
    assert history(limit=2) == newest_first[:2]
    assert history(after=newest_first[1]) == newest_first[2:]
    assert history(before=newest_first[1]) == newest_first[:1]
    assert history(state="filled") == history(ordType="market") == history(instId=ETH) == []
    assert history(begin=desk.now_ms + 1) == []
    assert desk.refusal("trade/orders-history") == (400, "50014")
    assert desk.refusal("trade/orders-history", **SWAP, limit=101) == (400, "51000")
    assert desk.ask("trade/orders-history", instType="SPOT") == []


def test_fills_page_by_bill_and_are_cut_by_time(desk: Desk) -> None:
    for side in ("buy", "sell", "buy"):
        desk.place(**market_order(side=side))
        desk.wait(10)
    fills = desk.ask("trade/fills-history", **SWAP)
    bills = [int(each["billId"]) for each in fills]
    assert len(set(bills)) == 3
    assert bills == sorted(bills, reverse=True)
    assert desk.ask("trade/fills", after=bills[0]) == fills[1:]
    assert desk.ask("trade/fills", before=bills[1]) == fills[:1]
    assert desk.ask("trade/fills", end=desk.now_ms - 15) == fills[1:]
    assert desk.ask("trade/fills", ordId=fills[1]["ordId"]) == [fills[1]]
    assert [each["fillPnl"] != "0" for each in fills] == [False, True, False]
