"""Several rates compared on one problem."""

from collections.abc import Iterator

import numpy as np

from service.descent.batch import Ends, descend
from service.descent.errors import NoStartError, finite
from service.descent.outcome import Descent, check_outcome, diverged_at
from service.descent.problem import Problem, prepare
from service.descent.result import BestRun, Run, Sweep
from service.descent.spec import ResolvedSweep, SweepSpec, without_points
from service.descent.validation import HeldOut, hold_out
from service.descent.verdict import judge


def sweep(spec: SweepSpec) -> Sweep:
    """A row a rate, the best of them, and the best there is.

    Raises NotComputableError where the descent cannot begin, a rate does not fit the precision, or only held-out points leave all numbers.
    """
    problem = prepare(spec, spec.precision)
    held_out = hold_out(problem)
    for lr in spec.lrs:
        problem.rate(lr)
    ends = descend(problem, spec, held_out)
    if ends.step.min() < 0:
        raise NoStartError
    made = list(descents(spec, ends, held_out))
    for descent in made:
        check_outcome(problem, descent)
    runs = [_run(problem, descent, finite_part(spec, ends, row)) for row, descent in enumerate(made)]
    return Sweep(
        runs=runs,
        best=best(runs),
        exact=exact(problem, held_out),
        resolved=without_points(spec, ResolvedSweep, scale=problem.coordinates.kind),
    )


def descents(spec: SweepSpec, ends: Ends, held_out: HeldOut | None) -> Iterator[Descent]:
    """How each rate ended, in the order asked."""
    validation = [None] * len(spec.lrs) if held_out is None else held_out.loss(ends.params).tolist()
    for lr, last, loss, held in zip(spec.lrs, ends.step.tolist(), ends.loss.tolist(), validation, strict=True):
        yield Descent(lr=lr, steps=spec.steps, loss=loss, diverged_at=diverged_at(last, spec.steps), validation=held)


def _run(problem: Problem, descent: Descent, losses: list[float] | None) -> Run:
    return Run(
        lr=descent.lr,
        loss=descent.loss,
        validation_loss=descent.validation,
        outcome=descent.outcome,
        diverged_at=descent.diverged_at,
        verdict=judge(problem, descent),
        losses=losses,
    )


def finite_part(spec: SweepSpec, ends: Ends, row: int) -> list[float] | None:
    """The losses of one rate as a fit would tell them: those recorded up to its last finite step, and that one. None unless asked for."""
    if ends.losses is None:
        return None
    last, losses = int(ends.step[row]), ends.losses[row]
    if last == spec.steps:
        return list(losses.tolist())
    recorded = list(losses[: last // spec.record_every + 1].tolist())
    return recorded if last % spec.record_every == 0 else [*recorded, float(ends.loss[row])]


def best(runs: list[Run]) -> BestRun | None:
    """The lowest validation loss, or loss where nothing is held out; None where every rate diverged."""
    completed = [run for run in runs if run.outcome == "completed"]
    lowest = min(completed, key=lambda run: run.loss if run.validation_loss is None else run.validation_loss, default=None)
    return BestRun(lowest.lr, lowest.loss, lowest.validation_loss) if lowest else None


def exact(problem: Problem, held_out: HeldOut | None) -> BestRun:
    """The rate below the limit that ends lowest, and where."""
    outlook = problem.outlook
    end = problem.closed_form(problem.best).params(np.array([[float(outlook.steps)]]))
    validation = None if held_out is None else finite(held_out.loss(end).tolist(), "losses of the points held out")[0]
    return BestRun(problem.best, outlook.lowest + outlook.left_at_best, validation)
