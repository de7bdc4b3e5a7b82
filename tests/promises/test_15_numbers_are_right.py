"""The mathematics is proved in tests/descent; here, that it arrives as it is."""

import math

import httpx
import pytest

from tests.descent import oracle

T = [1.7e9 + 60 * minute for minute in range(12)]
Y = [3.0, 2.5, 2.25, 2.0, 2.125, 2.5, 3.25, 4.0, 5.5, 7.0, 9.0, 11.25]


def test_the_optimum_of_unix_seconds_is_the_exact_rational_one(client: httpx.Client) -> None:
    answer = client.post("/fit", json={"data": {"t": T, "y": Y}, "lr": 0.1, "scale": "standardize"}).json()

    exact = oracle.least_squares(T, Y, 2)
    assert list(answer["optimum"]["params"].values()) == pytest.approx([float(value) for value in exact], rel=1e-9)
    assert answer["optimum"]["loss"] == pytest.approx(float(oracle.loss(T, Y, exact)), rel=1e-9)


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
def test_the_closed_form_answers_what_the_loop_answers(client: httpx.Client, scale: str) -> None:
    request = {"synthetic": {}, "seed": 42, "lr": 3e-5, "steps": 500, "scale": scale}

    exact, loop = (client.post("/fit", json=request | {"solver": solver}).json() for solver in ("exact", "loop"))

    assert exact["losses"] == pytest.approx(loop["losses"], rel=1e-9)
    assert exact["params"] == pytest.approx(loop["params"], rel=1e-9)


def test_no_number_is_anything_but_finite(client: httpx.Client) -> None:
    for lr in (1e-5, 1e-3, 1e100):
        losses = client.post("/fit", json={"synthetic": {}, "seed": 42, "lr": lr, "steps": 2000}).json()["losses"]
        assert all(map(math.isfinite, losses))
