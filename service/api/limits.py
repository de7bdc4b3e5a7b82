"""The limits of the contract, and the problems of fits that exceed them."""

from bisect import bisect_left, bisect_right
from dataclasses import replace

from service.api.problems import Code, Error, ProblemError
from service.descent.questions import cost
from service.descent.questions.options import Form
from service.descent.questions.specs import (
    DEFAULT_RECORDS,
    FitSpec,
    PictureSpec,
    Question,
    SweepSpec,
    converted,
)

MAX_HEAD_BYTES = 32 * 1024
"""The maximum size of the headers of a request, in bytes."""
MAX_HEADERS = 100
MAX_TARGET_BYTES = 8 * 1024
"""The maximum size of the path and query of a request, in bytes."""
MAX_RECORDS = 1_000_000
MAX_NUMBERS = 2_000_000
MAX_METADATA = 16
MAX_NAME = 64
MAX_NOTE = 512
"""The maximum length of a value in the metadata, in characters. `MAX_NAME` is that of a name."""
MAX_KEY = 255
MAX_PAGE = 100


def check_answer(spec: FitSpec | SweepSpec) -> None:
    """Raise ProblemError if the answer would hold too many records or numbers."""
    for limit, given in ((MAX_RECORDS, cost.records(spec)), (MAX_NUMBERS, cost.numbers(spec))):
        if given > limit:
            every = _smallest_record_every(spec)
            detail = (
                f"Set `record_every` to {every} or more."
                if every <= spec.steps
                else "Ask for fewer columns in `include`, or send fewer points."
            )
            raise _crossed(Code.ANSWER_TOO_LARGE, detail, limit=limit, given=given)


def check_cost(question: Question, seconds: float, max_seconds: float) -> None:
    """Raise ProblemError if the predicted CPU seconds exceed the maximum."""
    if seconds > max_seconds:
        steps = _largest_steps(question, max_seconds)
        fewer = (
            "Ask for fewer rates, or send fewer points."
            if isinstance(question, SweepSpec)
            else "Send fewer points."
        )
        detail = f"Set `steps` to {steps} or less." if steps else fewer
        raise _crossed(Code.COST_OVER_BUDGET, detail, limit=max_seconds, given=round(seconds, 3))


def drawn(spec: FitSpec, form: Form) -> PictureSpec:
    """Return the fit to draw, with the curves of as many steps as the limits allow."""
    asked = replace(spec, include=("predictions", "data"))
    every = max(spec.every, min(_smallest_record_every(asked), spec.steps))
    return converted(asked, PictureSpec, record_every=every, form=form)


def _crossed(code: Code, detail: str, *, limit: float, given: float) -> ProblemError:
    return ProblemError(
        code, detail, errors=[Error(pointer="", code=code, detail=detail)], limit=limit, given=given
    )


def _smallest_record_every(spec: FitSpec | SweepSpec) -> int:
    """Return the smallest `record_every` within the limits, or a number above `steps` if there is
    none.
    """

    def fits(every: int) -> bool:
        thinned = replace(spec, record_every=every)
        return cost.records(thinned) <= MAX_RECORDS and cost.numbers(thinned) <= MAX_NUMBERS

    return 1 + bisect_left(range(1, spec.steps + 1), 1, key=fits)


def _largest_steps(question: Question, max_seconds: float) -> int:
    """Return the largest affordable number of steps, or 0 if not even one step is affordable.

    At a multiple of 10,000 steps there are more records than slightly above it, so the multiple is
    checked as well.
    """

    def seconds(steps: int) -> float:
        return max(
            cost.seconds(_with_steps(question, each))
            for each in {steps, steps - steps % DEFAULT_RECORDS or steps}
        )

    return bisect_right(range(1, question.steps + 1), max_seconds, key=seconds)


def _with_steps(question: Question, steps: int) -> Question:
    """Return the same question with fewer steps."""
    if isinstance(question, PictureSpec):
        return drawn(replace(question, steps=steps, record_every=None), question.form)
    return replace(question, steps=steps)
