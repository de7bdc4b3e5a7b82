"""The CPU seconds of a request are predicted before it runs, so that a legal request never ends as
`fit_timeout` on an idle machine.
"""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.system.promises.predictions import within

pytestmark = pytest.mark.long

COUNT, SEED = 2000, 23
NOTED_SECONDS = 0.02
"""The time from which on a prediction that is too high is noted."""


def test_a_request_takes_at_most_twice_what_is_predicted(tell: Callable[[str], None]) -> None:
    command = [sys.executable, "-m", "tests.system.promises.predictions", str(COUNT), str(SEED)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]

    worst = max(found, key=lambda each: (each["taken"] - NOTED_SECONDS) / each["predicted"])
    slow = [each for each in found if each["taken"] > NOTED_SECONDS]
    high = [each for each in slow if each["predicted"] > 2 * each["taken"]]
    tell(
        f"{len(found)} requests: at most {worst['taken'] / worst['predicted']:.1f} times as long "
        f"as predicted ({worst['taken']:.2f} s); {len(high)} of the {len(slow)} that took more "
        f"than {NOTED_SECONDS} s took less than half"
    )
    assert len(found) > COUNT
    assert [each for each in found if not within(each["predicted"], each["taken"])] == []
