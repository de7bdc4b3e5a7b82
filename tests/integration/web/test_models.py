"""The curves of polynomials and networks are those of the service."""

import random
from typing import Any

import numpy as np
import pytest
import torch

from service.descent.methods.models.mlp import Mlp
from tests.support.modules import Modules

VALUE = "([params, t]) => module.value(params, t)"
WEIGHTS = 97


def weights(seed: int) -> list[float]:
    """Return the weights and biases of a network."""
    drawn: list[float] = np.random.default_rng(seed).normal(size=WEIGHTS).tolist()
    return drawn


def network(seed: int) -> dict[str, Any]:
    """Return a network as the service returns it."""
    layers = Mlp(hidden=(8, 8), activation="gelu").named(weights(seed)).layers
    return {"layers": [{"weight": each.weight, "bias": each.bias} for each in layers]}


@pytest.mark.parametrize("degree", [1, 2, 10])
def test_the_coefficients_of_a_polynomial_begin_with_the_highest_power(
    modules: Modules, degree: int
) -> None:
    coefficients = [random.Random(degree + k).uniform(-1, 1) for k in range(degree + 1)]
    params = dict(zip("abcdefghijk", coefficients, strict=False))

    found = modules.each("models.js", VALUE, [[params, t] for t in (-1.5, 0, 2)])

    assert found == pytest.approx(np.polyval(coefficients, [-1.5, 0, 2]))


def test_the_curve_of_a_network_is_that_of_the_service(modules: Modules) -> None:
    model, t = Mlp(hidden=(8, 8), activation="gelu"), [-20.0, -1.0, 0.0, 0.3, 19.0]
    sent = network(6)
    inputs = torch.tensor([t], dtype=torch.float64).T
    expected = model.f(inputs, torch.tensor(weights(6), dtype=torch.float64))

    found = modules.each("models.js", VALUE, [[sent, each] for each in t])

    assert found == pytest.approx(expected[:, 0].tolist(), rel=1e-4, abs=1e-4)


def test_a_network_is_made_of_its_list_of_weights(modules: Modules) -> None:
    sent = network(7)

    assert modules.call("models.js", "(sent) => module.networkOf(module.row(sent))", sent) == sent


@pytest.mark.parametrize("numbers", [[], [0.5] * 96, [0.5] * 98, [None] * 97])
def test_another_number_of_weights_makes_no_network(
    modules: Modules, numbers: list[float | None]
) -> None:
    assert modules.call("models.js", "module.networkOf", numbers) is None
