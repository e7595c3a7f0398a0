"""Gate perpetual futures settled in USDT: the client's language (API v4).

endpoints.py     hosts, paths, sockets, channels
signing.py       signatures of REST requests, subscriptions and the login
requests.py      recipes: what each command asks
replies.py       what the bodies of replies say
symbols.py       contracts, and contracts as coins
orders.py        the venue's words for sides, types and states
order_entry.py   frames of the order-entry socket
messages.py      from the bytes of a stream message to what it says
public_stream.py, private_stream.py   the channels
errors.py        labels and statuses as errors
limits.py        rate budgets
venue.py         the class that joins them
"""

from sansio_exchange.gate.endpoints import NETWORKS
from sansio_exchange.gate.venue import Gate

__all__ = ["NETWORKS", "Gate"]
