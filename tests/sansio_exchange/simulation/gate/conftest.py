import pytest

from tests.sansio_exchange.simulation.gate.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
