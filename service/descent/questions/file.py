"""Questions whose points are a file, which a worker reads."""

from dataclasses import dataclass, field
from math import inf
from typing import Annotated, ClassVar

from annotated_types import Ge, Len
from pydantic import Discriminator, Tag
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.methods.bounds import MAX_FILE_POINTS, MAX_ID
from service.descent.methods.option import Option, RuleError
from service.descent.questions.analysis import AnalysisChoices, AnalysisSpec
from service.descent.questions.factors import SigmaIs
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
    """The points of a file until a worker reads them. There may be as many as a file can have."""

    t: bytes = b""
    y: bytes = b""
    file: File = field(kw_only=True)
    wanted: Columns = field(kw_only=True)
    max_seconds: float = field(kw_only=True)
    """The maximum predicted cost of the question in CPU seconds, for when the file is read."""

    @override
    def __post_init__(self) -> None:
        """Check nothing: the columns are not known yet."""

    @property
    @override
    def unread(self) -> bool:
        return True

    @override
    def __len__(self) -> int:
        return MAX_FILE_POINTS


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
        points = UnreadPoints(
            sigma_is=self.sigma_is, file=file, wanted=self.columns, max_seconds=max_seconds
        )
        return converted(self, self.asks, data=points)

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
