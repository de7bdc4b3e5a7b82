"""Check the claims of many answers, and print how many there are of each kind::

python -m tests.truth 3000
"""

import sys
from itertools import chain
from multiprocessing import get_context

import tests.conftest  # noqa: F401 - one thread, and no warnings of numpy, as in a worker
from tests.truth.claims import Claim
from tests.truth.table import checked, falsehoods, followed_to_the_end, shares, table

PART = 10
"""The number of requests that a process checks at a time."""
LOST = 200
"""The number of data sets whose suggestions are followed to the end."""


def main() -> None:
    """Check as many requests as the command line says."""
    count = int(sys.argv[1])
    parts = [
        (situation, first, min(PART, share - first))
        for situation, share in shares(count)
        for first in range(0, share, PART)
    ]
    lost = [(first, PART) for first in range(0, LOST, PART)]
    with get_context("spawn").Pool() as pool:
        found: list[tuple[Claim, str]] = [
            *chain(*pool.starmap(checked, parts, chunksize=1)),
            *chain(*pool.starmap(followed_to_the_end, lost, chunksize=1)),
        ]
    for falsehood in falsehoods(found):
        sys.stdout.write(f"{falsehood}\n\n")
    sys.stdout.write(f"{table(found)}\n")
    sys.exit(bool(falsehoods(found)))


if __name__ == "__main__":
    main()
