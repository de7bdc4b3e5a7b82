from itertools import count
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from service.descent.answers.explanation import StartAndEnd
from service.descent.judging.observed import local_limit
from service.descent.loop.curves import Evaluation
from service.descent.methods.losses import Loss
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.losses.mse import Mse
from service.descent.methods.models.mlp import Activation, Mlp
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.schedules.cosine import Cosine
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Scale, Synthetic
from service.descent.task import prepare
from service.descent.watching.sharpness import TOLERANCE, sharpness
from tests.support.specs import fit, largest_eigenvalue, network_fit
from tests.support.tolerances import EPS, EPS_FLOAT32

SHAPES: list[tuple[int, ...]] = [(4,), (5, 3)]
ACTIVATIONS: list[Activation] = ["tanh", "gelu"]
LOSSES: list[Loss] = [Mse(), Huber()]


def network_loss(model: Mlp, loss: Loss, scale: Scale = "standardize") -> Evaluation:
    """Of the lecture's points."""
    task = prepare(
        FitSpec(
            synthetic=Synthetic(),
            seed=42,
            lr=1e-3,
            steps=1,
            solver="loop",
            model=model,
            loss=loss,
            scale=scale,
        )
    )
    return task.loss_of(task.sample.split.training)


def drawn(model: Mlp, seed: int) -> Tensor:
    """Parameters (p,), normal."""
    return torch.tensor(np.random.default_rng(seed).normal(size=model.size))


def curvatures(loss: Evaluation, params: Tensor) -> Tensor:
    """The eigenvalues of the Hessian as torch forms it, the lowest first."""
    hessian: Tensor = torch.autograd.functional.hessian(loss, params)  # type: ignore[no-untyped-call]  # torch has no annotation here
    values: Tensor = torch.linalg.eigvalsh(hessian)
    return values


def bowl(eigenvalues: list[float]) -> Evaluation:
    """A loss of these curvatures, everywhere."""
    return Evaluation(
        curve=lambda x, params: x * params**2 / 2,
        criterion=lambda preds, _targets, _weights: preds.sum(),
        x=torch.tensor(eigenvalues, dtype=torch.float64),
        y=torch.zeros(1, dtype=torch.float64),
    )


def largest_of(values: Tensor, rounding: float = 100 * EPS) -> Any:
    """Return the last of these, to what is left over where it is found.

    An eigenvalue of a symmetric matrix is no further off than the residual of its vector, which is
    relative to the largest magnitude.
    """
    allowed = (TOLERANCE + rounding) * values.abs().max().item()
    return pytest.approx(values[-1].item(), rel=0, abs=allowed)


def told(ends: StartAndEnd | None) -> list[float | None]:
    assert ends
    return [ends.start, ends.end]


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", SHAPES, ids=str)
def test_it_is_the_largest_eigenvalue_of_the_hessian(
    hidden: tuple[int, ...], activation: Activation, loss: Loss
) -> None:
    model = Mlp(hidden=hidden, activation=activation)
    evaluation = network_loss(model, loss)

    for params in (drawn(model, seed) for seed in range(2)):
        assert sharpness(evaluation, params) == largest_of(curvatures(evaluation, params))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", SHAPES, ids=str)
def test_it_curves_up_where_it_curves_down_twice_as_much(
    hidden: tuple[int, ...], activation: Activation
) -> None:
    model = Mlp(hidden=hidden, activation=activation)
    evaluation = network_loss(model, Mse())
    found = (
        (params, curvatures(evaluation, params))
        for params in (drawn(model, seed) for seed in count())
    )
    params, values = next(
        (params, values) for params, values in found if -values[0] > 2 * values[-1] > 0
    )

    assert sharpness(evaluation, params) == largest_of(values)


@given(
    st.lists(st.floats(-1000, 1000).filter(lambda value: abs(value) > 1e-3), min_size=1, max_size=6)
)
def test_it_is_the_largest_of_any_eigenvalues(eigenvalues: list[float]) -> None:
    found = sharpness(bowl(eigenvalues), torch.zeros(len(eigenvalues), dtype=torch.float64))

    assert found == largest_of(torch.tensor(sorted(eigenvalues), dtype=torch.float64))


