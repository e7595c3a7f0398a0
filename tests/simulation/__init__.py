"""The whole system under one virtual clock: random traders, the real session, the real wire, a venue, and bad weather.

    python -m tests.simulation --seeds 200          many seeds, by hand
    python -m tests.simulation --seeds 1 --seed 17  one of them again

A seed decides everything: an episode that fails fails again. See episode.py for what an episode is, witness.py for what
must hold at every moment, and verdict.py for what must hold in the end.
"""
