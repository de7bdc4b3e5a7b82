"""Files of CSV that are read in parts, against the same files as a whole."""

from pickle import PickleBuffer

import numpy as np
import pandas as pd
import pytest
from orjson import dumps

from service.descent.methods.option import RuleError
from service.descent.questions.file import Columns, FitFileSpec
from service.descent.questions.setting import Question
from service.descent.questions.table import Extract, File
from service.jobs.files import Cutter, StoredFile
from service.jobs.parts import factors_of
from service.pool.frames import EventBytes
from service.worker.answers import Answered, answering
from tests.support.streams import Json

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


def whole(content: bytes) -> File:
    return File("csv", [PickleBuffer(content)])


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
