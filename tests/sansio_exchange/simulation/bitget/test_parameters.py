"""Reading what a client sent."""

import pytest

from sansio_exchange.simulation.bitget.errors import Refused
from sansio_exchange.simulation.bitget.parameters import Parameters


def code(params: dict[str, str], read: str, *args: object) -> str:
    with pytest.raises(Refused) as refused:
        getattr(Parameters(params), read)(*args)
    return refused.value.code


def test_what_is_missing_or_wrong_has_its_code() -> None:
    assert code({}, "text", "symbol") == "40019"
    assert code({"size": "x"}, "positive", "size") == "40020"
    assert code({"reduceOnly": "1"}, "says_yes", "reduceOnly") == "40020"
    assert code({"limit": "0"}, "limit", 100, 100) == "40020"
    assert code({"startTime": "-1"}, "span") == "40020"
    assert code({"rows": "[1]"}, "rows", "rows", 5) == "40017"
    assert code({"rows": "[{},{}]"}, "rows", "rows", 1) == "40306"


def test_a_row_joins_what_is_common_and_prevails() -> None:
    row = Parameters({"symbol": "A", "side": "buy"}).joined(Parameters({"side": "sell"}))
    assert (row.text("symbol"), row.text("side")) == ("A", "sell")


@pytest.mark.parametrize(("text", "is_yes"), [("YES", True), ("yes", True), ("NO", False), ("", False)])
def test_yes_and_no_are_read_in_any_case(text: str, is_yes: bool) -> None:
    assert Parameters({"reduceOnly": text}).says_yes("reduceOnly") is is_yes
