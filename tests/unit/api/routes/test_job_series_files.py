"""Jobs of the series of a file."""

from typing import Any

import httpx
import numpy as np
import pytest

from service.descent.questions.series import SeriesChoices
from tests.support.applications import client_in_process
from tests.support.streams import Json, timeless
from tests.support.tables import ARROW, NPY, T, Y, arrow, npy
from tests.unit.api.routes.test_file_requests import refusal
from tests.unit.api.routes.test_job_files import created, events, posted, result
from tests.unit.api.routes.test_series import uploaded

ROWS = [Y, [*Y[:4], np.nan], [np.nan] * 5]
"""A series, a series with a missing value, and a series without values."""
FILES: dict[str, tuple[bytes, dict[str, str], Json]] = {
    "npy": (npy(ROWS), NPY, {"t": T}),
    "npy with t": (npy([[T, row] for row in ROWS]), NPY, {}),
    "arrow of series": (arrow({"t": [T] * 3, "y": ROWS, "id": ["a", "b", "c"]}), ARROW, {}),
    "arrow of points": (
        arrow({"series": [*"aaaaabbbbb"], "t": T * 2, "y": [*Y, *Y]}),
        ARROW,
        {"include": ["losses", "messages"]},
    ),
}
"""Files of series, with their options."""
FAULTS: dict[str, tuple[bytes, dict[str, str], Json]] = {
    "no t": (npy(ROWS), NPY, {}),
    "two times t": (arrow({"t": [T], "y": [Y]}), ARROW, {"t": T}),
    "no array": (b"\x00" * 50, NPY, {}),
    "no column of y": (arrow({"t": [T]}), ARROW, {}),
    "an answer that is too large": (
        npy([Y] * 250),
        NPY,
        {"t": T, "include": ["losses"], "steps": 9_000},
    ),
}
"""Files with what only a worker sees in them."""


def series(client: httpx.Client, file: bytes, headers: dict[str, str], **options: Any) -> str:
    """The ID of a new job of series."""
    return created(client, file, headers["Content-Type"], kind="series", **options)


@pytest.mark.parametrize("name", FILES)
def test_a_job_of_a_file_gives_the_answer_of_its_series(client: httpx.Client, name: str) -> None:
    file, headers, options = FILES[name]

    found = result(client, series(client, file, headers, **options))

    assert found == timeless(uploaded(client, file, headers, **options).json())


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_a_file_of_series_ends_its_job(client: httpx.Client, name: str) -> None:
    file, headers, options = FAULTS[name]

    failed = events(client, series(client, file, headers, **options))[-1]["problem"]

    expected = uploaded(client, file, headers, **options).json()
    assert (failed["code"], failed["detail"]) == (expected["code"], expected["detail"])


def test_the_progress_of_a_file_of_series_knows_their_number(client: httpx.Client) -> None:
    job_id = series(client, npy(ROWS), NPY, t=T)
    events(client, job_id)

    job = client.get(f"/jobs/{job_id}").json()

    assert job["progress"] == {"steps_done": 3, "steps": 3}


def test_the_options_of_a_file_of_series_are_the_request_of_its_job(client: httpx.Client) -> None:
    options: Json = {"kind": "series", "seed": 42, "steps": 10, "t": T}

    job = posted(client, npy(ROWS), NPY["Content-Type"], metadata={"who": "me"}, **options).json()

    assert (job["request"], job["metadata"]) == (options, {"who": "me"})


@pytest.mark.parametrize("media_type", ["text/csv", "application/vnd.apache.parquet"])
def test_a_job_of_series_takes_the_files_of_its_endpoint(
    client: httpx.Client, media_type: str
) -> None:
    answer = posted(client, b"t,y\n1,2\n", media_type, kind="series")

    expected = uploaded(client, b"", {"Content-Type": media_type})
    assert refusal(answer) == (415, "unsupported_media_type")
    assert answer.json()["detail"] == expected.json()["detail"]


def test_a_job_of_a_file_of_series_takes_the_options_of_its_endpoint(
    client: httpx.Client,
) -> None:
    answer = posted(client, npy(ROWS), NPY["Content-Type"], kind="series", columns={"t": "t"})

    assert refusal(answer) == (422, "unknown_field")


def test_a_file_of_series_reserves_the_space_of_the_largest_answer() -> None:
    file = arrow({"t": [T], "y": [Y]})
    assert SeriesChoices().numbers_of_each * 250_000 > 2_000_000
    with client_in_process(max_store_bytes=40 * 1024 * 1024) as client:
        client.inside.job_pool.hold()

        answer = posted(client, file, ARROW["Content-Type"], kind="series")

    assert refusal(answer) == (503, "store_full")


def test_a_small_file_of_npy_reserves_the_space_of_a_small_answer() -> None:
    with client_in_process(max_store_bytes=1024 * 1024) as client:
        client.inside.job_pool.hold()

        answer = posted(client, npy(ROWS), NPY["Content-Type"], kind="series", t=T)

    assert answer.status_code == 202
