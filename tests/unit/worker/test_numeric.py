"""Columns of numbers in the types of Arrow, as arrays."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from service.worker.numeric import floats

PROGRAM = """
import sys
from service.descent.questions.file import Columns
from service.worker import delimited
assert [*delimited.points(b"t,y\\n1,2\\n3,4\\n", Columns())]
assert "pandas" not in sys.modules
"""


@pytest.mark.parametrize(
    "chunks", [[], [[1.0, 2.0]], [[1.0], [], [2.0, None]]], ids=["none", "one", "several"]
)
def test_the_chunks_of_a_column_are_one_array(chunks: list[list[float | None]]) -> None:
    expected = [np.nan if each is None else each for chunk in chunks for each in chunk]

    found = floats(pa.chunked_array(chunks, pa.float64()))

    np.testing.assert_array_equal(found, np.array(expected, dtype=float))


def test_a_part_of_a_column_is_not_the_whole() -> None:
    column = pa.chunked_array([[1.0, 2.0, 3.0]]).slice(1, 1)

    assert floats(column).tolist() == [2.0]


def test_columns_without_gaps_are_read_without_pandas() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
