"""The session with one venue: connections, calls, budgets, order truth. The same for every venue."""

from sansio_exchange.session.connector import Connector

__all__ = ["Connector"]
