from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.arrays import Array
from service.descent.quadratic.problem import prepare_polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.watching.recording import Records
from service.descent.watching.stopping import (
    Repeated,
    first_stop,
    gap,
    improvement,
    not_below,
    rules,
)
from tests.support.examples import fewer
from tests.support.specs import PolynomialFit, fit
from tests.support.tolerances import beyond_promise

QUARTER = Validation(0.25, "interleaved")
STEPPED: dict[str, Any] = {"scale": "standardize", "lr": 0.05, "steps": 500}
CASES: dict[str, dict[str, Any]] = {
    "gap": {"stop": Stop(gap=0.5)},
    "gradient": {"stop": Stop(gradient=1.0)},
    "min_improvement": {"stop": Stop(min_improvement=0.01)},
    "min_improvement and patience": {"stop": Stop(min_improvement=0.05, patience=7)},
    "patience": {"stop": Stop(patience=5), "validation": QUARTER, "lr": 0.1},
    "all": {"stop": Stop(0.5, 1.0, 0.01, 20), "validation": QUARTER, "lr": 0.1},
    "across the border of two blocks": {
        "stop": Stop(patience=990),
        "validation": QUARTER,
        "lr": 0.1,
        "steps": 3000,
    },
}


def lecture(**given: Any) -> PolynomialFit:
    return fit(**{"synthetic": Synthetic()} | STEPPED | given)


def block(losses: list[float], first: int = 0, validation: list[float] | None = None) -> Records:
    return Records(
        step=[*range(first, first + len(losses))],
        loss=losses,
        validation=validation or [],
        params=np.zeros((len(losses), 1)),
        gradients=np.empty(0),
        batch=[],
    )


def above_zero(_: Array, loss: Array) -> Array:
    return loss


def blocks(losses: list[float], sizes: list[int]) -> list[Records]:
    """The losses cut into pieces of these sizes, over and over."""
    parts: list[Records] = []
    while sum(len(part.step) for part in parts) < len(losses):
        at = sum(len(part.step) for part in parts)
        parts.append(block(losses[at : at + sizes[len(parts) % len(sizes)]], at))
    return parts


def fires(rule: Repeated, parts: list[Records]) -> int | None:
    """The step at which it does."""
    return next((part.step[at] for part in parts if (at := rule.first(part)) is not None), None)


def run_of(holds: list[bool], times: int) -> int | None:
    """The first place at which it has held so many times in a row, read in plain Python."""
    run = 0
    for place, held in enumerate(holds):
        run = run + 1 if held else 0
        if run == times:
            return place
    return None


LOSSES = st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), min_size=1, max_size=30)
SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=4)
TIMES = st.integers(1, 6)


@given(LOSSES, SIZES, TIMES)
def test_a_condition_must_hold_several_times_in_a_row_whatever_the_blocks(
    losses: list[float], sizes: list[int], times: int
) -> None:
    rule = Repeated("gap", gap(2.5, above_zero), times)

    assert fires(rule, blocks(losses, sizes)) == run_of([loss < 2.5 for loss in losses], times)


@given(LOSSES, SIZES, TIMES)
def test_an_improvement_is_small_by_the_loss_a_step_before(
    losses: list[float], sizes: list[int], times: int
) -> None:
    small = [before - loss <= 0.3 * before for before, loss in pairwise(losses)]

    assert fires(
        Repeated("min_improvement", improvement(0.3), times), blocks(losses, sizes)
    ) == run_of([False, *small], times)


@given(LOSSES, SIZES, TIMES)
def test_patience_counts_the_steps_that_are_not_below_all_before(
    losses: list[float], sizes: list[int], times: int
) -> None:
    waits = [loss >= min(losses[:place], default=inf) for place, loss in enumerate(losses)]

    assert fires(Repeated("patience", not_below(), times), blocks(losses, sizes)) == run_of(
        waits, times
    )


