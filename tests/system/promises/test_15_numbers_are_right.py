"""The numbers arrive as they were computed; tests/unit/descent proves the mathematics."""

import math
from collections.abc import Callable
from fractions import Fraction

import httpx
import pytest

from tests.support import oracle

pytestmark = pytest.mark.untimed

T = [1.7e9 + 60 * minute for minute in range(12)]
Y = [3.0, 2.5, 2.25, 2.0, 2.125, 2.5, 3.25, 4.0, 5.5, 7.0, 9.0, 11.25]


def test_the_optimum_of_unix_seconds_is_the_exact_rational_one(
    client: httpx.Client, tell: Callable[[str], None]
) -> None:
    answer = client.post(
        "/fit", json={"data": {"t": T, "y": Y}, "lr": 0.1, "scale": "standardize"}
    ).json()

    exact = oracle.least_squares(T, Y, 2)
    found = answer["optimum"]["params"].values()
    tell(
        "optimum against exact rationals: relative "
        f"{float(max(abs(Fraction(a) / b - 1) for a, b in zip(found, exact, strict=True))):.0e}"
    )
    assert list(found) == pytest.approx([float(value) for value in exact], rel=1e-9, abs=0)
    assert answer["optimum"]["loss"] == pytest.approx(
        float(oracle.loss(T, Y, exact)), rel=1e-9, abs=0
    )


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
def test_the_closed_form_answers_what_the_loop_answers(
    client: httpx.Client, scale: str, tell: Callable[[str], None]
) -> None:
    request = {"synthetic": {}, "seed": 42, "lr": 3e-5, "steps": 500, "scale": scale}

    exact, loop = (
        client.post("/fit", json=request | {"solver": solver}).json()
        for solver in ("exact", "loop")
    )

    worst = max(abs(a / b - 1) for a, b in zip(exact["losses"], loop["losses"], strict=True))
    tell(f"closed form against the loop, scale {scale}: relative {worst:.0e} at most")
    assert exact["losses"] == pytest.approx(loop["losses"], rel=1e-9, abs=0)
    assert exact["params"] == pytest.approx(loop["params"], rel=1e-9, abs=0)


def test_the_lectures_losses_are_the_lectures(
    client: httpx.Client, tell: Callable[[str], None]
) -> None:
    request = {
        "synthetic": {},
        "seed": 42,
        "init": "random",
        "lr": 1e-5,
        "steps": 10,
        "precision": "float32",
    }
    losses = client.post("/fit", json=request).json()["losses"]

    tell(f"the lecture: {losses[0]:.4f}, after ten steps {losses[-1]:.4f}")
    assert (losses[0], losses[-1]) == pytest.approx((25823.8086, 676.9537), rel=1e-6)


def test_no_number_is_anything_but_finite(client: httpx.Client) -> None:
    for lr in (1e-5, 1e-3, 1e100):
        losses = client.post(
            "/fit", json={"synthetic": {}, "seed": 42, "lr": lr, "steps": 2000}
        ).json()["losses"]
        assert all(map(math.isfinite, losses))
