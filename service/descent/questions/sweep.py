"""Sweeps: the same fit at several rates."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from annotated_types import MaxLen
from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.methods.option import RuleError, kept
from service.descent.questions import cost
from service.descent.questions.options import PartOfLimit, Rates, Scale, Solver
from service.descent.questions.records import (
    LAST_STEPS,
    MAX_STEPS_KEPT,
    RecordedQuestion,
    Recording,
)
from service.descent.questions.setting import converted

VALUES_AT_ONCE = 2_000_000
"""The number of values that the loop holds at once, of the points or of the steps that it keeps."""


@dataclass(frozen=True, kw_only=True)
class SweepChoices(Recording):
    """The settings of a sweep, without its points."""

    lrs: Rates
    """The learning rates to compare: a list, a range, or parts of the limit."""
    include: Annotated[
        tuple[Literal["losses"], ...], kept(Annotated[list[Literal["losses"]], MaxLen(1)], tuple)
    ] = ()
    """losses: the loss at each recorded step, for each rate."""


@dataclass(frozen=True, kw_only=True)
class ResolvedSweep(SweepChoices):
    """A sweep request with every default and every open choice resolved, without its points."""

    lrs: tuple[float, ...]
    """The learning rates that are compared."""
    seed: int = field()
    scale: Scale = field()
    solver: Solver = field()
    record_every: int = field()


@dataclass(frozen=True, kw_only=True)
class SweepSpec(SweepChoices, RecordedQuestion):
    """The same fit at several rates. There is no `stop`, because a rule that stops only some of
    them would make the results incomparable.
    """

    label: ClassVar[str] = "sweep"
    advice: ClassVar[str] = "Ask for fewer rates, or send fewer points"

    @property
    def records_in_answer(self) -> int:
        """The number of recorded steps that the answer holds: only the last, unless `losses` are
        included.
        """
        return self.records if "losses" in self.include else 1

    @property
    def numbers_in_answer(self) -> int:
        """The number of numbers that the answer holds for the records of all rates."""
        return len(self.lrs) * self.records_in_answer

    @property
    @override
    def seconds(self) -> float:
        rates, model = len(self.lrs), self.model
        seconds = super().seconds + rates * self._rate_seconds
        seconds += cost.NUMBER_SECONDS * self.numbers_in_answer
        if self.chosen_solver == "exact":
            maps = self.numbers_in_answer if self.exact_momentum else 0
            return seconds + cost.MAP_SECONDS * maps + rates * self.swung_seconds
        groups, call = -(-rates // self.rates_at_once), cost.STACKED * model.call_seconds
        step = groups * (self.call_seconds + call)
        step += rates * (cost.LANE_SECONDS * model.size + self.pass_seconds(self.rows))
        curves = cost.FORWARD * (groups * call + rates * self.pass_seconds(self.n))
        evaluation = groups * cost.RECORD_SECONDS["loop"] + curves
        if self.validation:
            step += evaluation
        if self.batch_size:
            seconds += (self.records + 1) * evaluation  # each rate ends with one more
        return seconds + (self.steps + 1) * step

    @property
    def _rate_seconds(self) -> float:
        """The predicted CPU seconds of the end of one rate and of its verdict."""
        seconds = cost.RATE_SECONDS[self.chosen_solver]
        if self.batch_size:  # each rate is compared with the same descent on all points
            seconds += cost.RATE_SECONDS["loop"]
        if self.with_all_points.exact_momentum:
            seconds += cost.REACH_SECONDS
        if self.validation and self.computable:
            swinging = self.exact_momentum is not None
            seconds += cost.COMPARED_SWINGING_SECONDS if swinging else cost.COMPARED_SECONDS
            seconds += self.point_seconds * (self.n - self.seen)
        if not self.loss.in_closed_form:  # R² is that of the squares of all points
            seconds += self.point_seconds * self.seen
        return seconds

    @property
    def rates_at_once(self) -> int:
        """The number of rates that the loop makes steps for together, so that their values fit into
        memory.
        """
        steps_kept = MAX_STEPS_KEPT if self.batch_size else LAST_STEPS
        values = max(self.seen * self.model.width, 2 * steps_kept * self.model.size)
        return max(1, VALUES_AT_ONCE // values)

    @property
    @override
    def computes_rate(self) -> bool:
        return isinstance(self.lrs[0], PartOfLimit)

    @override
    def check(self) -> None:
        super().check()
        if self.computes_rate:
            self._check_limit("/lrs")
        if self.listed_rates:
            message = "A sweep has its own rates: use a `schedule` that is relative to them"
            raise RuleError("conflicting_fields", message, pointer="/schedule")

    def resolved(self, *, lrs: tuple[float, ...], scale: Scale) -> ResolvedSweep:
        """Return the sweep as it is run, without its points."""
        return converted(
            self,
            ResolvedSweep,
            lrs=lrs,
            scale=scale,
            solver=self.chosen_solver,
            record_every=self.every,
        )
