from typing import Any

import numpy as np
import pytest

from service.descent.answers.results import Outcome, Rule
from service.descent.errors import NotComputableError
from service.descent.quadratic.problem import QuadraticProblem, prepare_polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Synthetic, Validation
from service.descent.watching.outcome import ended
from service.descent.watching.recording import Record

TAIL = Validation(0.25, "tail")


def problem(**given: Any) -> QuadraticProblem:
    asked: dict[str, Any] = {"synthetic": Synthetic(), "seed": 42, "steps": 10, "lr": 1e-5} | given
    return prepare_polynomial(FitSpec(**asked))


def last(step: int, validation: float | None = None) -> Record:
    return Record(step, 1.0, np.zeros(3), validation)


@pytest.mark.parametrize(("step", "first_without"), [(0, 1), (9, 10), (10, None)])
def test_the_first_loss_that_is_not_finite_follows_the_last_that_is(
    step: int, first_without: int | None
) -> None:
    assert ended(None, last(step), lr=1, steps=10).diverged_at == first_without


@pytest.mark.parametrize(
    ("step", "rule", "outcome", "steps"),
    [
        (10, None, "completed", 10),
        (2, "gap", "stopped_early", 2),
        (10, "gap", "stopped_early", 10),
        (2, None, "diverged", 10),
    ],
)
def test_outcomes(step: int, rule: Rule | None, outcome: Outcome, steps: int) -> None:
    descent = ended(None, last(step), lr=1, steps=10, stopped_by=rule)

    assert (descent.outcome, descent.steps) == (outcome, steps)


@pytest.mark.parametrize("lr", [1e-5, 3.5e-5])
def test_a_loss_of_held_out_points_that_leaves_all_numbers_alone_is_refused(lr: float) -> None:
    with pytest.raises(NotComputableError, match="held-out"):
        ended(problem(validation=TAIL), last(2, validation=1.0), lr=lr, steps=10)


@pytest.mark.parametrize(("validation", "held_out", "lr"), [(None, None, 1e-5), (TAIL, 1.0, 1e-3)])
def test_any_other_divergence_is_an_outcome(
    validation: Validation | None, held_out: float | None, lr: float
) -> None:
    descent = ended(problem(validation=validation), last(2, held_out), lr=lr, steps=10)

    assert descent.outcome == "diverged"
