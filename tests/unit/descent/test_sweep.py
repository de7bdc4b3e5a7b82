from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given

from service.descent.answers.results import Fit, Run, Sweep
from service.descent.errors import NotComputableError
from service.descent.methods.losses.huber import Huber
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.schedules.one_cycle import OneCycle
from service.descent.questions.options import Scale, Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.questions.sweep import SweepSpec
from service.descent.sweep import sweep
from tests.support.specs import fit, largest_eigenvalue, made, random_specs
from tests.support.tolerances import (
    PROMISED,
    Nudge,
    beyond_promise,
    measured,
    relatively_apart,
)

RATES = (1e-300, 1e-9, 1e-6, 1e-5, 2.5453e-5, 3.5e-5, 3.53986294e-5, 3.6e-5, 1e-4, 1e-3, 0.1, 1e300)
QUARTER = Validation(0.25, "interleaved")
LIMIT: dict[Scale, float] = {"none": 3.53986294e-5, "standardize": 0.65, "orthonormal": 1.0}


def swept(**given: Any) -> Sweep:
    asked: dict[str, Any] = {"seed": 42, "steps": 100, "lrs": RATES} | given
    return sweep(SweepSpec(**asked))


def lecture(**given: Any) -> Sweep:
    return swept(**{"synthetic": Synthetic()} | given)


def same(run: Run, single: Fit) -> None:
    """Assert that a row is what the fit at its rate reports, to the promised 1e-9.

    The sums of many rates run in another order than those of one.
    """
    assert (run.lr, run.outcome, run.diverged_at) == (
        single.resolved.lr,
        single.outcome,
        single.diverged_at,
    )
    assert beyond_promise([run.loss], [single.loss], single.losses[0]) == []
    assert (run.verdict.rate, run.verdict.reach, run.verdict.suggestion) == (
        single.verdict.rate,
        single.verdict.reach,
        single.verdict.suggestion,
    )
    assert (run.verdict.overshoots, run.verdict.stalled) == (
        single.verdict.overshoots,
        single.verdict.stalled,
    )
    if single.validation_losses:
        assert run.validation_loss == pytest.approx(single.validation_losses[-1], rel=PROMISED)
    assert run.losses
    assert beyond_promise(run.losses, single.losses) == []


def without_rate(spec: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in spec.items() if name != "lr"}


@pytest.mark.parametrize("solver", ["exact", "loop"])
@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
@pytest.mark.parametrize("validation", [None, QUARTER], ids=["all seen", "held out"])
def test_a_row_is_the_fit_at_its_rate(
    solver: str, scale: Scale, validation: Validation | None
) -> None:
    asked: dict[str, Any] = {
        "scale": scale,
        "solver": solver,
        "validation": validation,
        "record_every": 1 if validation else 7,
        "steps": 40,
    }
    rates = tuple(fraction * LIMIT[scale] for fraction in (1e-4, 0.3, 0.72, 1.0, 1.02, 30.0, 1e5))

    runs = lecture(**asked, lrs=rates, include=("losses",)).runs

    assert {run.outcome for run in runs} == {"completed", "diverged"}
    for rate, run in zip(rates, runs, strict=True):
        same(run, fit(synthetic=Synthetic(), lr=rate, **asked))


@pytest.mark.parametrize("solver", ["exact", "loop"])
@pytest.mark.parametrize("lr", [1e-300, 1e300])
def test_the_smallest_and_the_largest_rate_are_rows(solver: str, lr: float) -> None:
    (run,) = lecture(lrs=(lr,), solver=solver, include=("losses",)).runs

    same(run, fit(synthetic=Synthetic(), lr=lr, solver=solver, steps=100))


OBSERVED: dict[str, dict[str, Any]] = {
    "batches": {"batch_size": 6},
    "independent batches": {"batch_size": 6, "batches": "independent"},
    "adam": {"optimizer": Adam()},
    "one cycle": {"schedule": OneCycle()},
    "huber": {"loss": Huber()},
    "network": {"model": Mlp(hidden=(4,))},
    "points held out": {"batch_size": 6, "validation": QUARTER},
}


@pytest.mark.parametrize("given", OBSERVED.values(), ids=OBSERVED)
def test_a_row_of_an_observed_descent_is_the_fit_at_its_rate(given: dict[str, Any]) -> None:
    asked: dict[str, Any] = {
        "scale": "standardize",
        "solver": "loop",
        "record_every": 7,
        "steps": 40,
    } | given
    rates = (1e-12, 1e-3, 0.05, 0.3)

    runs = lecture(**asked, lrs=rates, include=("losses",)).runs

    for rate, run in zip(rates, runs, strict=True):
        same(run, made(synthetic=Synthetic(), lr=rate, **asked))


