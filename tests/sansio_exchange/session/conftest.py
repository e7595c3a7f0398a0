"""Sessions that are live already."""

import pytest

from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage


@pytest.fixture
def live() -> Stage:
    stage = Stage()
    stage.go_live()
    return stage


@pytest.fixture
def rest() -> Stage:
    """A live session without an order-entry socket."""
    stage = Stage(FakeVenue(trade=False))
    stage.go_live()
    return stage
