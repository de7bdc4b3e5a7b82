"""What holds for every registered model."""

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from service.descent.answers.results import Fit, ParamColumns
from service.descent.methods.models import Model
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.model import FormulaModel
from service.descent.methods.models.parameters import Network, Params
from service.descent.methods.models.polynomial import Polynomial
from service.descent.questions.options import Synthetic
from tests.support import peers
from tests.support.registered import registered
from tests.support.specs import made
from tests.support.tolerances import Nudge, apart, measured

MODELS: list[Model] = [
    *registered(Model),
    Polynomial(degree=5),
    Mlp(hidden=(4, 3), activation="gelu"),
    Mlp(hidden=(4,), activation="relu"),
]
any_model = pytest.mark.parametrize("model", MODELS, ids=str)


def by_loop(model: Model, **given: Any) -> Fit:
    """A fit that stays at its start, if nothing else is given."""
    asked: dict[str, Any] = {"synthetic": Synthetic(), "solver": "loop", "lr": 1e-300, "steps": 1}
    return made(**asked | {"model": model} | given)


def trained(model: Model) -> Fit:
    return by_loop(model, scale="standardize", lr=1e-3, steps=5)


def first(columns: ParamColumns | None) -> Params | Network:
    """The first of several parameters."""
    assert columns
    if isinstance(columns, list):
        return columns[0]
    return {name: column[0] for name, column in columns.items()}


@any_model
def test_its_gradient_is_that_of_autograd(model: Model) -> None:
    fit = by_loop(model, scale="none", include=("params", "gradients", "data"))
    assert fit.data
    assert fit.history
    start = torch.tensor(model.row(first(fit.history.params)), dtype=torch.float64)
    t, y = (torch.tensor(each, dtype=torch.float64) for each in (fit.data.t, fit.data.y))

    gradient = model.row(first(fit.history.gradients))

    expected, allowed = measured(partial(gradient_of_torch, model, start, t, y), apart)
    assert apart(gradient, expected) <= allowed


def gradient_of_torch(
    model: Model, start: Tensor, t: Tensor, y: Tensor, nudge: Nudge
) -> list[float]:
    heights, params = peers.curve(model, nudge(start), nudge(t))
    parts = torch.autograd.grad(nn.functional.mse_loss(heights, nudge(y)), params)
    values: list[float] = torch.cat([part.ravel() for part in parts]).tolist()
    return values


@any_model
def test_its_parameters_are_a_row_and_back(model: Model) -> None:
    params = trained(model).params

    assert len(model.row(params)) == model.size
    assert model.named(model.row(params)) == params


@any_model
def test_its_scaled_is_an_exact_start(model: Model) -> None:
    fit = trained(model)

    again = by_loop(model, scale="standardize", init=fit.scaled)

    assert again.losses[0] == fit.loss
    assert again.scaled == fit.scaled


@any_model
def test_its_params_are_the_same_curve_in_all_coordinates(model: Model) -> None:
    params = trained(model).params
    expected, allowed = measured(partial(curve_from, model, params), apart)

    scales = ["standardize"]
    if isinstance(model, Polynomial):
        scales.append("orthonormal")
    for scale in scales:
        fit = by_loop(model, scale=scale, init=params, include=("predictions",))
        assert fit.history
        assert fit.history.predictions
        assert apart(fit.history.predictions[0], expected) <= allowed


def curve_from(model: Model, params: Params | Network, nudge: Nudge) -> list[float]:
    """Return the heights at the points, from parameters that are nudged."""
    row = nudge(torch.tensor(model.row(params), dtype=torch.float64)).tolist()
    fit = by_loop(model, scale="none", init=model.named(row), include=("predictions",))
    assert fit.history
    assert fit.history.predictions
    return fit.history.predictions[0]


@pytest.mark.parametrize(
    "model", [each for each in MODELS if not isinstance(each, Polynomial)], ids=str
)
def test_several_rates_are_curves_side_by_side(model: FormulaModel) -> None:
    rows = np.random.default_rng(1).normal(size=(5, model.size))
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]

    columns = model.f(x, torch.tensor(rows.T))

    assert columns.shape == (9, 5)
    for row, column in zip(rows, columns.unbind(-1), strict=True):
        alone, allowed = measured(partial(single, model, x, torch.tensor(row)), apart)
        assert apart(column, alone) <= allowed


def single(model: FormulaModel, x: Tensor, params: Tensor, nudge: Nudge) -> Tensor:
    return model.f(nudge(x), nudge(params))[:, 0]
