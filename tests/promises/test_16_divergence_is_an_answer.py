import json
from collections.abc import Callable
from typing import Any, NoReturn

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.shares

SCALES = ["none", "standardize", "orthonormal"]
RATES = [
    10.0**exponent
    for exponent in (-300, -100, -10, -5, -4.5, -4.4, -4, -3, -1, 0, 10, 100, 200, 300)
]


def strict(text: str) -> dict[str, Any]:
    """JSON without NaN and Infinity."""

    def refuse(word: str) -> NoReturn:
        raise AssertionError(word)

    answer: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return answer


def fit(client: httpx.Client, lr: float, **fields: object) -> dict[str, Any]:
    answer = client.post("/fit", json={"synthetic": {}, "seed": 42, "lr": lr, **fields})
    assert answer.status_code == 200, answer.text
    return strict(answer.text)


def check(client: httpx.Client, lr: float, scale: str, steps: int) -> None:
    """It ends where the loop does, and says so."""
    exact, loop = (
        fit(client, lr, scale=scale, solver=solver, steps=steps) for solver in ("exact", "loop")
    )

    assert ("diverged_at" in exact) == (exact["outcome"] == "diverged")
    assert (exact["outcome"], exact.get("diverged_at"), exact["steps"]) == (
        loop["outcome"],
        loop.get("diverged_at"),
        loop["steps"],
    )


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("lr", RATES)
def test_every_rate_is_answered_and_ends_where_the_loop_ends(
    client: httpx.Client, lr: float, scale: str
) -> None:
    check(client, lr, scale, 3000)


def test_so_does_any_rate(client: httpx.Client, tell: Callable[[str], None]) -> None:
    rates = []

    @given(
        exponent=st.floats(-300, 300) | st.floats(-6, 1),
        scale=st.sampled_from(SCALES),
        steps=st.integers(1, 500),
    )
    @settings(max_examples=200, deadline=None)
    def each(exponent: float, scale: str, steps: int) -> None:
        check(client, 10**exponent, scale, steps)
        rates.append(exponent)

    each()
    tell(
        f"{len(RATES)} chosen and {len(rates)} random rates from 1e-300 to 1e300, in three "
        "coordinates, end where the loop ends"
    )


def test_the_lecture_at_a_thousandth_diverges(
    client: httpx.Client, tell: Callable[[str], None]
) -> None:
    answer = fit(client, 1e-3, steps=3000, include=["params", "gradients", "predictions"])

    tell(f"1e-3 diverges at step {answer.get('diverged_at')}")
    assert answer["outcome"] == "diverged"
    assert answer["diverged_at"] == answer["steps"] + 1 == len(answer["losses"])
    assert answer["history"]["step"][-1] == answer["steps"]
