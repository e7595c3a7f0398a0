"""What another program does with the same account while our private socket is away."""

from decimal import Decimal

import pytest

from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.simulation.faults import Disconnect, Fault, Latency, Refuse
from sansio_exchange.simulation.world import START_MS
from tests.simulation import episode
from tests.simulation.episode import Episode
from tests.simulation.sites import ACCOUNT
from tests.simulation.weather import Trouble


def test_a_position_that_was_opened_and_closed_unseen_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No open order and no position points to it; the fees in the wallet do."""
    faults: tuple[Fault, ...] = (Latency(0.01, 0.01), Disconnect(40.0), Refuse(40.0, 10.0))
    monkeypatch.setattr(episode, "weather", lambda *_: [Trouble(0.0, "away", faults)])
    run = Episode(1, trades_for=0.0)

    def trade(at: float, side: Side) -> None:
        def deed() -> None:
            order = NewOrder("SOLUSDT", side, OrderType.MARKET, Decimal(1))
            placed = run.exchange.place(ACCOUNT, order, START_MS + int(at * 1000))
            run.elsewhere.add((placed.symbol, placed.order_id))

        run.world.at(at, deed)

    trade(30.0, Side.BUY)
    trade(42.0, Side.BUY)
    trade(43.0, Side.SELL)
    run.run()
    assert len(run.witness.fills) >= 3
