"""What the load says survives its way to the judge, and a stream that ends is said at once."""

from decimal import Decimal

import msgspec
import pytest

from sansio_exchange.orders import OrderStatus
from tests.soak.load import Broken, Line, Load, Pulse
from tests.soak.told import Told
from tests.soak.verdict import Placed


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


@pytest.mark.parametrize(
    "line",
    [
        Told(1, "BTCUSDT", 7, "k1", 1, OrderStatus.FILLED, Decimal("0.30"), Decimal("1E+5"), "a", Decimal(1)),
        Placed("k1", "BTCUSDT", "refused", words="no margin"),
        Pulse({"orders0": 3}, 5, 4, {"OK": 4}, False),
        Broken("the stream of orders0 ended"),
    ],
)  # fmt: skip
def test_each_line_arrives_as_it_was_said(line: Line) -> None:
    assert msgspec.json.decode(msgspec.json.encode(line), type=Line) == line


@pytest.mark.anyio
async def test_a_stream_that_ends_is_said_and_one_that_opens_is_not() -> None:
    said: list[Line] = []
    load = Load(1, said.append)  # connects to nobody before it asks
    linked = load._link("orders0")
    linked("")
    assert said == []
    linked("the connection broke")
    assert said == [Broken("the stream of orders0 ended: the connection broke")]
