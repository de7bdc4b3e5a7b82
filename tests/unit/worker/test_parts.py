"""Files that are read in parts, against the same files as a whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pickle import PickleBuffer
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from orjson import dumps

from service.descent.answers.results import DataUsed
from service.descent.methods.losses.mae import Mae
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.option import RuleError
from service.descent.questions.file import Columns, FitFileSpec
from service.descent.questions.options import Validation
from service.descent.questions.setting import Question
from service.descent.questions.table import Extract, File, FileKind
from service.jobs.files import Cutter, StoredFile
from service.jobs.parts import factors_of
from service.pool.frames import EventBytes
from service.worker.answers import Answered, answering
from tests.support.streams import Json
from tests.support.tables import arrow, arrow_file, npy, parquet

GENERATOR = np.random.default_rng(3)
T = np.cumsum(GENERATOR.exponential(size=600))
Y = np.square(T / 100) + GENERATOR.normal(size=600)
FRAME = pd.DataFrame({"t": T, "y": Y})
GAPS = FRAME.assign(y=np.where(np.arange(600) % 7 == 3, np.nan, Y))
OUTAGE = FRAME.assign(y=np.where((np.arange(600) > 200) & (np.arange(600) < 400), np.nan, Y))
NOTES = FRAME.assign(note=[f'a "line"\n{"b" * (n % 40)}' for n in range(600)])
WHOLE_FIRST = FRAME.round({"t": 0}).assign(y=np.where(np.arange(600) < 300, np.round(Y), Y))
STAMPS = FRAME.assign(t=pd.date_range("2024-02-28T23:59:59", periods=600, freq="7s", tz="UTC"))
FILES: dict[str, tuple[bytes, Json]] = {
    "commas": (FRAME.to_csv(index=False).encode(), {}),
    "no header": (FRAME.to_csv(index=False, header=False).encode(), {}),
    "crlf": (FRAME.to_csv(index=False, lineterminator="\r\n").encode(), {}),
    "bom": (b"\xef\xbb\xbf" + FRAME.to_csv(index=False).encode(), {}),
    "semicolons and decimal commas": (FRAME.to_csv(index=False, sep=";", decimal=",").encode(), {}),
    "whole numbers in the first lines": (WHOLE_FIRST.to_csv(index=False).encode(), {}),
    "quoted line ends": (
        NOTES[["note", "t", "y"]].to_csv(index=False).encode(),
        {"t": "t", "y": 3},
    ),
    "all in quotes": (NOTES.to_csv(index=False, quoting=1).encode(), {}),
    "empty lines": (FRAME.to_csv(index=False).encode().replace(b"\n", b"\n\n") + b"\n" * 999, {}),
    "missing values": (GAPS.to_csv(index=False, na_rep="NA").encode(), {}),
    "a part without a point": (OUTAGE.to_csv(index=False).encode(), {}),
    "no line end at the end": (FRAME.to_csv(index=False).encode().rstrip(), {}),
    "weights": (
        FRAME.assign(w=np.arange(600) % 4).to_csv(index=False).encode(),
        {"weights": "w"},
    ),
    "sigma": (FRAME.assign(s=1 + np.arange(600) % 4).to_csv(index=False).encode(), {"sigma": "s"}),
    "time stamps": (STAMPS.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ").encode(), {}),
    "large integers": (
        FRAME.assign(t=2**60 + np.arange(600) * 1000).to_csv(index=False).encode(),
        {},
    ),
}
"""Nasty files, with their columns."""
FORMATS: dict[FileKind, Callable[[pd.DataFrame], bytes]] = {
    "csv": lambda frame: frame.to_csv(index=False).encode(),
    "parquet": lambda frame: parquet(dict(frame), row_group_size=90),
    "arrow": lambda frame: arrow(dict(frame), max_chunksize=90),
    "arrow_file": lambda frame: arrow_file(dict(frame)),
    "npy": npy,
}
"""The functions that write a frame as a file."""


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a part have some ten lines."""
    monkeypatch.setattr("service.jobs.files.HEAD_BYTES", 400)
    monkeypatch.setattr("service.jobs.files.PIECE_BYTES", 400)


def cut(content: bytes) -> tuple[StoredFile, list[bytes]]:
    cutter = Cutter("csv")
    pieces = [*cutter.add(content), cutter.last()]
    assert cutter.uncut_line is None
    return cutter.file(in_parts=True, max_seconds=10.0), pieces


