"""Whether prices were told as the venue made them."""

from collections import Counter

from tests.simulation.told import Books
from tests.simulation.witness import Witness, Wrong

KEPT = 1_000
"""Trades that the venue remembers."""
FIRST_SUBSCRIPTIONS = 2
"""The session's own, which it ends at the first sign of life, and its first client's."""
FRESH_MS = 5_000
"""A price that is older than a trade of so long ago was missed."""


def judge_prices(witness: Witness, exchange: Books, followed: str, now_ms: int, *, were_doubled: bool) -> None:
    """Raises Wrong. None was made up, none told twice but for the newest one where a subscription begins anew, and the
    last one of `followed`, the symbol that somebody follows, is the newest. `were_doubled`: the venue said some twice.
    """
    repeats = 0
    for symbol, told in witness.prices.items():
        trades = exchange.trades(symbol, KEPT)
        known_from_ms = trades[0].time_ms + 1 if len(trades) == KEPT else 0
        true = Counter((trade.time_ms, trade.price) for trade in trades)
        for key, times in Counter((price.time_ms, price.price) for price in told).items():
            if key[0] >= known_from_ms and key not in true:
                raise Wrong(f"this price of {symbol} never was: {key}")
            if key[0] >= known_from_ms and times > true[key]:
                repeats += times - true[key]
    if not were_doubled and repeats > FIRST_SUBSCRIPTIONS + witness.begun_anew:
        raise Wrong(f"{repeats} prices were told twice, {witness.begun_anew} subscriptions began anew")
    past = [trade for trade in exchange.trades(followed, KEPT) if trade.time_ms < now_ms - FRESH_MS]
    newest = witness.prices.get(followed, [])[-1:]
    if past and (not newest or newest[0].time_ms < past[-1].time_ms):
        raise Wrong(f"the newest price was told as {newest}, and it is {past[-1]}")
