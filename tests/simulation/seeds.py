"""Many simulations, spread over the cores of this machine."""

from collections.abc import Iterator, Sequence
from multiprocessing import get_context

import tests.conftest  # noqa: F401 - one thread, and no warnings of numpy, as in a worker
from tests.simulation.simulation import simulate

CHUNK = 20
"""The number of seeds that a process simulates at a time."""


def violations(seeds: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield the violations of these seeds, each with its seed."""
    with get_context("spawn").Pool() as pool:
        for seed, found in pool.imap(_violations_of, seeds, chunksize=CHUNK):
            for violation in found:
                yield seed, violation


def _violations_of(seed: int) -> tuple[int, Sequence[str]]:
    return seed, simulate(seed).violations
