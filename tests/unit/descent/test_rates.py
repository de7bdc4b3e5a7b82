"""Rates that the service computes: parts of the limit, and the defaults where there is no best."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.descent.errors import NotComputableError
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.adamw import AdamW
from service.descent.methods.optimizers.rmsprop import RmsProp
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.schedules.cosine import Cosine
from service.descent.methods.schedules.listed import RateList
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import PartOfLimit, Scale, Solver, Synthetic
from service.descent.questions.points import Points
from service.descent.questions.sweep import SweepSpec
from service.descent.sweep import sweep
from tests.support.specs import fit, largest_eigenvalue, made, random_specs

OPTIMIZERS = [
    Sgd(),
    Sgd(momentum=0.9),
    Sgd(momentum=0.9, nesterov=True),
    Sgd(weight_decay=0.5),
    Sgd(momentum=0.5, weight_decay=0.5),
]
T = [float(i) for i in range(20)]


@given(random_specs(), st.floats(1e-3, 3), st.sampled_from(OPTIMIZERS))
def test_a_part_of_the_limit_is_that_part_of_the_limit_in_the_analysis(
    spec: dict[str, Any], part: float, optimizer: Sgd
) -> None:
    result = fit(**spec | {"lr": PartOfLimit(part), "steps": 1, "optimizer": optimizer})

    assume(result.analysis.lr_limit is not None)
    assert result.analysis.lr_limit
    assert result.resolved.lr == part * result.analysis.lr_limit


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
def test_the_limit_is_two_divided_by_the_largest_eigenvalue(scale: Scale) -> None:
    result = fit(synthetic=Synthetic(), lr=PartOfLimit(0.28), scale=scale)

    assert result.resolved.lr == pytest.approx(
        0.28 * 2 / largest_eigenvalue(T, 2, scale), rel=1e-12
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_at_99_percent_of_the_limit_the_descent_converges(optimizer: Sgd) -> None:
    result = fit(
        synthetic=Synthetic(),
        lr=PartOfLimit(0.99),
        scale="standardize",
        steps=5000,
        optimizer=optimizer,
    )

    assert result.converged


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_at_101_percent_of_the_limit_the_loss_grows(optimizer: Sgd) -> None:
    losses = fit(
        synthetic=Synthetic(),
        lr=PartOfLimit(1.01),
        scale="standardize",
        steps=5000,
        optimizer=optimizer,
    ).losses

    assert losses[-1] > 1e6 * losses[0]


def test_with_batches_the_limit_is_that_of_all_points() -> None:
    whole = fit(synthetic=Synthetic(), lr=PartOfLimit(0.3))
    batches = fit(synthetic=Synthetic(), lr=PartOfLimit(0.3), batch_size=4)

    assert batches.resolved.lr == whole.resolved.lr


def test_where_nothing_moves_the_limit_is_that_of_the_steepest_direction() -> None:
    result = fit(data=Points.of([0, 1, 2], [0, 0, 0]), init="zeros", lr=PartOfLimit(0.5))

    assert result.analysis.lr_limit is None
    assert result.resolved.lr == 1 / result.analysis.modes[0].eigenvalue


def test_a_part_without_a_rate_in_doubles_is_refused() -> None:
    with pytest.raises(NotComputableError, match="larger `of_limit`"):
        fit(synthetic=Synthetic(), lr=PartOfLimit(5e-324), scale="none")


def test_a_part_beyond_float32_is_refused() -> None:
    with pytest.raises(NotComputableError, match="outside the range of float32"):
        fit(synthetic=Synthetic(), lr=PartOfLimit(1e100), precision="float32")


def test_a_part_of_the_limit_is_taken_in_the_coordinates_of_the_best_rate() -> None:
    part, best = (
        fit(synthetic=Synthetic(), lr=lr, steps=100, scale="auto")
        for lr in (PartOfLimit(0.5), "best")
    )

    assert part.resolved.scale == best.resolved.scale == "standardize"


@pytest.mark.parametrize("solver", ["exact", "loop"])
def test_a_sweep_of_parts_has_the_rate_of_each_fit(solver: Solver) -> None:
    parts = (0.1, 0.5, 1.1)

    swept = sweep(
        SweepSpec(synthetic=Synthetic(), seed=42, lrs=(*map(PartOfLimit, parts),), solver=solver)
    )

    fits = [fit(synthetic=Synthetic(), lr=PartOfLimit(part), steps=100) for part in parts]
    assert [run.lr for run in swept.runs] == [single.resolved.lr for single in fits]
    assert swept.resolved.lrs == tuple(run.lr for run in swept.runs)
    assert swept.resolved.scale == fits[0].resolved.scale


@pytest.mark.parametrize(
    ("given", "lr"),
    [
        ({"optimizer": Adam()}, 1e-3),
        ({"optimizer": AdamW()}, 1e-3),
        ({"optimizer": RmsProp()}, 1e-2),
        ({"model": Mlp(), "optimizer": Adam()}, 1e-3),
    ],
)
def test_optimizers_that_adapt_their_steps_have_the_default_rate_of_torch(
    given: dict[str, Any], lr: float
) -> None:
    result = made(synthetic=Synthetic(), **given | {"lr": None})

    assert (result.resolved.lr, result.lr_default) == (lr, "optimizer")


def test_gradient_descent_on_a_network_has_a_default_rate_of_one_percent() -> None:
    result = made(synthetic=Synthetic(), model=Mlp(), lr=None)

    assert (result.resolved.lr, result.lr_default) == (0.01, "network")


@pytest.mark.parametrize(
    "given", [{"batch_size": 4}, {"loss": Huber()}, {"loss": Mae()}, {"schedule": Cosine()}]
)
def test_otherwise_the_default_rate_is_half_of_the_limit_of_least_squares(
    given: dict[str, Any],
) -> None:
    result = made(synthetic=Synthetic(), scale="none", **given | {"lr": None})

    assert result.lr_default == "half_limit"
    assert result.resolved.lr == pytest.approx(1 / largest_eigenvalue(T, 2, "none"), rel=1e-12)


@pytest.mark.parametrize(
    "given", [{"lr": None}, {"lr": 0.1}, {"lr": 0.1, "optimizer": Adam()}, {"lr": PartOfLimit(0.5)}]
)
def test_the_best_rate_and_that_of_the_request_are_no_defaults(given: dict[str, Any]) -> None:
    assert made(synthetic=Synthetic(), scale="standardize", **given).lr_default is None


@pytest.mark.parametrize("given", [{"optimizer": Adam()}, {"loss": Mae()}, {"model": Mlp()}])
def test_resolved_sent_again_makes_the_same_descent_at_a_rate_of_the_request(
    given: dict[str, Any],
) -> None:
    first = made(synthetic=Synthetic(), **given | {"lr": None})

    again = made(**vars(first.resolved))

    assert (again.losses, again.verdict) == (first.losses, first.verdict)
    assert again.lr_default is None


def test_a_list_of_rates_needs_no_default() -> None:
    spec = FitSpec(
        synthetic=Synthetic(), seed=1, steps=2, schedule=RateList(lrs=(0.1, 0.2)), optimizer=Adam()
    )

    assert (spec.chosen_lr, spec.lr_default) == (0.1, None)