def test_patience_looks_at_the_points_held_out() -> None:
    rule = Repeated("patience", not_below(), 2)

    assert rule.first(block([5, 4, 3, 2, 1], validation=[3, 2, 2, 4, 1])) == 3


def test_the_first_rule_to_hold_ends_the_descent() -> None:
    stopped = first_stop(
        [Repeated("gap", gap(1.5, above_zero)), Repeated("patience", not_below(), 1)],
        block([5, 5, 1]),
    )

    assert stopped == (1, "patience")


def test_of_rules_that_hold_at_one_step_the_first_is_named() -> None:
    perfect = prepare_polynomial(FitSpec(data=Points.of([0, 1], [0, 0]), lr=0.1))

    stopped = first_stop(
        rules(Stop(gap=6, min_improvement=0.5, patience=1), perfect), block([5, 5])
    )

    assert stopped
    assert stopped[1] == "gap"


def test_without_rules_nothing_ends() -> None:
    assert rules(None, None) == []
    assert first_stop([], block([1.0])) is None


@pytest.mark.parametrize(
    ("case", "scale"),
    [*((case, "standardize") for case in CASES.values()), (CASES["all"], "orthonormal")],
    ids=[*CASES, "all on orthonormal columns"],
)
def test_both_solvers_end_at_the_same_step(case: dict[str, Any], scale: str) -> None:
    exact, loop = (
        lecture(**case | {"scale": scale}, solver=solver) for solver in ("exact", "loop")
    )

    assert (exact.steps, exact.outcome, exact.stopped_by) == (
        loop.steps,
        "stopped_early",
        loop.stopped_by,
    )
    assert beyond_promise(exact.losses, loop.losses) == []
    assert exact.best.step == loop.best.step
    assert exact.verdict.rate == loop.verdict.rate


def test_gap_ends_at_the_first_loss_that_near_the_optimum() -> None:
    free = lecture()

    stopped = lecture(stop=Stop(gap=0.5))

    assert stopped.steps == next(
        step for step, loss in enumerate(free.losses) if loss - free.optimum.loss < 0.5
    )
    assert stopped.losses == free.losses[: stopped.steps + 1]


def test_gradient_ends_at_the_first_short_one() -> None:
    raw = {"scale": "none", "lr": 2.5e-5}
    free = lecture(**raw, include=("gradients",)).history
    assert free
    assert free.gradients
    lengths = np.sqrt(sum(np.square(column) for column in free.gradients.values()))

    stopped = lecture(**raw, stop=Stop(gradient=26.4))

    assert 1 < stopped.steps == int(np.argmax(lengths < 26.4))


def test_gradient_is_that_of_the_loss() -> None:
    """By numpy, from the points and the recorded parameters."""
    free = lecture(scale="none", lr=2.5e-5, steps=30, include=("params", "data"))
    assert free.history
    assert free.history.params
    assert free.data
    x = np.vander(np.array(free.data.t, float), 3)
    params = np.array(list(free.history.params.values()))
    lengths = np.linalg.norm(2 / 20 * x.T @ (x @ params - np.array(free.data.y)[:, None]), axis=0)

    assert lecture(scale="none", lr=2.5e-5, stop=Stop(gradient=100.0)).steps == int(
        np.argmax(lengths < 100)
    )


@pytest.mark.parametrize("patience", [None, 1, 7])
def test_min_improvement_ends_after_patience_small_ones(patience: int | None) -> None:
    free = lecture()
    small = [False, *[before - loss <= 0.05 * before for before, loss in pairwise(free.losses)]]

    stopped = lecture(stop=Stop(min_improvement=0.05, patience=patience))

    assert (stopped.steps, stopped.stopped_by) == (run_of(small, patience or 1), "min_improvement")


def test_patience_ends_so_long_after_the_best_held_out_loss() -> None:
    free = lecture(lr=0.1, validation=QUARTER)

    stopped = lecture(lr=0.1, validation=QUARTER, stop=Stop(patience=5))

    assert free.validation_losses
    assert stopped.best.step == int(np.argmin(free.validation_losses))
    assert (stopped.steps, stopped.stopped_by) == (stopped.best.step + 5, "patience")


