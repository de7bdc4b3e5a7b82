import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.untimed

SCALES = ["none", "standardize", "orthonormal"]
REQUESTS: list[dict[str, Any]] = [
    {
        "synthetic": {"points": 5 + 3 * number},
        "seed": number,
        "model": {"kind": "polynomial", "degree": 1 + number % 10},
        "scale": SCALES[number % 3],
        "solver": "loop" if number % 5 == 0 else "exact",
        "lr": 10.0 ** -(number % 7),
        "steps": 20,
        "include": ["params", "gradients", "predictions"],
        "at": [0.5, 30],
    }
    for number in range(50)
]


def test_a_thousand_shuffled_requests_over_two_workers_are_bit_identical(
    client: httpx.Client, tell: Callable[[str], None]
) -> None:
    order = list(range(len(REQUESTS))) * 20
    random.Random(1).shuffle(order)

    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda number: client.post("/fit", json=REQUESTS[number]), order)
        )

    assert {answer.status_code for answer in answers} == {200}
    assert all(',"elapsed_ms":' in answer.text for answer in answers)
    texts = {
        (number, answer.text.rpartition(',"elapsed_ms":')[0])
        for number, answer in zip(order, answers, strict=True)
    }
    tell(f"{len(answers)} answers, {len(texts)} different ones to {len(REQUESTS)} requests")
    assert len(texts) == len(REQUESTS)
