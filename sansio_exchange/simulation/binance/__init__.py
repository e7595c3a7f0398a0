"""The server side of Binance USDⓈ-M Futures' wire."""

from sansio_exchange.simulation.binance.machine import BinanceVenueMachine

__all__ = ["BinanceVenueMachine"]
