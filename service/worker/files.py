"""The points of files: those of one question, and those of many series."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import cast

from service.descent.methods.bounds import MAX_FILE_POINTS
from service.descent.methods.option import RuleError
from service.descent.points.file import NO_POINT, FileColumns, file_points
from service.descent.points.merging import merged
from service.descent.questions.budget import affordable
from service.descent.questions.file import Columns, FactorSpec, UnreadPoints
from service.descent.questions.points import Points
from service.descent.questions.series import SeriesQuestion
from service.descent.questions.setting import Question, converted
from service.descent.questions.table import File, Table
from service.descent.reduction import reduced
from service.pool.memory import Content
from service.worker import npy


def question_of_file(question: Question, unread: UnreadPoints) -> Question:
    """Return a question about the points of a file with these points, which are in compressed form
    if there are more than MAX_FILE_POINTS.

    Raises RuleError if the file cannot be read, or if the question about its points breaks a rule
    or costs too much.
    """
    blocks = blocks_of(unread.file, unread.wanted)
    first, second = next(blocks), next(blocks, None)
    points: Points
    if second is None:
        points = file_points(first, unread.sigma_is, is_part=unread.file.extract is not None)
    else:
        points = compressed(question, unread, chain((first, second), blocks))
    read = replace(question, data=points)
    read.check()
    affordable(read, unread.max_seconds)
    return read


def compressed(question: Question, unread: UnreadPoints, blocks: Iterable[FileColumns]) -> Points:
    """Return the factor of the points in the blocks of a file.

    Raises RuleError if a block cannot be read, if no point counts, or if the question needs all
    points or costs too much, and NotComputableError.
    """
    check_compressed(question, unread)
    parts, seconds = [], 0.0
    for block in blocks:
        points = file_points(block, unread.sigma_is, is_part=True)
        part = converted(question, FactorSpec, data=points)
        seconds += part.seconds
        if seconds > unread.max_seconds:
            limit, given = unread.max_seconds, round(seconds, 3)
            raise RuleError("cost_over_budget", part.advice, limit=limit, given=given)
        parts.append(reduced(part))
    factors = [part.factor for part in parts if part.factor]
    if not factors:
        raise RuleError("out_of_range", NO_POINT)
    factor = replace(
        merged(factors, [], factors[0].degree),
        missing=sum(part.missing for part in parts),
        weightless=sum(part.weightless for part in parts),
    )
    return Points(factors=(factor,))


def check_compressed(question: Question, unread: UnreadPoints) -> None:
    """Check that a question about more than MAX_FILE_POINTS points does not need all of them.
    Raises RuleError.
    """
    try:
        replace(question, data=replace(unread, in_parts=True)).check()
    except RuleError as error:
        message = f"{error}: at most {MAX_FILE_POINTS} points are possible"
        raise RuleError(
            "too_many_points", message, pointer=error.pointer, limit=MAX_FILE_POINTS
        ) from None


def blocks_of(file: File, wanted: Columns) -> Iterator[FileColumns]:
    """Yield the chosen columns of a file, at most MAX_FILE_POINTS points at a time. Raises
    RuleError.
    """
    content = content_of(file)
    if file.kind == "npy":
        yield from npy.points(content, wanted)
        return
    # Most workers never read Arrow, which takes 0.2 s and 40 MB to import.
    from service.worker import tables  # noqa: PLC0415

    if file.extract:
        yield tables.read_part(content, file.extract, wanted)
    else:
        yield from tables.points(content, file.kind, wanted)


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
    content = content_of(file)
    if file.kind == "npy":
        return npy.read(content, file.t)
    if file.t is not None:
        raise RuleError("conflicting_fields", "The file has the t of each series: leave `t` out")
    # Most workers never read Arrow, which takes 0.2 s and 40 MB to import.
    from service.worker import arrow  # noqa: PLC0415

    return arrow.read(content)


def content_of(file: File) -> Content:
    """Return the content of a file, which is copied only if it came in several pieces."""
    if len(file.pieces) == 1:
        return cast(Content, memoryview(file.pieces[0]).obj)
    return b"".join(file.pieces)
