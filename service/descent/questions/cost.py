"""The predicted cost of a question: CPU seconds, and numbers in the answer.

The constants are meant as upper estimates: a request that is rejected can be made smaller,
but a fit that takes longer than predicted keeps others waiting. `make calibrate` measures each of
them again, by an experiment of `benchmarks/costs.py` that isolates it, and compares predictions of
whole questions with what they take. docs/reference/costs.md has the last measurement: where its
ratio is below 1, the value is too low for that machine.
"""

from service.descent.methods.optimizers.sgd import Sgd
from service.descent.questions.specs import FitSpec, PictureSpec, Question, SweepSpec

QUESTION_SECONDS = 8e-4
"""Seconds per question: reading it, the analysis and the verdict of few points, and the answer.
They are most of the cost of a small fit.
"""
MOMENTUM_SECONDS, SWUNG_SECONDS = 0.1, 0.003
"""Seconds per coefficient with momentum: for an analysis, whose rates are found by a numerical
search, and for each rate of a sweep.
"""
POINT_SECONDS = 1e-8
"""Seconds per point and pair of coefficients, for the QR decomposition of all points."""
STEP_SECONDS = {"loop": 1.5e-4, "exact": 0.0}
"""Seconds per step of few points, by solver. The loop calls torch a dozen times. The closed form
computes only the steps that are recorded.
"""
BATCH_SECONDS, DRAWN_SECONDS = 5e-5, 4e-8
"""Seconds per batch, and per point in it, for drawing the points and copying them together."""
EVALUATED_SECONDS = 1e-4
"""Seconds per step at which the loss of all points is computed in addition to the loss of a batch:
a second forward pass.
"""
WATCHED_SECONDS = {"loop": 1.5e-4, "exact": 2e-6}
"""Seconds per step, by solver, if every step is checked and not only the recorded ones. The closed
form computes these steps in blocks.
"""
SHARPNESS_STEPS, SHARPNESS_POINTS = 120, 1000
"""The number of steps that cost as much as finding the sharpness at the start and at the end, by
Lanczos iterations, and the largest number of points that the sharpness uses.
"""
MEAN_SQUARE_SECONDS = 2e-9
"""Seconds per point and fourth power of the number of coefficients. With independent batches, the
mean square of the distance to the optimum follows from a matrix of pairs of coefficients.
"""
SWEPT_SECONDS = 5e-8
"""Seconds per step, point and rate of a sweep by the loop, which makes all rates at once; for a
network, also per hidden unit.
"""
RATE_SECONDS = 1e-4
"""Seconds per rate of a sweep, for its end and its verdict."""
RECORD_SECONDS = 1e-6
"""Seconds per recorded step in closed form, without the numbers of the record."""
NUMBER_SECONDS = 3e-7
"""Seconds per number of the answer, which is computed, checked and written as JSON."""
PICTURE_SECONDS = 0.5
"""Seconds per picture: matplotlib draws three panels and their labels."""


def seconds(question: Question) -> float:
    """Return the predicted CPU seconds: an upper estimate on a slow core."""
    once = QUESTION_SECONDS + _analysis_seconds(question)
    if isinstance(question, FitSpec):
        picture = PICTURE_SECONDS if isinstance(question, PictureSpec) else 0.0
        return once + _fit_seconds(question) + picture
    return once + _sweep_seconds(question) if isinstance(question, SweepSpec) else once


def _analysis_seconds(question: Question) -> float:
    p = question.model.size
    if not question.quadratic:
        return SHARPNESS_STEPS * (
            STEP_SECONDS["loop"] + question.model.pass_seconds(min(question.n, SHARPNESS_POINTS))
        )
    seconds = POINT_SECONDS * question.n * p * p
    if _swings(question):
        seconds += MOMENTUM_SECONDS * p
    if not question.computable and question.batches == "independent":
        seconds += MEAN_SQUARE_SECONDS * question.n * p**4
    return seconds


def _swings(question: Question) -> bool:
    """Return True if the closed form of this question includes momentum."""
    return (
        isinstance(question.optimizer, Sgd)
        and question.optimizer.momentum > 0
        and question.computable
    )


def _fit_seconds(spec: FitSpec) -> float:
    watched = WATCHED_SECONDS[spec.chosen_solver] * spec.steps if spec.watched else 0.0
    evaluated = _evaluation_seconds(spec) * (spec.steps if spec.watched else spec.records)
    return (
        _step_seconds(spec) * spec.steps
        + watched
        + evaluated
        + RECORD_SECONDS * spec.records
        + NUMBER_SECONDS * numbers(spec)
    )


def _sweep_seconds(spec: SweepSpec) -> float:
    rates = len(spec.lrs)
    step = _step_seconds(spec) + (
        WATCHED_SECONDS["loop"] if spec.validation and spec.chosen_solver == "loop" else 0.0
    )
    swept = SWEPT_SECONDS * rates * spec.model.swept if spec.chosen_solver == "loop" else 0.0
    evaluated = _evaluation_seconds(spec) + (swept * spec.n if spec.batch_size else 0.0)
    rate = RATE_SECONDS + (SWUNG_SECONDS * spec.model.size if _swings(spec) else 0.0)
    return (
        (step + swept * _rows(spec)) * (spec.steps + 1)
        + evaluated * spec.records
        + rate * rates
        + NUMBER_SECONDS * numbers(spec)
    )


def _step_seconds(spec: FitSpec | SweepSpec) -> float:
    """Return the seconds of one update."""
    if spec.chosen_solver == "exact":
        return 0.0
    batch = BATCH_SECONDS + DRAWN_SECONDS * spec.batch_size if spec.batch_size else 0.0
    return (
        STEP_SECONDS["loop"]
        + spec.optimizer.update_seconds
        + batch
        + spec.model.pass_seconds(_rows(spec))
    )


def _evaluation_seconds(spec: FitSpec | SweepSpec) -> float:
    """Return the seconds to compute the loss of all points, or 0 if every step sees all points."""
    return EVALUATED_SECONDS + spec.model.pass_seconds(spec.n) if spec.batch_size else 0.0


def _rows(spec: Question) -> int:
    """Return the number of points that a step sees."""
    return spec.batch_size or spec.n


def numbers(spec: FitSpec | SweepSpec) -> int:
    """Return how many numbers the answer holds: records x columns, plus the data and `at`."""
    if isinstance(spec, SweepSpec):
        return len(spec.lrs) * records(spec)
    once = 2 * spec.n if "data" in spec.reported else 0
    return spec.records * columns(spec) + once + len(spec.at or ())


def records(spec: FitSpec | SweepSpec) -> int:
    """Return how many recorded steps the answer holds: for a sweep only the last, unless `losses`
    are included.
    """
    return 1 if isinstance(spec, SweepSpec) and "losses" not in spec.include else spec.records


def columns(spec: FitSpec) -> int:
    """Return how many numbers a fit returns for each recorded step."""
    losses = 1 + (spec.validation is not None) + (spec.batch_size is not None)
    if not spec.reported:
        return losses
    p = spec.model.size
    widths = {"params": p, "gradients": p, "predictions": spec.n, "data": 0}
    history = sum(widths[name] for name in set(spec.reported))
    return losses + 1 + history if history else losses
