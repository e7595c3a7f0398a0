import pytest

from tests.sansio_exchange.simulation.okx.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
