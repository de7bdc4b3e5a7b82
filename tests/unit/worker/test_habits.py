"""Files as programs and spreadsheets write them are fitted right, or refused with the place."""

import re
import sys
from fractions import Fraction
from itertools import chain
from math import inf
from pickle import PickleBuffer

import pytest

from service.descent.answers.results import Optimum
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.option import RuleError
from service.descent.points.file import FilePoints
from service.descent.questions.file import Columns, FitFileSpec, UnreadPoints
from service.descent.questions.points import Stamps, numbers
from service.descent.questions.setting import Question
from service.descent.questions.table import File
from service.worker.answers import Answered, answer
from service.worker.files import question_of_file
from tests.support.habits.programs import programs, refused_of_r
from tests.support.habits.spreadsheets import refused_sheets, spreadsheets
from tests.support.habits.tables import refused_tables, tables
from tests.support.habits.written import SECOND, Sample, Written
from tests.support.oracle import least_squares

SEED = 42
PLACE = re.compile(
    r"(?i)\bline \d+|\brow \d+|\bcolumns?\b|the first line|does not begin|does not end"
    r"|The file is (empty|in UTF-16)|The file has no points|No point is left"
    r"|The array must have|at most \d+ points"
)
"""The place of a fault. Some are the whole file."""
CLOSE = 1e-9
"""The relative error of an optimum. The least that doubles allow is some 1e-15 times the condition
of the points.
"""


def all_samples() -> list[Sample]:
    """Files, each with its points or, if it must be refused, without."""
    texts = [*refused_of_r(SEED), *refused_sheets()]
    return [
        *programs(SEED),
        *spreadsheets(SEED),
        *tables(SEED),
        *(Sample(name, "csv", content, None, Columns()) for name, content in texts),
        *(
            Sample(f"{name}, {kind}", kind, content, None, Columns())
            for name, kind, content in refused_tables(SEED)
        ),
    ]


def outcome(sample: Sample) -> str:
    """Return what comes of a file: "fitted", "refused with its place", or what is wrong."""
    spec = FitFileSpec(columns=sample.columns, model=Polynomial(degree=1), seed=1, steps=1)
    question = spec.question(File(sample.kind, [PickleBuffer(sample.content)]), inf)
    assert isinstance(question.data, UnreadPoints)
    try:
        read = question_of_file(question, question.data)
    except RuleError as error:
        if sample.written is not None:
            return f"refused: {error}"
        return "refused with its place" if PLACE.search(str(error)) else f"no place: {error}"
    if sample.written is None:
        return "fitted, but must be refused"
    assert isinstance(read.data, FilePoints)
    if exactly(read.data) != known(sample.written):
        return "other points"
    return "fitted" if is_right(read, sample.written) else "another curve"


def exactly(points: FilePoints) -> tuple[bool, list[Fraction], list[Fraction]]:
    """Return whether points are stamped, and their t and y."""
    t, y = ([*map(Fraction, numbers(column))] for column in (points.t, points.y))
    return isinstance(points.t, Stamps), t, y


def known(written: Written) -> tuple[bool, list[Fraction], list[Fraction]]:
    """Return the same of the points that were written and are not missing."""
    pairs = [pair for pair in zip(written.t, written.y, strict=True) if None not in pair]
    return written.stamped, [Fraction(t) for t, _ in pairs], [Fraction(y or 0) for _, y in pairs]


def is_right(question: Question, written: Written) -> bool:
    """Return whether the optimum of a question is that of the points, in exact arithmetic."""
    *_, answered = answer(question)
    assert isinstance(answered, Answered)
    assert isinstance(answered.content, dict)
    optimum = answered.content["optimum"]
    assert isinstance(optimum, Optimum)
    stamped, t, y = known(written)
    t = [each / SECOND for each in t] if stamped else t
    a, b = map(float, least_squares(t, y, 1))  # type: ignore[arg-type]  # they are exact
    spread, height = float(max(t) - min(t)), max(map(abs, map(float, y)))
    far = max(abs(float(each)) for each in t)
    error = CLOSE * height / spread
    return bool(
        abs(optimum.params["a"] - a) <= error
        and abs(optimum.params["b"] - b) <= error * (far + spread)
    )


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[str]]:
    """The names of the files by their outcome."""
    found: dict[str, list[str]] = {}
    for sample in all_samples():
        found.setdefault(outcome(sample), []).append(f"{sample.name} ({sample.kind})")
    counts = {name: len(files) for name, files in found.items()}
    sys.stdout.write(f"\n{counts}\n")
    return found


def test_each_file_is_fitted_right_or_refused_with_the_place(
    outcomes: dict[str, list[str]],
) -> None:
    assert {*outcomes} == {"fitted", "refused with its place"}, outcomes


def test_there_are_five_hundred_files(outcomes: dict[str, list[str]]) -> None:
    assert len([*chain(*outcomes.values())]) >= 500
