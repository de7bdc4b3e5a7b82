"""The base type of questions whose steps are recorded: fits and sweeps."""

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Annotated

from annotated_types import Ge, Le
from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.methods.bounds import MAX_STEPS
from service.descent.methods.option import RuleError
from service.descent.questions import cost
from service.descent.questions.options import AnySolver, Precision, Solver
from service.descent.questions.setting import (
    DEFAULT_RECORDS,
    STEPS_AHEAD,
    SWUNG_STEPS,
    Question,
    Setting,
)

MAX_RECORDS, MAX_NUMBERS = 1_000_000, 2_000_000
"""The maximum number of recorded steps, and of numbers, in one answer."""
NUMBER_BYTES = 25
"""The most bytes of a number in JSON, with its comma."""
MAX_STEPS_KEPT, LAST_STEPS = 200, 10
"""The maximum number of steps kept between two records, and the number of last steps whose turns
are observed. The former are needed because the loss of all points can overflow before the loss of a
batch shows it.
"""
LEAST_NORMAL = {"float64": 2.0**-1022, "float32": 2.0**-126}
"""The smallest numbers that are not subnormal."""


@dataclass(frozen=True, kw_only=True)
class Recording(Setting):
    """The method of a descent, and the steps that it reports."""

    solver: AnySolver = "auto"
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies.
    """
    precision: Precision = "float64"
    """float32 is the arithmetic of the lecture. It implies the loop."""
    record_every: Annotated[int, Ge(1), Le(MAX_STEPS)] | None = None
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
    """

    @property
    def chosen_solver(self) -> Solver:
        """The solver that is used."""
        if self.solver != "auto":
            return self.solver
        return "exact" if self.precision == "float64" and self.computable else "loop"

    @property
    def every(self) -> int:
        """The number of steps between records."""
        return self.record_every or -(-self.steps // DEFAULT_RECORDS)

    @property
    def recorded(self) -> list[int]:
        """The numbers of the recorded steps."""
        return recorded(self.steps, self.every)

    @property
    def records(self) -> int:
        """The number of recorded steps: every `every`-th step from step 0, and the last."""
        return 1 + -(-self.steps // self.every)


def recorded(steps: int, every: int) -> list[int]:
    """Return the recorded steps: every `every`-th step from step 0, and the last."""
    return [*range(0, steps, every), steps]


@dataclass(frozen=True, kw_only=True)
class RecordedQuestion(Recording, Question):
    """A question whose answer has records of the steps."""

    @property
    def swung_seconds(self) -> float:
        """The predicted CPU seconds for the highest loss of a descent with momentum in closed form:
        it is not computed for more steps than `SWUNG_STEPS`.
        """
        if self.exact_momentum is None or self.steps > SWUNG_STEPS:
            return 0.0
        return cost.SWUNG_SECONDS * self.model.size * (self.steps + STEPS_AHEAD)

    @property
    @override
    def advice_if_too_large(self) -> str:
        every = self.smallest_record_every
        if every <= self.steps:
            return f"Set `record_every` to {every} or more"
        return "Ask for fewer columns in `include`, or send fewer points"

    @property
    @override
    def records_in_answer(self) -> int:
        return self.records

    @property
    def smallest_record_every(self) -> int:
        """The smallest `record_every` within the limits, or a number above `steps`."""

        def fits(every: int) -> bool:
            thinned = replace(self, record_every=every)
            records, numbers = thinned.records_in_answer, thinned.numbers_in_answer
            return records <= MAX_RECORDS and numbers <= MAX_NUMBERS

        return 1 + bisect_left(range(1, self.steps + 1), 1, key=fits)

    @property
    def call_seconds(self) -> float:
        """The predicted CPU seconds of one update by the loop, without the model."""
        seconds = cost.STEP_SECONDS + self.optimizer.update_seconds
        if self.batch_size:
            seconds += cost.DRAWN_SECONDS * self.batch_size
        return seconds

    def pass_seconds(self, rows: int) -> float:
        """Return the predicted CPU seconds that `rows` points add to both passes of the loop."""
        return self.slowness * self.model.pass_seconds(rows)

    @property
    def slowness(self) -> float:
        """The factor by which subnormal numbers slow down a pass; 1 for ordinary points.

        They are small enough if squares of y, or the products of the highest powers of t, can be
        subnormal. Standardized t are not small.
        """
        least = LEAST_NORMAL[self.precision]
        points = self.synthetic if self.data is None else self.data
        assert points is not None
        if points.y_within(least**0.5):
            return cost.SUBNORMAL_Y
        small = least ** (0.9 / (self.model.size - 1))
        if self.polynomial and self.chosen_scale == "none" and points.t_within(small):
            return cost.SUBNORMAL_POWER
        return 1.0

    @property
    def rows(self) -> int:
        """The number of points that a step sees."""
        return self.batch_size or self.n

    @override
    def check(self) -> None:
        super().check()
        if self.chosen_solver == "loop":
            self._check_points("The loop", "/solver" if self.solver == "loop" else "/precision")
        if self.solver != "exact":
            return
        if self.precision == "float32":
            message = "`precision` float32 needs `solver` loop or auto; exact needs float64"
            raise RuleError("conflicting_fields", message)
        if field := self.obstacle:
            message = f"There is no closed form with this `{field}`: set `solver` to loop or auto"
            raise RuleError("conflicting_fields", message, pointer="/solver")
