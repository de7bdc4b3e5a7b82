"""What a question will cost, before it is asked: predicted CPU seconds and numbers in the answer."""

from service.descent.spec import FitSpec, PictureSpec, Question, SweepSpec

QUESTION_SECONDS = 8e-4
POINT_SECONDS = 1e-8
"""Of each point and each pair of coefficients: the QR."""
STEP_SECONDS = {"loop": 1.5e-4, "exact": 0.0}
STEP_SECONDS_PER_ENTRY = {"loop": 3e-9, "exact": 0.0}
WATCHED_SECONDS = {"loop": 1.5e-4, "exact": 2e-6}
"""Of each step, where every one is looked at."""
SWEPT_SECONDS = {"loop": 5e-8, "exact": 0.0}
"""Of each point at each rate, in each step of a sweep."""
RATE_SECONDS = 1e-4
RECORD_SECONDS = 1e-6
NUMBER_SECONDS = 3e-7
PICTURE_SECONDS = 0.5


def seconds(question: Question) -> float:
    """Predicted CPU seconds: an upper estimate on a slow core."""
    p = len(question.names)
    once = QUESTION_SECONDS + POINT_SECONDS * question.n * p * p
    if isinstance(question, FitSpec):
        picture = PICTURE_SECONDS if isinstance(question, PictureSpec) else 0.0
        return once + _fit_seconds(question) + picture
    return once + _sweep_seconds(question) if isinstance(question, SweepSpec) else once


def _fit_seconds(spec: FitSpec) -> float:
    watched = WATCHED_SECONDS[spec.solver] * spec.steps if spec.watched else 0.0
    return _step_seconds(spec) * spec.steps + watched + RECORD_SECONDS * spec.records + NUMBER_SECONDS * numbers(spec)


def _sweep_seconds(spec: SweepSpec) -> float:
    rates = len(spec.lrs)
    step = (
        _step_seconds(spec)
        + SWEPT_SECONDS[spec.solver] * spec.n * rates
        + (WATCHED_SECONDS["loop"] if spec.validation and spec.solver == "loop" else 0.0)
    )
    return step * (spec.steps + 1) + RATE_SECONDS * rates + NUMBER_SECONDS * numbers(spec)


def _step_seconds(spec: FitSpec | SweepSpec) -> float:
    return STEP_SECONDS[spec.solver] + STEP_SECONDS_PER_ENTRY[spec.solver] * spec.n * len(spec.names)


def numbers(spec: FitSpec | SweepSpec) -> int:
    """Numbers in the answer: records x columns, and what is told once."""
    if isinstance(spec, SweepSpec):
        return len(spec.lrs) * records(spec)
    once = 2 * spec.n if "data" in spec.told else 0
    return spec.records * columns(spec) + once + len(spec.at or ())


def records(spec: FitSpec | SweepSpec) -> int:
    """Recorded steps in the answer; of a sweep the last alone, unless all are asked for."""
    return 1 if isinstance(spec, SweepSpec) and "losses" not in spec.include else spec.records


def columns(spec: FitSpec) -> int:
    """Numbers in the answer of a fit for each recorded step."""
    losses = 1 if spec.validation is None else 2
    if not spec.told:
        return losses
    p = len(spec.names)
    widths = {"params": p, "gradients": p, "predictions": spec.n, "data": 0}
    history = sum(widths[name] for name in set(spec.told))
    return losses + 1 + history if history else losses
