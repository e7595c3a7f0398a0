import pytest

from tests.sansio_exchange.simulation.bybit.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
