"""Order ids and rows."""

from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.simulation.bitget.order_rows import order_id, order_number
from tests.sansio_exchange.simulation.bitget.desk import BTC, Desk


@given(st.integers(1, 10**16))
def test_an_order_id_has_nineteen_digits_and_leads_back(number: int) -> None:
    assert len(order_id(number)) == 19
    assert order_number(order_id(number)) == number


@given(st.text())
def test_what_is_no_order_id_names_no_order(text: str) -> None:
    number = order_number(text)
    assert number is None or order_id(number) == text.lstrip("0")


def test_an_order_without_fills_has_no_average_price_and_no_fee(desk: Desk) -> None:
    row = desk.detail(desk.place())
    assert (row["priceAvg"], row["baseVolume"], row["quoteVolume"], row["fee"]) == ("", "0", "0", "0")
    assert (row["symbol"], row["posSide"], row["enterPointSource"]) == (BTC, "net", "API")
