import pytest

from tests.sansio_exchange.simulation.binance.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