@pytest.mark.parametrize(
    "eigenvalues",
    [[1.0, -0.999, 0.2], [1.0, -1.0], [0.999, -1.0, 0.1], [1.0, 0.999, 0.998], [-1.0, -2.0, -3.0]],
)
def test_eigenvalues_as_large_do_not_hide_it(eigenvalues: list[float]) -> None:
    found = sharpness(bowl(eigenvalues), torch.zeros(len(eigenvalues), dtype=torch.float64))

    assert found == largest_of(torch.tensor(sorted(eigenvalues), dtype=torch.float64))


def test_a_plane_is_flat() -> None:
    assert sharpness(bowl([0.0, 0.0]), torch.ones(2, dtype=torch.float64)) == 0


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_where_it_is_no_number_there_is_none(value: float) -> None:
    assert sharpness(bowl([1.0, value]), torch.ones(2, dtype=torch.float64)) is None


def test_it_is_found_in_float32() -> None:
    model = Mlp(hidden=(4,))
    evaluation, params = network_loss(model, Mse()), drawn(model, 0)
    single = Evaluation(
        evaluation.curve, evaluation.criterion, evaluation.x.float(), evaluation.y.float()
    )

    values = curvatures(evaluation, params)
    assert sharpness(single, params.float()) == largest_of(values, rounding=100 * EPS_FLOAT32)


def test_a_fit_of_a_network_reports_it_at_both_ends() -> None:
    model = Mlp(hidden=(5, 3))
    result = network_fit(
        synthetic=Synthetic(),
        model=model,
        scale="none",
        optimizer=Adam(),
        lr=0.02,
        steps=200,
        include=("params",),
    )
    assert result.history
    assert isinstance(result.history.params, list)
    evaluation = network_loss(model, Mse(), "none")

    ends = (result.history.params[0], result.params)
    assert told(result.analysis.sharpness) == [
        largest_of(curvatures(evaluation, torch.tensor(model.row(network), dtype=torch.float64)))
        for network in ends
    ]


def test_the_mean_absolute_error_of_a_polynomial_is_flat_and_has_no_limit() -> None:
    analysis = fit(
        synthetic=Synthetic(), solver="loop", scale="standardize", loss=Mae(), lr=0.1, steps=50
    ).analysis

    assert (analysis.sharpness, analysis.lr_limit_local) == (
        StartAndEnd(0.0, 0.0),
        StartAndEnd(None, None),
    )


def test_hubers_loss_of_a_polynomial_has_half_the_curvature_where_all_points_are_near() -> None:
    analysis = fit(
        synthetic=Synthetic(),
        solver="loop",
        scale="standardize",
        loss=Huber(delta=1e3),
        lr=0.1,
        steps=50,
    ).analysis

    half = largest_eigenvalue(np.arange(20.0), 2, "standardize") / 2
    assert told(analysis.sharpness) == pytest.approx([half, half], rel=TOLERANCE)


@pytest.mark.parametrize(
    "given",
    [
        {"optimizer": Adam()},
        {"batch_size": 4},
        {"schedule": Cosine()},
        {"batch_size": 1, "batches": "independent"},
    ],
    ids=str,
)
@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
def test_the_squares_of_a_polynomial_curve_the_same_everywhere(
    scale: Scale, given: dict[str, Any]
) -> None:
    analysis = fit(synthetic=Synthetic(), solver="loop", scale=scale, lr=1e-6, **given).analysis

    steepest = largest_eigenvalue(np.arange(20.0), 2, scale)
    assert told(analysis.sharpness) == pytest.approx([steepest, steepest], rel=10 * 20 * 3 * EPS)


@pytest.mark.parametrize(
    "given", [{"batch_size": 4}, {"loss": Huber(delta=20)}, {"model": Mlp(hidden=(4,))}], ids=str
)
def test_the_local_limit_is_two_by_the_sharpness(given: dict[str, Any]) -> None:
    analysis = fit(
        synthetic=Synthetic(), solver="loop", scale="standardize", lr=0.01, **given
    ).analysis
    assert analysis.sharpness
    assert analysis.sharpness.start
    assert analysis.sharpness.end

    assert analysis.lr_limit_local == StartAndEnd(
        2 / analysis.sharpness.start, 2 / analysis.sharpness.end
    )


@pytest.mark.parametrize("curvature", [None, 0.0, -1.0, 5e-324])
def test_without_a_curvature_upwards_there_is_no_local_limit(curvature: float | None) -> None:
    """And where it would be no number."""
    assert local_limit(curvature) is None
