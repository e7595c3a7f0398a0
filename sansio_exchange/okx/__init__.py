"""OKX perpetual swaps margined in USDT: the client's language (API v5).

endpoints.py     hosts, paths, sockets, channels
signing.py       signatures of REST requests and of the login
requests.py      recipes: what each command asks
order_lists.py   the lists in which orders are told, working and ended
fills.py         the recipe that reads executions out of two lists
replies.py       what the bodies of replies say
symbols.py       instruments, and contracts as coins
orders.py        the venue's words for sides, types and states
order_entry.py   frames of the order-entry socket
messages.py      from the bytes of a stream message to what it says
public_stream.py, private_stream.py   the channels
funding.py       the funding topic out of two channels
errors.py        codes and statuses as errors
echoes.py        what must not be repeated of a refusal
limits.py        rate budgets
venue.py         the class that joins them
"""

from sansio_exchange.okx.endpoints import NETWORKS
from sansio_exchange.okx.venue import Okx

__all__ = ["NETWORKS", "Okx"]