def test_a_row_of_batches_ends_with_the_last_step_that_is_finite_for_all_points() -> None:
    asked: dict[str, Any] = {
        "scale": "standardize",
        "solver": "loop",
        "batch_size": 2,
        "record_every": 100,
        "steps": 400,
    }

    (run,) = lecture(**asked, lrs=(30.0,), include=("losses",)).runs

    assert run.outcome == "diverged"
    same(run, made(synthetic=Synthetic(), lr=30.0, **asked))


@pytest.mark.parametrize("solver", ["exact", "loop"])
def test_a_row_ends_where_the_points_held_out_overflow_first(solver: str) -> None:
    asked: dict[str, Any] = {
        "data": Points.of([0, 1, 2, 3, 1e60, 2e60], [1, 2, 0, 1, 1, 1]),
        "init": "zeros",
        "validation": Validation(0.33, "tail"),
        "solver": solver,
        "steps": 100,
    }
    (run,) = swept(**asked, lrs=(1.0,), include=("losses",)).runs

    same(run, fit(**asked, lr=1.0))
    assert run.validation_loss
    assert run.validation_loss > 1e290 > run.loss


def test_rates_that_do_not_fit_the_memory_together_are_made_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Any] = {
        "scale": "standardize",
        "solver": "loop",
        "optimizer": Adam(),
        "lrs": (1e-3, 0.3, 0.01, 0.1, 0.05),
        "include": ("losses",),
    }
    together = lecture(**asked)

    two_descents_of_three_parameters = 130
    monkeypatch.setattr(
        "service.descent.questions.sweep.VALUES_AT_ONCE", two_descents_of_three_parameters
    )
    apart = lecture(**asked)

    assert [run.lr for run in apart.runs] == list(asked["lrs"])
    for one, other in zip(apart.runs, together.runs, strict=True):
        assert one.losses
        assert other.losses
        assert beyond_promise(one.losses, other.losses) == []
        assert (one.outcome, one.verdict.rate) == (other.outcome, other.verdict.rate)


def test_parts_may_end_at_different_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    rates, one_rate_at_once = (1e-5, 1e3), 1
    monkeypatch.setattr("service.descent.questions.sweep.VALUES_AT_ONCE", one_rate_at_once)

    runs = lecture(lrs=rates, solver="loop", include=("losses",)).runs

    assert [run.outcome for run in runs] == ["completed", "diverged"]
    for rate, run in zip(rates, runs, strict=True):
        same(run, fit(synthetic=Synthetic(), lr=rate, solver="loop", steps=100))


@given(random_specs(steps=40))
def test_a_row_of_any_points_is_the_fit_at_its_rate(spec: dict[str, Any]) -> None:
    rates = tuple(spec["lr"] * factor for factor in (0.01, 0.3, 1.0, 30.0))

    for rate, run in zip(
        rates, swept(**without_rate(spec), lrs=rates, include=("losses",)).runs, strict=True
    ):
        same(run, fit(**spec | {"lr": rate}))


@pytest.mark.parametrize("every", [1, 7, 50])
def test_float32_rows_are_the_lectures_own_arithmetic(every: int, lecture: dict[str, Any]) -> None:
    """The sums of four rates run in another order than those of one."""
    asked: dict[str, Any] = {
        "init": lecture["init"],
        "precision": "float32",
        "solver": "loop",
        "record_every": every,
        "steps": 50,
    }
    t, y = (torch.tensor(lecture[name], dtype=torch.float32) for name in ("t", "y"))

    def single(lr: float, nudge: Nudge) -> list[float]:
        points = Points.of(nudge(t).tolist(), nudge(y).tolist())
        return fit(data=points, lr=lr, **asked).losses

    data = Points.of(t.tolist(), y.tolist())
    runs = swept(data=data, **asked, lrs=(1e-6, 1e-5, 2e-5, 1e-3), include=("losses",)).runs

    for run in runs:
        told = fit(data=data, lr=run.lr, **asked)
        assert (run.outcome, run.diverged_at) == (told.outcome, told.diverged_at)
        expected, allowed = measured(partial(single, run.lr), relatively_apart)
        assert run.losses
        assert relatively_apart(run.losses, expected) <= allowed


def test_losses_are_reported_only_if_they_are_asked_for() -> None:
    assert all(run.losses is None for run in lecture().runs)


