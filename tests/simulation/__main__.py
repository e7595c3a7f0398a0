"""Many episodes by hand: python -m tests.simulation --seeds 200 [--seed 1] [--exchange okx]."""

import argparse
import sys
import time
import traceback

from tests.simulation.episode import Episode
from tests.simulation.sites import SITES


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many episodes")
    parser.add_argument("--seed", type=int, default=1, help="the first episode's seed")
    parser.add_argument("--exchange", choices=SITES, default="binance", help="whose wire")
    parser.add_argument("--lines", action="store_true", help="print what was published")
    options = parser.parse_args()
    failed = []
    virtual, begun = 0.0, time.process_time()
    for seed in range(options.seed, options.seed + options.seeds):
        episode = Episode(seed, options.exchange)
        try:
            episode.run()
        except Exception as error:
            failed.append(seed)
            if not isinstance(error, AssertionError) or options.seeds == 1:
                traceback.print_exc()
            print(f"seed {seed}: {type(error).__name__}: {str(error)[:700]}", flush=True)
        if options.lines:
            sys.stdout.buffer.write(b"\n".join(episode.witness.lines) + b"\n")
        virtual += episode.world.now
    spent = time.process_time() - begun
    print(
        f"{options.seeds} episodes, {virtual / 60:.0f} minutes of virtual time in {spent:.1f} s of CPU; "
        f"{len(failed)} failed" + (f": {failed}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
