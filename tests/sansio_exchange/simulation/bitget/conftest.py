import pytest

from tests.sansio_exchange.simulation.bitget.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
