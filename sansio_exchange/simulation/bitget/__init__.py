"""The server side of Bitget v2's wire, for its USDT-margined perpetual futures."""

from sansio_exchange.simulation.bitget.machine import BitgetVenueMachine

__all__ = ["BitgetVenueMachine"]
