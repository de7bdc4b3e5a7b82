"""The points of many series: as they are sent, or read from a file."""

from dataclasses import replace

from service.descent.methods.option import RuleError
from service.descent.questions.budget import affordable
from service.descent.questions.series import SeriesQuestion
from service.descent.questions.table import File, Table
from service.worker import npy


def table_of(question: SeriesQuestion) -> Table:
    """Return the points of a question. Those of a file are read, and then checked like others.

    Raises RuleError if the file cannot be read, or if its series are too many or cost too much.
    """
    if isinstance(question.points, Table):
        return question.points
    table = read(question.points)
    if not len(table):
        raise RuleError("malformed_file", "The file has no series")
    table.check()
    affordable(replace(question, points=table), question.max_seconds)
    return table


def read(file: File) -> Table:
    """Return the series of a file. Raises RuleError."""
    content = b"".join(file.pieces)
    if file.kind == "npy":
        return npy.read(content, file.t)
    if file.t is not None:
        raise RuleError("conflicting_fields", "The file has the t of each series: leave `t` out")
    # Most workers never read Arrow, which takes 0.2 s and 40 MB to import.
    from service.worker import arrow  # noqa: PLC0415

    return arrow.read(content)
