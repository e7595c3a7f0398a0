"""A seed's history in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def history(seed: int, venue: str, hash_seed: str) -> bytes:
    """What the episode was (Episode.history), passed or failed, where Python orders sets by `hash_seed`."""
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "tests.simulation", "--exchange", venue, "--seed", str(seed), "--lines"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        check=False,
    )
    if not done.stdout:
        raise RuntimeError(f"seed {seed} on {venue} has no history: it ended with {done.returncode}")
    return done.stdout
