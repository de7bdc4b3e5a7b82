"""The kinds of jobs: their questions, and the settings of those about a file."""

from collections.abc import Mapping
from typing import Literal

from service.descent.questions.file import FitFileSpec, SweepFileSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.series import SeriesFileSpec, SeriesSpec
from service.descent.questions.sweep import SweepSpec

QuestionKind = Literal["fit", "sweep", "series"]
JobQuestion = FitSpec | SweepSpec | SeriesSpec
"""A question that a job can answer."""
QUESTIONS: Mapping[QuestionKind, type[JobQuestion]] = {
    "fit": FitSpec,
    "sweep": SweepSpec,
    "series": SeriesSpec,
}
"""The questions that jobs can answer, by the name of their endpoint."""
FileSettings = FitFileSpec | SweepFileSpec | SeriesFileSpec
"""The settings of a question whose points are a file."""
FILE_SETTINGS: Mapping[QuestionKind, type[FileSettings]] = {
    "fit": FitFileSpec,
    "sweep": SweepFileSpec,
    "series": SeriesFileSpec,
}
"""The settings of the questions about a file, by the name of their endpoint."""
