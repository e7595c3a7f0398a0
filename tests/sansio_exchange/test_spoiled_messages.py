"""Whatever comes on a socket, `decode` raises nothing and says something of ours."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.commands import CancelOrder, PlaceOrder, Topic
from sansio_exchange.machine import Unreadable
from sansio_exchange.orders import Side
from sansio_exchange.venues import NETWORKS
from tests.sansio_exchange.both_sides import PRIVATE, BothSides, market
from tests.sansio_exchange.spoiling import spoil

TOPICS = [*(Topic(kind, "BTCUSDT") for kind in ("price", "book", "funding")), Topic("kline", "BTCUSDT", "1m")]


@cache
def told(name: str) -> tuple[BothSides, list[tuple[str, bytes]]]:
    """What the local venue says on its sockets, by role."""
    sides = BothSides(name)
    said: list[tuple[str, bytes]] = []
    for conn, role in enumerate(sorted({sides.venue.role(topic) for topic in TOPICS}), start=3):
        sides.open(conn, role)
        asked = [topic for topic in TOPICS if sides.venue.role(topic) == role]
        sides.send(conn, sides.venue.subscribe_frame(f"{role}-1", asked))
        sides.wait(1_500)
        said += [(role, data) for data in sides.received(conn)]
    sides.open_private()
    working = sides.do(PlaceOrder(sides.limit("mine1")))
    sides.do(CancelOrder("BTCUSDT", order_id=working.order_id))
    sides.do(PlaceOrder(market(Side.BUY, "0.01", "mine2")))
    said += [("private", data) for data in sides.received(PRIVATE)]
    return sides, said


@pytest.mark.parametrize("name", NETWORKS)
def test_what_was_not_spoiled_can_be_read(name: str) -> None:
    sides, said = told(name)
    assert {role for role, _ in said} >= {"private", "public"}
    for role, data in said:
        assert not [each for each in sides.venue.decode(role, data) if isinstance(each, Unreadable)]


@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_spoiled_message_raises_nothing(name: str, data: st.DataObject) -> None:
    sides, said = told(name)
    role, message = data.draw(st.sampled_from(said))
    for each in sides.venue.decode(role, spoil(data, message)):
        assert type(each).__module__.startswith("sansio_exchange.")


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("nonsense", [b"", b"{", b"[]", b"null", b"5", b"{}", b"\xff\xfe", b"<html>", b"[" * 100_000])
def test_nonsense_is_unreadable_on_every_socket(name: str, nonsense: bytes) -> None:
    sides, _ = told(name)
    for role in sides.venue.sockets:
        (answer,) = sides.venue.decode(role, nonsense)
        assert isinstance(answer, Unreadable)
        assert answer.source == role
        assert len(answer.excerpt) <= 200
