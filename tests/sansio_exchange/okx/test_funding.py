"""The funding topic: two channels, one statement."""

from decimal import Decimal

from sansio_exchange.commands import Topic
from sansio_exchange.market import FundingRate
from sansio_exchange.okx.funding import SPACING_MS, Funding
from sansio_exchange.venue import Ignored
from tests.sansio_exchange.okx.payloads import MARK, okx, push
from tests.sansio_exchange.okx.payloads import RATE as RATE_ROW

RATE, NEXT, AT = Decimal("0.0001"), 1_700_726_400_000, 1_700_724_675_402


def test_a_rate_is_told_at_once_and_a_mark_price_with_the_latest_rate() -> None:
    funding = Funding()
    assert funding.on_rate("BTCUSDT", RATE, NEXT, AT) == FundingRate("BTCUSDT", RATE, AT, RATE, NEXT, Decimal(0))
    told = funding.on_mark_price("BTCUSDT", Decimal(42000), AT + SPACING_MS)
    assert told == FundingRate("BTCUSDT", RATE, AT + SPACING_MS, RATE, NEXT, Decimal(42000))
    later = funding.on_rate("BTCUSDT", -RATE, NEXT, AT + 30_000)
    assert (later.rate, later.mark_price) == (-RATE, Decimal(42000))


def test_a_mark_price_without_a_rate_tells_nothing() -> None:
    funding = Funding()
    assert funding.on_mark_price("BTCUSDT", Decimal(42000), AT) is None
    assert funding.on_rate("BTCUSDT", RATE, NEXT, AT).mark_price == 42000


def test_mark_prices_are_told_once_a_second_and_symbols_do_not_mix() -> None:
    funding = Funding()
    funding.on_rate("BTCUSDT", RATE, NEXT, AT)
    marks = [funding.on_mark_price("BTCUSDT", Decimal(n), AT + n * 200) for n in range(1, 11)]
    assert [told.mark_price for told in marks if told] == [5, 10]
    assert funding.on_mark_price("ETHUSDT", Decimal(1), AT + 9_000) is None


def test_a_rate_that_was_settled_is_not_told_again() -> None:
    funding = Funding()
    funding.on_rate("BTCUSDT", RATE, NEXT, AT)
    assert funding.on_mark_price("BTCUSDT", Decimal(1), NEXT - 1) is not None
    assert funding.on_mark_price("BTCUSDT", Decimal(1), NEXT + SPACING_MS) is None


RATE_SAID, MARK_SAID = push("funding-rate", RATE_ROW), push("mark-price", MARK)


def test_no_half_from_before_a_reconnect_is_told() -> None:
    venue = okx()
    venue.begin("public", is_successor=False)
    venue.decode("public", RATE_SAID)
    venue.decode("public", MARK_SAID)
    venue.begin("business", is_successor=False)
    (told,) = venue.decode("public", RATE_SAID)
    assert isinstance(told, FundingRate)
    assert told.mark_price == Decimal("42000.5"), "other sockets say nothing of it"
    venue.begin("public", is_successor=False)
    (told,) = venue.decode("public", RATE_SAID)
    assert isinstance(told, FundingRate)
    assert told.mark_price == 0
    venue.begin("public", is_successor=False)
    (told,) = venue.decode("public", MARK_SAID)
    assert isinstance(told, Ignored)


def test_no_half_from_before_a_subscription_is_told() -> None:
    venue = okx()
    venue.decode("public", MARK_SAID)
    venue.subscribe_frame("public-1", [Topic("price", "BTCUSDT"), Topic("funding", "ETHUSDT")])
    (told,) = venue.decode("public", RATE_SAID)
    assert isinstance(told, FundingRate)
    assert told.mark_price == Decimal("42000.5")
    venue.subscribe_frame("public-2", [Topic("funding", "BTCUSDT")])
    (told,) = venue.decode("public", RATE_SAID)
    assert isinstance(told, FundingRate)
    assert told.mark_price == 0
