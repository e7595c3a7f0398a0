"""The server side of Gate API v4's wire, for its USDT-settled perpetual futures."""

from sansio_exchange.simulation.gate.machine import GateVenueMachine

__all__ = ["GateVenueMachine"]
