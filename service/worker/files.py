"""The points of files: those of one question, and those of many series."""

from dataclasses import replace

from service.descent.methods.option import RuleError
from service.descent.points.file import FileColumns, file_points
from service.descent.questions.budget import affordable
from service.descent.questions.file import Columns, UnreadPoints
from service.descent.questions.series import SeriesQuestion
from service.descent.questions.setting import Question
from service.descent.questions.table import File, Table
from service.worker import npy


def question_of_file(question: Question, unread: UnreadPoints) -> Question:
    """Return a question about the points of a file with these points.

    Raises RuleError if the file cannot be read, or if the question about its points breaks a rule
    or costs too much.
    """
    columns = columns_of(unread.file, unread.wanted)
    points = file_points(columns, unread.sigma_is, is_part=unread.file.extract is not None)
    read = replace(question, data=points)
    read.check()
    affordable(read, unread.max_seconds)
    return read


def columns_of(file: File, wanted: Columns) -> FileColumns:
    """Return the chosen columns of a file. Raises RuleError."""
    content = b"".join(file.pieces)
    if file.kind == "npy":
        return npy.points(content, wanted)
    # Most workers never read Arrow, which takes 0.2 s and 40 MB to import.
    from service.worker import tables  # noqa: PLC0415

    if file.extract:
        return tables.read_part(content, file.extract, wanted)
    return tables.points(content, file.kind, wanted)


def table_of(question: SeriesQuestion) -> Table:
    """Return the points of many series. Those of a file are read, and then checked like others.

    Raises RuleError if the file cannot be read, or if its series are too many or cost too much.
    """
    if isinstance(question.points, Table):
        return question.points
    table = series_of(question.points)
    if not len(table):
        raise RuleError("malformed_file", "The file has no series")
    table.check()
    affordable(replace(question, points=table), question.max_seconds)
    return table


def series_of(file: File) -> Table:
    """Return the series of a file. Raises RuleError."""
    content = b"".join(file.pieces)
    if file.kind == "npy":
        return npy.read(content, file.t)
    if file.t is not None:
        raise RuleError("conflicting_fields", "The file has the t of each series: leave `t` out")
    # Most workers never read Arrow, which takes 0.2 s and 40 MB to import.
    from service.worker import arrow  # noqa: PLC0415

    return arrow.read(content)
