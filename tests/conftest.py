import json
import os
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from service.pool.forkserver import ONE_THREAD
from tests.support.paths import DATA

np.seterr(over="ignore", invalid="ignore", divide="ignore")  # as in a worker
os.environ |= ONE_THREAD

# Tests state what must hold, and a profile states how many examples show it. `dev` and `ci` take
# the same examples each time, so that a failure is caused by the change; `nightly` takes new ones.
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
settings.register_profile(
    "dev", max_examples=10, derandomize=True, deadline=None, suppress_health_check=SLOW
)
settings.register_profile(
    "ci", max_examples=50, derandomize=True, deadline=None, suppress_health_check=SLOW
)
settings.register_profile(
    "nightly", max_examples=1000, deadline=None, print_blob=True, suppress_health_check=SLOW
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Refuse tests that share an id if xdist would run only the first of them."""
    shared = [test for test, count in Counter(ids).items() if count > 1]
    if shared and node.config.getoption("dist") == "loadfile":
        raise pytest.UsageError(f"Choose another --dist than loadfile for {shared}.")


@pytest.fixture(scope="session")
def lecture() -> dict[str, Any]:
    """The lecture's numbers, as literals."""
    loaded: dict[str, Any] = json.loads((DATA / "lecture.json").read_text())
    return loaded
