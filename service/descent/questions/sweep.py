"""Sweeps: the same fit at several rates."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from annotated_types import MaxLen
from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.methods.option import RuleError, kept
from service.descent.questions import cost
from service.descent.questions.options import PartOfLimit, Rates, Scale, Solver
from service.descent.questions.records import RecordedQuestion, Recording
from service.descent.questions.setting import converted


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
        rates, swept = len(self.lrs), 0.0
        step, record, rate = self.step_seconds, self.evaluation_seconds, cost.RATE_SECONDS
        if self.chosen_solver == "loop":
            swept = cost.SWEPT_SECONDS * rates * self.model.swept
            if self.validation:
                step += cost.WATCHED_SECONDS["loop"]
        if self.batch_size:
            record += swept * self.n
        if self.with_all_points.exact_momentum:
            rate += cost.SWUNG_SECONDS * self.model.size
        return super().seconds + (
            (step + swept * self.rows) * (self.steps + 1)
            + record * self.records
            + rate * rates
            + cost.NUMBER_SECONDS * self.numbers_in_answer
        )

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
