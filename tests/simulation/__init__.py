"""The whole system under one virtual clock: random traders, the real session, the real wire, a venue, and bad weather.

    nox -s simulate -- --seeds 1000         many seeds, on all processors
    nox -s simulate -- --seed 17 --shrink   one of them again, cut down to what makes it fail

A seed decides everything: an episode that fails fails again. See episode.py for what an episode is, witness.py for what
must hold at every moment, and verdict.py for what must hold in the end.
"""