def test_rows_stand_in_the_order_asked() -> None:
    assert [run.lr for run in lecture(lrs=(1e-5, 1e-7, 1e-6, 1e-5)).runs] == [
        1e-5,
        1e-7,
        1e-6,
        1e-5,
    ]


def test_best_is_the_row_of_the_lowest_loss() -> None:
    told = lecture()

    completed = [run for run in told.runs if run.outcome == "completed"]
    lowest = min(completed, key=lambda run: run.loss)
    assert told.best
    assert (told.best.lr, told.best.loss, told.best.validation_loss) == (
        lowest.lr,
        lowest.loss,
        None,
    )


def test_best_is_the_row_of_the_lowest_held_out_loss() -> None:
    told = lecture(
        scale="standardize",
        steps=300,
        init="zeros",
        validation=QUARTER,
        lrs=tuple(np.geomspace(1e-3, 0.6, 40)),
    )

    lowest = min(told.runs, key=lambda run: run.validation_loss or np.inf)
    assert told.best
    assert (told.best.lr, told.best.loss, told.best.validation_loss) == (
        lowest.lr,
        lowest.loss,
        lowest.validation_loss,
    )
    assert told.best.lr != min(told.runs, key=lambda run: run.loss).lr


def test_best_is_never_one_that_diverged() -> None:
    told = lecture(lrs=(1e300, 3.6e-5), steps=1000)

    assert told.runs[0].loss < told.runs[1].loss
    assert told.best
    assert told.best.lr == 3.6e-5


def test_where_every_rate_diverges_there_is_no_best() -> None:
    told = lecture(lrs=(1.0, 10.0))

    assert {run.outcome for run in told.runs} == {"diverged"}
    assert told.best is None
    assert told.exact
    assert told.exact.loss < told.runs[0].loss


@pytest.mark.parametrize("steps", [1, 10, 1000])
@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
def test_exact_is_the_fit_at_the_best_rate(steps: int, scale: Scale) -> None:
    told, single = (
        lecture(steps=steps, scale=scale),
        fit(synthetic=Synthetic(), lr="best", steps=steps, scale=scale),
    )

    assert told.exact
    assert told.exact.lr == single.resolved.lr
    assert beyond_promise([told.exact.loss], [single.loss], single.losses[0]) == []


@pytest.mark.parametrize("steps", [1, 3, 10, 100, 1000])
@pytest.mark.parametrize("scale", ["none", "standardize"])
def test_no_rate_of_a_fine_grid_ends_lower_than_the_exact(steps: int, scale: Scale) -> None:
    exact = lecture(steps=steps, scale=scale, lrs=(1e-9,)).exact
    assert exact
    grid = np.unique(
        [*np.geomspace(0.01, 1, 400)[:-1] * LIMIT[scale], *np.linspace(0.98, 1.02, 400) * exact.lr]
    )

    assert min(
        run.loss for run in lecture(steps=steps, scale=scale, lrs=tuple(grid)).runs
    ) >= exact.loss * (1 - PROMISED)


def test_exact_has_the_loss_of_the_points_held_out() -> None:
    told = lecture(validation=QUARTER)
    single = fit(synthetic=Synthetic(), validation=QUARTER, lr="best", scale="none", steps=100)

    assert single.validation_losses
    assert told.exact
    assert told.exact.validation_loss == pytest.approx(single.validation_losses[-1], rel=PROMISED)


@pytest.mark.parametrize("solver", ["exact", "loop"])
def test_a_start_without_a_finite_loss_is_refused(solver: str) -> None:
    start = dict.fromkeys("abc", 1e150)

    with pytest.raises(NotComputableError, match="before the first step"):
        swept(
            data=Points.of([1e5, 2e5, 3e5], [1, 2, 3]), init=start, lrs=(1e-20, 1e-5), solver=solver
        )


@pytest.mark.parametrize("solver", ["exact", "loop"])
def test_resolved_sent_again_gives_the_same(solver: str) -> None:
    first = lecture(scale="auto", solver=solver, include=("losses",))

    assert sweep(SweepSpec(**vars(first.resolved))) == first


def test_a_thousand_rates_are_a_thousand_rows() -> None:
    t = np.linspace(-1, 1, 200).tolist()
    limit = 2 / largest_eigenvalue(t, 2, "none")

    runs = swept(
        data=Points.of(t, t), lrs=tuple(np.geomspace(1e-3, 1.01, 1000) * limit), steps=1_000_000
    ).runs

    assert len(runs) == 1000
    assert {run.outcome for run in runs} == {"completed", "diverged"}
