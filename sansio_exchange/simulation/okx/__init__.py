"""The server side of OKX v5's wire, for its USDT-margined perpetual swaps."""

from sansio_exchange.simulation.okx.machine import OkxVenueMachine

__all__ = ["OkxVenueMachine"]
