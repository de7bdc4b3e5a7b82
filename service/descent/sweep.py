"""A comparison of several learning rates on one problem."""

from collections.abc import Iterator

import numpy as np

from service.descent.answers.explanation import Verdict
from service.descent.answers.results import BestRun, Run, Sweep
from service.descent.errors import NoStartError, finite
from service.descent.judging import observed
from service.descent.judging.verdict import Descent, check_outcome, diverged_at, judge_exact
from service.descent.many_rates import Ends, find_ends
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.questions.specs import SweepSpec, resolved_sweep
from service.descent.task import Task, prepare
from service.descent.watching.recording import HeldOut


def sweep(spec: SweepSpec) -> Sweep:
    """Return one run per rate, the best of the runs, and the exact best rate.

    Raises NotComputableError if the descent cannot start, if a rate is outside the range of the
    precision, or if only the loss on the held-out points overflows.
    """
    task = prepare(spec, spec.precision)
    held_out = task.held_out
    for lr in spec.lrs:
        task.rate(lr)
    ends = find_ends(task, spec, held_out)
    if ends.step.min() < 0:
        raise NoStartError
    made = list(descents(spec, ends, held_out))
    for descent in made:
        check_outcome(task.exact_problem, descent)
    runs = [
        _run(descent, verdict(task, descent, ends, row), finite_part(spec, ends, row))
        for row, descent in enumerate(made)
    ]
    return Sweep(
        runs=runs,
        best=best(runs),
        exact=exact(task.exact_problem, held_out) if task.exact_problem else None,
        resolved=resolved_sweep(spec, scale=task.curves.scale),
    )


def descents(spec: SweepSpec, ends: Ends, held_out: HeldOut | None) -> Iterator[Descent]:
    """Yield how each rate ended, in the order of the request."""
    validation = [None] * len(spec.lrs) if held_out is None else held_out.loss(ends.params).tolist()
    for lr, last, loss, held in zip(
        spec.lrs, ends.step.tolist(), ends.loss.tolist(), validation, strict=True
    ):
        yield Descent(
            lr=lr,
            steps=spec.steps,
            loss=loss,
            diverged_at=diverged_at(last, spec.steps),
            validation=held,
        )


def verdict(task: Task, descent: Descent, ends: Ends, row: int) -> Verdict:
    """Return the verdict on one rate: computed if there is a closed form, observed otherwise."""
    if ends.seen is not None:
        return observed.judge(task, descent, ends.seen[row])
    assert task.exact_problem
    return judge_exact(task.exact_problem, descent)


def _run(descent: Descent, verdict: Verdict, losses: list[float] | None) -> Run:
    return Run(
        lr=descent.lr,
        loss=descent.loss,
        validation_loss=descent.validation,
        outcome=descent.outcome,
        diverged_at=descent.diverged_at,
        verdict=verdict,
        losses=losses,
    )


def finite_part(spec: SweepSpec, ends: Ends, row: int) -> list[float] | None:
    """Return the losses of one rate as a fit would report them, or None if they are not requested.

    They are the losses recorded up to the last finite step, and the loss of that step.
    """
    if ends.losses is None:
        return None
    last, losses = int(ends.step[row]), ends.losses[row]
    if last == spec.steps:
        return list(losses.tolist())
    recorded = list(losses[: last // spec.every + 1].tolist())
    return recorded if last % spec.every == 0 else [*recorded, float(ends.loss[row])]


def best(runs: list[Run]) -> BestRun | None:
    """Return the run with the lowest validation loss, or None if every rate diverged. Without
    held-out points, compare the losses.
    """
    completed = [run for run in runs if run.outcome == "completed"]
    lowest = min(
        completed,
        key=lambda run: run.loss if run.validation_loss is None else run.validation_loss,
        default=None,
    )
    return BestRun(lowest.lr, lowest.loss, lowest.validation_loss) if lowest else None


def exact(problem: QuadraticProblem, held_out: HeldOut | None) -> BestRun:
    """Return the rate below the limit that ends lowest, with its losses."""
    outlook = problem.outlook
    end = problem.closed_form(problem.best).params(np.array([[float(outlook.steps)]]))
    validation = (
        None
        if held_out is None
        else finite(held_out.loss(end).tolist(), "losses on the held-out points")[0]
    )
    return BestRun(problem.best, outlook.lowest + outlook.left_at_best, validation)
