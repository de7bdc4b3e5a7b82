"""Analyses: what is known of a descent without a step."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from annotated_types import MaxLen
from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.methods.option import RuleError, kept
from service.descent.questions.options import PartOfLimit, Rate, Scale
from service.descent.questions.setting import Question, Setting, converted


@dataclass(frozen=True, kw_only=True)
class AnalysisChoices(Setting):
    """The settings of an analysis, without its points."""

    lr: Rate | None = None
    """The learning rate to judge. If omitted, the answer is about all rates."""
    include: Annotated[
        tuple[Literal["factor"], ...], kept(Annotated[list[Literal["factor"]], MaxLen(1)], tuple)
    ] = ()
    """factor: the points in compressed form, which stands for them in later requests. It exists for
    polynomials and `mse`.
    """


@dataclass(frozen=True, kw_only=True)
class ResolvedAnalysis(Setting):
    """An analysis request with every default and every open choice resolved, without its points."""

    lr: float | None = None
    """The learning rate that is judged. Absent if the request has none."""
    seed: int = field()
    scale: Scale = field()


@dataclass(frozen=True, kw_only=True)
class AnalysisSpec(AnalysisChoices, Question):
    """Points and the descent to analyse."""

    label: ClassVar[str] = "analysis"
    sharpnesses: ClassVar[int] = 1

    @property
    def chosen_lr(self) -> Rate | None:
        """The learning rate that is judged, or None."""
        return None if self.lr is None else self.first_rate(self.lr)

    @property
    @override
    def computes_rate(self) -> bool:
        return isinstance(self.chosen_lr, str | PartOfLimit)

    @override
    def check(self) -> None:
        super().check()
        self._check_rate(self.lr)
        if self.include and not self.quadratic:
            message = "`include` factor belongs to least squares: it needs a polynomial and mse"
            raise RuleError("conflicting_fields", message, pointer="/include")

    def resolved(self, *, lr: float | None, scale: Scale) -> ResolvedAnalysis:
        """Return the analysis as it is made, without its points."""
        return converted(self, ResolvedAnalysis, lr=lr, scale=scale)
