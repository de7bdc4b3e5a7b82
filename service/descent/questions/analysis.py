"""Analyses: what is known of a descent without a step."""

from dataclasses import dataclass, field
from typing import ClassVar

from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.questions.options import PartOfLimit, Rate, Scale
from service.descent.questions.setting import Question, Setting, converted


@dataclass(frozen=True, kw_only=True)
class AnalysisChoices(Setting):
    """The settings of an analysis, without its points."""

    lr: Rate | None = None
    """The learning rate to judge. If omitted, the answer is about all rates."""


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

    def resolved(self, *, lr: float | None, scale: Scale) -> ResolvedAnalysis:
        """Return the analysis as it is made, without its points."""
        return converted(self, ResolvedAnalysis, lr=lr, scale=scale)
