import gzip
import json
import os
from collections.abc import Callable
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from coaster_client import calls
from coaster_client.calls import Call
from coaster_client.models import PortableFactor
from coaster_client.uploads import Upload, upload_of
from tests.support.tables import arrow, arrow_file, npy, parquet

COLUMNS = {"t": [1.0, 2.0], "y": [3.0, 4.0]}
FILES = {
    "text/csv": b"t,y\n1,3\n2,4\n",
    "application/vnd.apache.parquet": parquet(COLUMNS),
    "application/vnd.apache.arrow.stream": arrow(COLUMNS),
    "application/vnd.apache.arrow.file": arrow_file(COLUMNS),
    "application/x-npy": npy(np.eye(2)),
}


def sent(call: Call[Any]) -> bytes:
    """Return the content of the file of a call."""
    assert isinstance(call.body, Upload)
    return b"".join(call.body.pieces())


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

        assert (sent(call), call.headers["Content-Type"]) == (FILES[kind], kind)


def test_the_size_of_a_file_is_known_before_it_is_read() -> None:
    assert upload_of(BytesIO(FILES["text/csv"])).size == len(FILES["text/csv"])


def test_an_open_file_is_sent_from_its_position_each_time() -> None:
    file = BytesIO(b"a note\nt,y\n1,3\n")
    file.readline()
    upload = upload_of(file)

    found = [b"".join(upload.pieces()) for _ in range(2)]

    assert found == [b"t,y\n1,3\n"] * 2


def test_a_file_is_read_in_pieces() -> None:
    sizes = [len(piece) for piece in upload_of(BytesIO(bytes(600_000))).pieces()]

    assert sizes == [262_144, 262_144, 75_712]


class Pipe(BytesIO):
    """A file that can be read once."""

    def seekable(self) -> bool:
        return False


def test_a_pipe_can_be_sent_several_times() -> None:
    upload = upload_of(Pipe(FILES["text/csv"]))

    found = [b"".join(upload.pieces()) for _ in range(2)]

    assert found == [FILES["text/csv"]] * 2


def test_a_path_can_be_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, FILES["text/csv"])
    os.close(writing)

    upload = upload_of(f"/dev/fd/{reading}")
    os.close(reading)

    assert b"".join(upload.pieces()) == FILES["text/csv"]


def test_bytes_that_are_appended_while_a_file_is_sent_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_bytes(FILES["text/csv"])
    upload = upload_of(tmp_path / "points.csv")

    with (tmp_path / "points.csv").open("ab") as file:
        file.write(b"3,5\n")

    assert b"".join(upload.pieces()) == FILES["text/csv"]


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_bytes(FILES["text/csv"])
    upload = upload_of(tmp_path / "points.csv")
    (tmp_path / "points.csv").write_bytes(b"t,y\n")

    with pytest.raises(ValueError, match="became shorter"):
        b"".join(upload.pieces())


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

    assert (call.path, sent(call)) == ("/jobs", FILES["text/csv"])
    assert json.loads(call.headers["Coaster-Options"]) == {"metadata": {"sensor": "7"}}
    assert call.headers["Idempotency-Key"]


def test_the_points_of_a_file_are_appended_by_their_factor() -> None:
    request = {"data": BytesIO(FILES["text/csv"]), "t": "y", "sigma_is": "absolute", "at": [5]}

    first = calls.factor_of_file(request)
    then = calls.append(max, {"points": 3}, request, PortableFactor({"points": 2}))

    assert sent(first) == FILES["text/csv"]
    assert json.loads(first.headers["Coaster-Options"]) == {
        "sigma_is": "absolute",
        "include": ["factor"],
        "columns": {"t": "y"},
    }
    assert json.loads(cast(bytes, then.body)) == {
        "at": [5],
        "include": ["factor"],
        "data": {"factors": [{"points": 3}, {"points": 2}]},
    }


@pytest.mark.parametrize("asking", [calls.series, calls.create_job])
def test_series_can_be_a_file(asking: Callable[[dict[str, Any]], Call[Any]]) -> None:
    file = FILES["application/vnd.apache.arrow.stream"]

    shared = {"t": np.arange(2), "at": [date(1970, 1, 2)]}
    call = asking({"data": BytesIO(file), "kind": "series", **shared})

    assert sent(call) == file
    assert json.loads(call.headers["Coaster-Options"]) == {
        "kind": "series",
        "t": [0, 1],
        "at": [86400.0],
    }


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"absent.csv cannot be read: No such file"):
        calls.analysis({"data": tmp_path / "absent.csv"})


def test_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read: Is a directory"):
        calls.analysis({"data": tmp_path})


def test_a_file_that_is_open_for_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="open for text"):
        calls.analysis({"data": StringIO("1,3")})


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\x14", gzip.compress(FILES["text/csv"])], ids=["zip", "gzip"]
)
def test_a_packed_file_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="a spreadsheet, or compressed"):
        calls.analysis({"data": BytesIO(content)})
