"""The server side of Bybit v5's wire, for its USDT-margined perpetuals."""

from sansio_exchange.simulation.bybit.machine import BybitVenueMachine

__all__ = ["BybitVenueMachine"]
