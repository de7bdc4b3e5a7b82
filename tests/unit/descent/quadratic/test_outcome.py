from typing import Any

import pytest

from service.descent.errors import NotComputableError
from service.descent.quadratic.outcome import Descent, check_outcome, diverged_at
from service.descent.quadratic.problem import QuadraticProblem, prepare_polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Synthetic, Validation


def problem(**given: Any) -> QuadraticProblem:
    asked: dict[str, Any] = {"synthetic": Synthetic(), "seed": 42, "steps": 10, "lr": 1e-5} | given
    return prepare_polynomial(FitSpec(**asked))


@pytest.mark.parametrize(("last", "first_without"), [(0, 1), (9, 10), (10, None)])
def test_the_first_loss_that_is_not_finite_follows_the_last_that_is(
    last: int, first_without: int | None
) -> None:
    assert diverged_at(last, 10) == first_without


def test_outcomes() -> None:
    made = Descent(lr=1, steps=10, loss=0)

    assert made.outcome == "completed"
    assert Descent(lr=1, steps=10, loss=0, stopped_by="gap").outcome == "stopped_early"
    assert Descent(lr=1, steps=10, loss=0, diverged_at=3).outcome == "diverged"


@pytest.mark.parametrize("lr", [1e-5, 3.5e-5])
def test_a_loss_of_held_out_points_that_leaves_all_numbers_alone_is_refused(lr: float) -> None:
    with pytest.raises(NotComputableError, match="held-out"):
        check_outcome(
            problem(validation=Validation(0.25, "tail")),
            Descent(lr=lr, steps=10, loss=1, diverged_at=3),
        )


@pytest.mark.parametrize(("validation", "lr"), [(None, 1e-5), (Validation(0.25, "tail"), 1e-3)])
def test_any_other_divergence_is_an_outcome(validation: Validation | None, lr: float) -> None:
    check_outcome(problem(validation=validation), Descent(lr=lr, steps=10, loss=1, diverged_at=3))