def endings(content: bytes, settings: FitFileSpec) -> list[bytes]:
    """Return the last events of the parts of a file."""
    file, pieces = cut(content)
    assert len(file.parts) > 5
    answers = []
    for part in file.parts:
        extract = Extract(pieces[0], part.line)
        content_of_part = [*map(PickleBuffer, pieces[part.first : part.stop])]
        sent = File("csv", content_of_part, extract=extract)
        answers.append(answer(settings.part(sent, 10.0)))
    return [EventBytes.done(0, dumps(each)).body for each in answers]


def answer(question: Question) -> Json:
    *_, answered = answering(question)
    assert isinstance(answered, Answered)
    assert isinstance(answered.content, dict)
    return answered.content


def whole(content: bytes, kind: FileKind = "csv") -> File:
    return File(kind, [PickleBuffer(content)])


@contextmanager
def at_most(points: int) -> Iterator[None]:
    """Let only files with so few points be read as a whole."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("files", "npy", "tables", "delimited"):
            patch.setattr(f"service.worker.{module}.MAX_FILE_POINTS", points)
        patch.setattr("service.worker.delimited.HEAD_BYTES", 400)
        patch.setattr("service.worker.delimited.PART_BYTES", 400)
        yield


def refusal(question: Question) -> RuleError:
    with pytest.raises(RuleError) as refused:
        answer(question)
    return refused.value


@pytest.mark.parametrize("name", FILES)
def test_the_factors_of_the_parts_give_the_answer_of_the_whole(name: str) -> None:
    content, columns = FILES[name]
    settings = FitFileSpec(columns=Columns(**columns), seed=42, steps=20, init="zeros")

    found = answer(settings.merged(factors_of(endings(content, settings))))
    expected = answer(settings.question(whole(content), 10.0))

    assert found["losses"] == pytest.approx(expected["losses"], rel=1e-12)
    assert found["optimum"].params == pytest.approx(expected["optimum"].params, rel=1e-10)


def test_the_points_that_are_left_out_are_counted() -> None:
    settings = FitFileSpec(seed=42)
    content, _ = FILES["a part without a point"]

    factors = factors_of(endings(content, settings))

    assert sum(factor.missing for factor in factors) == 199
    assert sum(factor.points for factor in factors) == 401


def test_a_fault_is_named_by_its_line_in_the_file() -> None:
    lines = FRAME.to_csv(index=False).encode().splitlines(keepends=True)
    lines[456] = b"1,x\n"
    content, settings = b"".join(lines), FitFileSpec(seed=42)

    with pytest.raises(RuleError) as in_parts:
        endings(content, settings)
    with pytest.raises(RuleError) as expected:
        [*answering(settings.question(whole(content), 10.0))]

    assert str(in_parts.value) == str(expected.value)
    assert "line 457" in str(in_parts.value)


@pytest.mark.parametrize("name", FILES)
def test_csv_with_too_many_points_gives_the_answer_of_the_whole(name: str) -> None:
    content, columns = FILES[name]
    settings = FitFileSpec(columns=Columns(**columns), seed=42, steps=20, init="zeros")
    question = settings.question(whole(content), 10.0)

    with at_most(100):
        found = answer(question)

    assert_same(found, answer(question))


def test_too_many_points_below_a_name_with_a_quote_give_the_answer_of_the_whole() -> None:
    content = FRAME.rename(columns={"t": "pipe"}).to_csv(index=False).encode()
    content = content.replace(b"pipe", b'5" pipe')
    question = FitFileSpec(seed=42, steps=20, init="zeros").question(whole(content), 10.0)

    with at_most(100):
        found = answer(question)

    assert_same(found, answer(question))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("frame", "columns"),
    [
        (GAPS, {}),
        (FRAME.assign(w=np.arange(600) % 4), {"weights": 3}),
        (FRAME.assign(s=1 + np.arange(600) % 4), {"sigma": 3}),
    ],
    ids=["gaps", "weights", "sigma"],
)
def test_too_many_points_of_each_format_give_the_answer_of_the_whole(
    kind: FileKind, frame: pd.DataFrame, columns: dict[str, Any]
) -> None:
    file = whole(FORMATS[kind](frame), kind)
    settings = FitFileSpec(
        columns=Columns(**columns), sigma_is="absolute", seed=42, steps=20, init="zeros"
    )
    question = settings.question(file, 10.0)

    with at_most(100):
        found = answer(question)

    assert_same(found, answer(question))


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "npy"])
def test_too_many_time_stamps_give_the_answer_of_the_whole(kind: FileKind) -> None:
    settings = FitFileSpec(seed=42, steps=20, init="zeros")
    question = settings.question(whole(FORMATS[kind](STAMPS), kind), 10.0)

    with at_most(100):
        found = answer(question)

    assert_same(found, answer(question))


def assert_same(found: Json, expected: Json) -> None:
    """Check that the answer of a factor is that of its points, but for rounding."""
    assert found["losses"] == pytest.approx(expected["losses"], rel=1e-12)
    assert found["optimum"].params == pytest.approx(expected["optimum"].params, rel=1e-10)
    used = expected.get("data_used", DataUsed(points=600, missing=0, weightless=0))
    assert found["data_used"] == used


@pytest.mark.parametrize("kind", FORMATS)
def test_a_number_out_of_range_is_named_by_its_place_in_the_file(kind: FileKind) -> None:
    frame = FRAME.assign(y=np.where(np.arange(600) == 456, 1e200, Y))
    question = FitFileSpec(seed=42).question(whole(FORMATS[kind](frame), kind), 10.0)

    with at_most(100):
        found = refusal(question)

    assert str(found) == str(refusal(question))
    assert ("line 458" if kind == "csv" else "row 457") in str(found)


def test_a_time_stamp_out_of_range_is_named_by_its_row() -> None:
    stamps = np.where(np.arange(600) == 456, 2**53, np.arange(600))
    table = pa.table({"t": pa.array(stamps, pa.timestamp("s", "UTC")), "y": Y})
    question = FitFileSpec(seed=42).question(whole(parquet(table), "parquet"), 10.0)

    with at_most(100):
        found = refusal(question)

    assert "row 457" in str(found)


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"include": ("predictions",)}, "/include"),
        ({"include": ("data",)}, "/include"),
        ({"validation": Validation(fraction=0.5)}, "/validation"),
        ({"solver": "loop"}, "/solver"),
        ({"batch_size": 10}, "/batch_size"),
        ({"loss": Mae()}, "/loss"),
        ({"model": Mlp()}, "/model"),
    ],
    ids=str,
)
def test_a_question_that_needs_all_points_is_refused_if_there_are_too_many(
    options: dict[str, Any], pointer: str
) -> None:
    content = FORMATS["npy"](FRAME)
    question = FitFileSpec(seed=42, **options).question(whole(content, "npy"), 10.0)

    with at_most(100):
        found = refusal(question)

    assert (found.code, found.pointer, found.limit) == ("too_many_points", pointer, 100)


def test_too_many_points_without_one_that_counts_are_refused_like_few() -> None:
    frame = FRAME.assign(y=np.nan)
    question = FitFileSpec(seed=42).question(whole(FORMATS["npy"](frame), "npy"), 10.0)

    with at_most(100):
        found = refusal(question)

    assert str(found) == str(refusal(question))


def test_the_reading_of_too_many_points_is_limited_in_its_cost() -> None:
    question = FitFileSpec(seed=42).question(whole(FORMATS["npy"](FRAME), "npy"), 0.002)

    with at_most(100):
        found = refusal(question)

    assert (found.code, found.limit) == ("cost_over_budget", 0.002)


@pytest.mark.parametrize("note", [b"a" * 500, b'"' + b"a\n" * 250 + b'"'], ids=["long", "quoted"])
def test_a_line_that_is_longer_than_a_part_is_named(note: bytes) -> None:
    content = b"t,y,note\n" + b"1,2,a\n" * 101 + b"1,2,%s\n" % note + b"1,2,a\n" * 100
    question = FitFileSpec(seed=42).question(whole(content), 10.0)

    with at_most(100):
        found = refusal(question)

    assert str(found).startswith("Line 103 is too long")


def test_lines_that_end_in_cr_alone_are_named_if_a_file_is_read_in_parts() -> None:
    question = FitFileSpec(seed=42).question(whole(b"t,y\r" + b"1,2\r" * 200), 10.0)

    with at_most(100):
        found = refusal(question)

    assert (found.code, "ends in CR without LF" in str(found)) == ("malformed_file", True)
