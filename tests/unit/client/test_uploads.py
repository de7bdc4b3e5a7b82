import json
from collections.abc import Callable
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coaster_client import calls
from coaster_client.calls import Call
from tests.support.tables import arrow, arrow_file, npy, parquet

COLUMNS = {"t": [1.0, 2.0], "y": [3.0, 4.0]}
FILES = {
    "text/csv": b"t,y\n1,3\n2,4\n",
    "application/vnd.apache.parquet": parquet(COLUMNS),
    "application/vnd.apache.arrow.stream": arrow(COLUMNS),
    "application/vnd.apache.arrow.file": arrow_file(COLUMNS),
    "application/x-npy": npy(np.eye(2)),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    "asking", [calls.sweep, calls.analysis, calls.stream, lambda sent: calls.fit(max, sent)]
)
def test_a_file_is_sent_as_it_is(
    tmp_path: Path, kind: str, asking: Callable[[dict[str, Any]], Call[Any]]
) -> None:
    path = tmp_path / "points"
    path.write_bytes(FILES[kind])

    for data in (path, str(path), BytesIO(FILES[kind])):
        call = asking({"data": data})

        assert (call.body, call.headers["Content-Type"]) == (FILES[kind], kind)


def test_the_options_of_a_file_are_in_a_header() -> None:
    request = {"data": BytesIO(FILES["text/csv"]), "steps": 10, "at": np.array([5])}

    call = calls.analysis(request | {"t": "y", "y": "größe", "sigma": 3})

    assert json.loads(call.headers["Coaster-Options"]) == {
        "steps": 10,
        "at": [5],
        "columns": {"t": "y", "y": "größe", "sigma": 3},
    }


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        ([date(2026, 1, 1)], ["2026-01-01"]),
        (
            {"every": "1h", "until": date(2026, 1, 1)},
            {"every": "1h", "until": "2026-01-01"},
        ),
    ],
)
def test_places_in_time_are_sent_with_a_file_as_stamps(at: Any, sent: object) -> None:
    call = calls.sweep({"data": BytesIO(FILES["text/csv"]), "at": at})

    assert json.loads(call.headers["Coaster-Options"]) == {"at": sent}


@pytest.mark.parametrize("name", ["factors", "remove"])
def test_a_file_and_factors_exclude_each_other(name: str) -> None:
    with pytest.raises(ValueError, match="Factors cannot be combined with a file"):
        calls.analysis({"data": BytesIO(FILES["text/csv"]), name: [{"points": 3}]})


def test_a_file_can_have_the_first_points() -> None:
    call = calls.append(max, None, {"data": BytesIO(FILES["text/csv"])})

    assert json.loads(call.headers["Coaster-Options"]) == {"include": ["factor"]}


def test_a_job_of_a_file_has_a_key_too() -> None:
    call = calls.create_job({"data": BytesIO(FILES["text/csv"]), "metadata": {"sensor": "7"}})

    assert (call.path, call.body) == ("/jobs", FILES["text/csv"])
    assert json.loads(call.headers["Coaster-Options"]) == {"metadata": {"sensor": "7"}}
    assert call.headers["Idempotency-Key"]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"absent.csv cannot be read: No such file"):
        calls.analysis({"data": tmp_path / "absent.csv"})


def test_a_file_that_is_open_for_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="open for text"):
        calls.analysis({"data": StringIO("1,3")})
