"""Bitget USDT-margined perpetuals: the client's language (API v2 of the classic account, futures: "mix").

endpoints.py     hosts, paths, sockets, channels
signing.py       signatures of REST requests and of the login
requests.py, market_requests.py   recipes: what each command asks
replies.py, market_replies.py   what the bodies of replies say
symbols.py       contracts
orders.py        the venue's words for sides, types and states
order_entry.py   frames of the order-entry socket
messages.py      from the bytes of a stream message to what it says
public_stream.py, private_stream.py   the channels
heard.py         what was heard of trades, candles and funding, and so what is news
asked.py         which answer belongs to which frame
errors.py        codes and statuses as errors
limits.py        rate budgets
venue.py         the class that joins them
"""

from sansio_exchange.bitget.endpoints import NETWORKS
from sansio_exchange.bitget.venue import Bitget

__all__ = ["NETWORKS", "Bitget"]
