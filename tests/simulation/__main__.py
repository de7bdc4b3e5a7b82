"""Run simulations, and print the violations that they find::

python -m tests.simulation 17             # replay one seed, and print all that happens
python -m tests.simulation --seeds 10000  # simulate the seeds from 0 to 9,999
"""

import argparse
import sys

from tests.simulation.seeds import violations
from tests.simulation.simulation import simulate


def main() -> None:
    """Run what the command line says. The exit status is 1 if there are violations."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("seed", nargs="?", type=int, help="replay this seed")
    parser.add_argument("--seeds", type=int, help="simulate this number of seeds", default=0)
    arguments = parser.parse_args()
    if arguments.seed is not None:
        sys.exit(replay(arguments.seed))
    sys.exit(search(arguments.seeds))


def replay(seed: int) -> bool:
    """Print the trace of a seed, and return whether it has violations."""
    trace = simulate(seed)
    sys.stdout.writelines(f"{line}\n" for line in trace.lines)
    sys.stdout.write(f"digest {trace.digest}, {len(trace.violations)} violations\n")
    return bool(trace.violations)


def search(count: int) -> bool:
    """Print the violations of this number of seeds, and return whether there are any."""
    found = set()
    for seed, violation in violations(range(count)):
        found.add(seed)
        sys.stdout.write(f"seed {seed}: {violation}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(found)} of {count} seeds have violations\n")
    return bool(found)


if __name__ == "__main__":
    main()
