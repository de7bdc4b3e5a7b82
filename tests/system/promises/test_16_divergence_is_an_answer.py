import json
from collections.abc import Callable
from typing import Any, NoReturn

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.examples import fewer

pytestmark = pytest.mark.shares

SCALES = ["none", "standardize", "orthonormal"]
RATES = [
    10.0**exponent
    for exponent in (-300, -100, -10, -5, -4.5, -4.4, -4, -3, -1, 0, 10, 100, 200, 300)
]


def strict(text: str) -> dict[str, Any]:
    """Read JSON without NaN and Infinity."""

    def refuse(word: str) -> NoReturn:
        raise AssertionError(word)

    answer: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return answer


def fit(client: httpx.Client, lr: float, **fields: object) -> dict[str, Any]:
    answer = client.post("/fit", json={"synthetic": {}, "seed": 42, "lr": lr, **fields})
    assert answer.status_code == 200, answer.text
    return strict(answer.text)


def ending(answer: dict[str, Any]) -> tuple[str, int | None, int]:
    """Return the outcome, the step of divergence and the number of steps."""
    assert ("diverged_at" in answer) == (answer["outcome"] == "diverged")
    return answer["outcome"], answer.get("diverged_at"), answer["steps"]


def endings(client: httpx.Client, lr: float, scale: str, steps: int) -> list[Any]:
    """Return how the closed form ends, and how the loop does."""
    return [
        ending(fit(client, lr, scale=scale, solver=solver, steps=steps))
        for solver in ("exact", "loop")
    ]


@pytest.mark.parametrize("scale", SCALES)
def test_every_rate_is_answered_and_ends_where_the_loop_ends(
    client: httpx.Client, scale: str
) -> None:
    found = {lr: endings(client, lr, scale, 1500) for lr in RATES}

    assert {lr: (exact, loop) for lr, (exact, loop) in found.items() if exact != loop} == {}


def test_so_does_any_rate(client: httpx.Client, tell: Callable[[str], None]) -> None:
    rates = []

    @given(
        exponent=st.floats(-300, 300) | st.floats(-6, 1),
        scale=st.sampled_from(SCALES),
        steps=st.integers(1, 500),
    )
    @fewer(5)
    def each(exponent: float, scale: str, steps: int) -> None:
        exact, loop = endings(client, 10**exponent, scale, steps)
        assert exact == loop
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
