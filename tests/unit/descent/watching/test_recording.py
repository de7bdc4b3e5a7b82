from collections.abc import Iterator
from itertools import count
from math import inf

import pytest
import torch

from service.descent.answers.events import Steps
from service.descent.fit import events
from service.descent.loop.curves import Evaluation
from service.descent.loop.lecture import Step
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Solver, Synthetic
from service.descent.watching.recording import Selection, record_loop
from tests.support.specs import fit
from tests.support.tolerances import EPS, PROMISED


@pytest.mark.parametrize("solver", ["loop", "exact"])
def test_thinning_keeps_the_first_and_the_last_step(solver: Solver) -> None:
    result = fit(
        synthetic=Synthetic(), steps=10, record_every=4, solver=solver, include=("params",)
    )

    assert result.history
    assert result.history.step == [0, 4, 8, 10]


@pytest.mark.parametrize("solver", ["loop", "exact"])
@pytest.mark.parametrize("every", [1, 7, 50, 2000])
def test_a_diverging_run_ends_with_its_last_finite_step(solver: Solver, every: int) -> None:
    result = fit(
        synthetic=Synthetic(),
        lr=1e-3,
        steps=2000,
        record_every=every,
        solver=solver,
        include=("params",),
    )

    full = fit(synthetic=Synthetic(), lr=1e-3, steps=2000, solver="loop")
    assert result.history
    assert (result.outcome, result.diverged_at, result.steps) == (
        "diverged",
        full.diverged_at,
        len(full.losses) - 1,
    )
    assert result.history.step[-1] == result.steps
    assert result.loss == pytest.approx(full.losses[-1], rel=PROMISED)


def test_thinned_losses_are_those_of_the_full_record() -> None:
    """To a few roundings: blocks of other steps are summed in another order."""
    full, thin = (fit(synthetic=Synthetic(), steps=5000, record_every=every) for every in (1, 10))

    assert thin.losses == pytest.approx(full.losses[::10], rel=10 * EPS)


def test_the_closed_form_reports_blocks_of_1000() -> None:
    steps = [
        event
        for event in events(FitSpec(synthetic=Synthetic(), seed=1, lr=1e-5, steps=2500))
        if isinstance(event, Steps)
    ]

    assert [len(part.loss) for part in steps] == [1000, 1000, 501]


def unobserved_overflow(last: int, batches_finite: int) -> Iterator[Step]:
    """Make steps whose params are not finite after `last`, which their batches show later."""
    for number in count():
        params = torch.tensor([float(number) if number <= last else inf])
        loss = torch.tensor(1.0 if number <= batches_finite else inf)
        yield Step(number, loss, params, params)


WHOLE = Evaluation(
    curve=lambda x, params: x * params,
    criterion=lambda preds, _targets, _weights: preds.sum(),
    x=torch.ones(1),
    y=torch.zeros(1),
)


@pytest.mark.parametrize("last", [1, 50, 119, 120])
def test_where_a_batch_shows_an_overflow_late_the_last_finite_step_of_all_points_is_recorded(
    last: int,
) -> None:
    selection = Selection(steps=10_000, every=1000, whole=WHOLE)

    told = list(record_loop(unobserved_overflow(last, batches_finite=120), selection))

    assert [records.step for records in told] == [[0], [last]]
    assert [records.loss for records in told] == [[0], [last]]
    assert [records.batch for records in told] == [[1], [1]]


def test_no_step_is_recorded_twice() -> None:
    selection = Selection(steps=10_000, every=10, whole=WHOLE)

    told = list(record_loop(unobserved_overflow(20, batches_finite=20), selection))

    assert [records.step for records in told] == [[0], [10], [20]]


@pytest.mark.parametrize(("batches_finite", "steps"), [(219, [0, 20]), (220, [0])])
def test_the_last_two_hundred_steps_are_looked_at_where_an_overflow_is_shown_late(
    batches_finite: int, steps: list[int]
) -> None:
    selection = Selection(steps=10_000, every=1000, whole=WHOLE)

    told = record_loop(unobserved_overflow(20, batches_finite), selection)

    assert [records.step[0] for records in told] == steps