def test_a_loss_that_falls_never_tries_patience() -> None:
    assert lecture(lr=0.005, stop=Stop(patience=1)).outcome == "completed"


def test_a_diverging_loss_tries_patience_at_once() -> None:
    stopped = lecture(scale="none", lr=1e-3, stop=Stop(patience=3))

    assert (stopped.steps, stopped.stopped_by, stopped.best.step) == (3, "patience", 0)


def test_a_diverged_descent_was_not_stopped() -> None:
    result = lecture(scale="none", lr=1e-3, stop=Stop(gap=1.0))

    assert (result.outcome, result.stopped_by) == ("diverged", None)


def test_a_rule_that_never_holds_changes_nothing() -> None:
    assert lecture(stop=Stop(gap=1e-300)).losses == lecture().losses


@pytest.mark.parametrize("step", [998, 999, 1000, 1001, 1999, 2000, 2001])
def test_a_gap_is_seen_at_the_border_of_two_blocks(step: int) -> None:
    slow: dict[str, Any] = {"lr": 0.005, "steps": 2500}
    excess = np.array(lecture(**slow).losses) - lecture(**slow).optimum.loss

    stopped = lecture(**slow, stop=Stop(gap=(excess[step - 1] + excess[step]) / 2))

    assert stopped.steps == step


@pytest.mark.parametrize(
    ("patience", "solver"),
    [(3, "exact"), (10, "exact"), (1000, "exact"), (1500, "exact"), (10, "loop")],
)
def test_patience_is_counted_across_the_border_of_two_blocks(patience: int, solver: str) -> None:
    """From step 996 on the loss falls by less than `least`."""
    slow: dict[str, Any] = {"lr": 0.002, "steps": 3000}
    losses = np.array(lecture(**slow).losses[994:997])
    least = (-np.diff(losses) / losses[:-1]).mean()

    stopped = lecture(**slow, solver=solver, stop=Stop(min_improvement=least, patience=patience))

    assert (stopped.steps, stopped.stopped_by) == (996 + patience - 1, "min_improvement")


@pytest.mark.parametrize("solver", ["loop", "exact"])
@pytest.mark.parametrize("every", [2, 7, 100, 1000])
def test_thinning_changes_neither_the_end_nor_the_best(solver: str, every: int) -> None:
    rule: dict[str, Any] = {
        "lr": 0.1,
        "validation": QUARTER,
        "stop": Stop(patience=30),
        "solver": solver,
        "include": ("params",),
    }
    full, thin = lecture(**rule), lecture(**rule, record_every=every)

    assert (thin.steps, thin.stopped_by, thin.best, thin.params) == (
        full.steps,
        full.stopped_by,
        full.best,
        full.params,
    )
    assert thin.history
    assert thin.history.step == sorted({*range(0, full.steps, every), full.steps})
    assert thin.losses == [full.losses[step] for step in thin.history.step]


@pytest.mark.parametrize("solver", ["loop", "exact"])
def test_a_rule_that_holds_before_the_first_step_makes_none(solver: str) -> None:
    stopped = lecture(stop=Stop(gap=1e9), solver=solver)

    assert (stopped.steps, stopped.outcome, len(stopped.losses)) == (0, "stopped_early", 1)


@fewer(2)
@given(st.integers(1, 150), st.sampled_from(["exact", "loop"]))
def test_the_losses_before_the_end_are_those_of_a_descent_without_a_rule(
    step: int, solver: str
) -> None:
    slow: dict[str, Any] = {"lr": 0.02, "steps": 150, "solver": solver}
    free = lecture(**slow)

    stopped = lecture(
        **slow, stop=Stop(gap=(free.losses[step - 1] + free.losses[step]) / 2 - free.optimum.loss)
    )

    assert (stopped.steps, stopped.losses) == (step, free.losses[: step + 1])
