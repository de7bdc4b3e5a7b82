"""The requests that the arguments of the command describe."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coaster_client.command.arguments import parser
from coaster_client.command.requests import request_of, series_request_of
from coaster_client.uploads import Upload
from tests.support.tables import arrow, npy

MANY = 50_001


def request(file: Path, *arguments: str) -> dict[str, Any]:
    """Return the request of `coaster fit`, in which a file is its media type."""
    given = parser().parse_args(["fit", str(file), *arguments])
    found: dict[str, Any] = request_of(given, str(file))
    if isinstance(found["data"], Upload):
        found["data"] = found["data"].media_type
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "points"


def test_csv_with_few_lines_is_read(file: Path) -> None:
    file.write_text("y,t\n1,0\n2,1\n")

    assert request(file) == {"data": {"t": [0, 1], "y": [1, 2]}}


def test_csv_with_many_lines_is_sent_as_it_is(file: Path) -> None:
    file.write_text("hour,load\n" + "0,1\n" * MANY)

    assert request(file) == {"data": "text/csv"}


def test_the_columns_t_and_y_are_chosen_in_a_file_that_is_sent_as_it_is(file: Path) -> None:
    file.write_text('\ufeff"y"; "t"; "e"\n' + "0;1;2\n" * MANY)

    assert request(file, "--sigma", "3") == {"data": "text/csv", "t": "t", "y": "y", "sigma": 3}


def test_json_with_many_lines_is_read(file: Path) -> None:
    file.write_text("[" + ",\n".join(["[0, 1]"] * MANY) + "]")

    assert len(request(file)["data"]["t"]) == MANY


def test_columns_of_an_array_are_chosen_by_number(file: Path) -> None:
    file.write_bytes(npy(np.eye(3)))

    assert request(file, "--t", "2", "--y", "3") == {"data": "application/x-npy", "t": 2, "y": 3}


def test_standard_input_can_be_sent_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(npy(np.eye(2)))))

    assert request(Path("-")) == {"data": "application/x-npy"}


def test_series_of_arrow_are_sent_as_they_are(file: Path) -> None:
    file.write_bytes(arrow({"series": ["a"], "t": [0], "y": [1.0]}))

    found = series_request_of(parser().parse_args(["series", str(file), "--degree", "1"]))

    assert isinstance(found["data"], Upload)
    assert found["model"] == {"kind": "polynomial", "degree": 1}


def test_the_columns_of_series_of_arrow_cannot_be_chosen(file: Path) -> None:
    file.write_bytes(arrow({"series": ["a"], "t": [0], "y": [1.0]}))

    with pytest.raises(ValueError, match="name them series, t and y"):
        series_request_of(parser().parse_args(["series", str(file), "--y", "load"]))
