"""Questions whose points are a file, which a worker reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Annotated, ClassVar

from annotated_types import Ge, Len
from pydantic import Discriminator, Tag
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.methods.bounds import MAX_FILE_POINTS, MAX_ID
from service.descent.methods.option import Option, RuleError
from service.descent.questions.analysis import AnalysisChoices, AnalysisSpec
from service.descent.questions.factors import PortableFactor, SigmaIs
from service.descent.questions.fit import Choices, FitSpec
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points
from service.descent.questions.setting import Question, Setting, converted
from service.descent.questions.sweep import SweepChoices, SweepSpec
from service.descent.questions.table import File


def _kind_of_column(value: object) -> str | None:
    if isinstance(value, str):
        return "~name"
    return "~number" if isinstance(value, int) else None


ColumnName = Annotated[
    Annotated[str, Len(1, MAX_ID), Tag("~name")] | Annotated[int, Ge(1), Tag("~number")],
    Discriminator(
        _kind_of_column,
        custom_error_type="wrong_type",
        custom_error_message="A column is its name, or its number from 1",
    ),
]
"""The name of a column, or its number from 1."""


@dataclass(frozen=True)
class Columns(Option):
    """The columns of a file that hold the points, each by its name or by its number, from 1."""

    t: ColumnName | None = None
    """The column of the times or other positions. If omitted, the first, unless it has no name and
    two more follow: then it has the numbers of the rows, and t is in the second.
    """
    y: ColumnName | None = None
    """The column of the values. If omitted, the second, or the third if t is in the second."""
    weights: ColumnName | None = None
    """The column of the weights. If omitted, all points weigh the same, unless an array in NPY has
    three columns, of which t and y are the first two.
    """
    sigma: ColumnName | None = None
    """The column of the standard deviations of the errors of y, instead of `weights`."""


@dataclass(frozen=True)
class UnreadPoints(Points):
    """The points of a file until a worker reads them. There may be as many as can be in memory."""

    t: bytes = b""
    y: bytes = b""
    file: File = field(kw_only=True)
    wanted: Columns = field(kw_only=True)
    max_seconds: float = field(kw_only=True)
    """The maximum predicted cost of the question in CPU seconds, for when the file is read."""
    in_parts: bool = field(default=False, kw_only=True)
    """True if each part of the file is reduced to a factor."""

    @override
    def __post_init__(self) -> None:
        """Check nothing: the columns are not known yet."""

    @property
    @override
    def compressed(self) -> bool:
        return self.in_parts

    @property
    @override
    def unread(self) -> bool:
        return True

    @override
    def __len__(self) -> int:
        return MAX_FILE_POINTS


@dataclass(frozen=True, kw_only=True)
class FactorSpec(Question):
    """Points to reduce to their factor: those of a part of a file, or of several factors. A part of
    a file can be without a point that counts.
    """

    label: ClassVar[str] = "factor"
    momentum_seconds: ClassVar[float] = 0.0
    """No analysis is made."""


NO_FILE = File("npy", [])


@dataclass(frozen=True, kw_only=True)
class FileSetting(Setting):
    """The settings of a question whose points are a file."""

    asks: ClassVar[type[Question]]
    """The type of the question."""

    columns: Columns = Columns()
    """The columns of the file that hold the points."""
    sigma_is: SigmaIs = "relative"
    """The meaning of the column `sigma`, as in `data` of a request in JSON."""
    synthetic: Annotated[Synthetic | None, SkipJsonSchema()] = None

    def question(self, file: File, max_seconds: float) -> Question:
        """Return the question about the points of a file, at the maximum cost in CPU seconds."""
        return converted(self, self.asks, data=self._unread(file, max_seconds))

    def part(self, file: File, max_seconds: float) -> FactorSpec:
        """Return the question for the factor of a part of a file."""
        return converted(self, FactorSpec, data=self._unread(file, max_seconds))

    def merging(self, factors: Sequence[PortableFactor]) -> FactorSpec:
        """Return the question for the factor of the points of these factors."""
        return converted(self, FactorSpec, data=Points(factors=(*factors,)))

    def merged(self, factors: Sequence[PortableFactor]) -> Question:
        """Return the question about the points of these factors."""
        return converted(self, self.asks, data=Points(factors=(*factors,)))

    def check_parts(self) -> None:
        """Check that the factors of the parts of a file are enough for the question. Raises
        RuleError.
        """
        points = replace(self._unread(NO_FILE, inf), in_parts=True)
        converted(self, self.asks, data=points).check()

    def _unread(self, file: File, max_seconds: float) -> UnreadPoints:
        return UnreadPoints(
            sigma_is=self.sigma_is, file=file, wanted=self.columns, max_seconds=max_seconds
        )

    def check(self) -> None:
        """Check that the settings go together. Raises RuleError."""
        if self.synthetic is not None:
            message = "The points are those of the file: leave `synthetic` out"
            raise RuleError("conflicting_fields", message, pointer="/synthetic")
        self.question(NO_FILE, inf).check()


@dataclass(frozen=True, kw_only=True)
class FitFileSpec(FileSetting, Choices):
    """The settings of a fit whose points are a file."""

    asks: ClassVar[type[Question]] = FitSpec


@dataclass(frozen=True, kw_only=True)
class SweepFileSpec(FileSetting, SweepChoices):
    """The settings of a sweep whose points are a file."""

    asks: ClassVar[type[Question]] = SweepSpec


@dataclass(frozen=True, kw_only=True)
class AnalysisFileSpec(FileSetting, AnalysisChoices):
    """The settings of an analysis whose points are a file."""

    asks: ClassVar[type[Question]] = AnalysisSpec
