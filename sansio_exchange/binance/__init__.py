"""Binance USD-M futures: the client's language.

endpoints.py     hosts, paths, sockets, stream names
signing.py       signatures of REST requests and order-entry frames
requests.py      recipes: what each command asks
replies.py       what the bodies of replies say
symbols.py       symbols and filters
orders.py        the venue's words for sides, types and statuses
order_entry.py   frames of the order-entry socket
messages.py      from the bytes of a stream message to what it says
public_stream.py, private_stream.py   the events of the streams
errors.py        codes and statuses as errors
limits.py        rate budgets, weights, counters
venue.py         the class that joins them
"""

from sansio_exchange.binance.endpoints import NETWORKS
from sansio_exchange.binance.venue import Binance

__all__ = ["NETWORKS", "Binance"]
