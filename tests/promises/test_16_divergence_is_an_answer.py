import json
from collections.abc import Callable
from typing import Any, NoReturn

import httpx
import pytest

RATES = [10.0**exponent for exponent in (-300, -100, -10, -5, -4.5, -4.4, -4, -3, -1, 0, 10, 100, 200, 300)]


def strict(text: str) -> dict[str, Any]:
    """JSON without NaN and Infinity."""

    def refuse(word: str) -> NoReturn:
        raise AssertionError(word)

    answer: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return answer


def fit(client: httpx.Client, lr: float, **fields: object) -> dict[str, Any]:
    answer = client.post("/fit", json={"synthetic": {}, "seed": 42, "lr": lr, "steps": 3000, **fields})
    assert answer.status_code == 200, answer.text
    return strict(answer.text)


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
@pytest.mark.parametrize("lr", RATES)
def test_every_rate_is_answered_and_ends_where_the_loop_ends(client: httpx.Client, lr: float, scale: str) -> None:
    exact, loop = (fit(client, lr, scale=scale, solver=solver) for solver in ("exact", "loop"))

    assert ("diverged_at" in exact) == (exact["outcome"] == "diverged")
    assert (exact["outcome"], exact.get("diverged_at"), exact["steps"]) == (loop["outcome"], loop.get("diverged_at"), loop["steps"])


def test_the_lecture_at_a_thousandth_diverges(client: httpx.Client, tell: Callable[[str], None]) -> None:
    answer = fit(client, 1e-3, include=["params", "gradients", "predictions"])

    tell(f"{len(RATES)} rates from 1e-300 to 1e300 in three coordinates; 1e-3 diverges at step {answer.get('diverged_at')}")
    assert answer["outcome"] == "diverged"
    assert answer["diverged_at"] == answer["steps"] + 1 == len(answer["losses"])
    assert answer["history"]["step"][-1] == answer["steps"]
