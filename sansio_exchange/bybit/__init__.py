"""Bybit perpetuals margined in USDT: the client's language (API v5, unified trading account).

endpoints.py     hosts, paths, sockets, topics
signing.py       signatures of REST requests and of the logins
requests.py      recipes: what each command asks
replies.py       what the bodies of replies say of orders and the account
market_replies.py   what they say of the market
symbols.py       instruments
orders.py        the venue's words for sides, types and states
order_entry.py   frames of the order-entry socket
messages.py      from the bytes of a stream message to what it says
public_stream.py, private_stream.py   the topics
funding.py       the funding topic out of the ticker
errors.py        codes and statuses as errors
limits.py        rate budgets
venue.py         the class that joins them
"""

from sansio_exchange.bybit.endpoints import NETWORKS
from sansio_exchange.bybit.venue import Bybit

__all__ = ["NETWORKS", "Bybit"]
