"""Jobs whose points are a file."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Table, func, select

from service.jobs.storage.files import ARRIVAL_SECONDS
from service.jobs.storage.schema import VERSION, files_table, jobs_table
from tests.support.applications import Client, client_in_process
from tests.support.streams import NDJSON, Json, ndjson, timeless
from tests.unit.api.routes.test_file_requests import (
    CSV,
    FILES,
    FRAME,
    POINTS,
    SETTINGS,
    refusal,
    sent,
)

LINES = np.arange(900)
LONG = pd.DataFrame({"t": LINES, "y": 1e-3 * LINES**2 + np.sin(LINES)}).to_csv(index=False).encode()
"""A file that is read in parts if others can have 4 kB."""
FAULTS: dict[str, tuple[bytes, Json]] = {
    "no number": (b"t,y\n1,2\n3,x\n", {}),
    "no such column": (POINTS, {"columns": {"y": "speed"}}),
    "no point": (b"t,y\n1,\n,2\n", {}),
    "no table": (b"\x00" * 50, {}),
    "a batch of too many points": (POINTS, {"batch_size": 6}),
}
"""Files with what only a worker sees in them."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of an application that reads files of more than 4 kB in parts."""
    monkeypatch.setattr("service.jobs.files.HEAD_BYTES", 512)
    monkeypatch.setattr("service.jobs.files.PIECE_BYTES", 512)
    with client_in_process(max_upload_bytes=4096) as client:
        yield client


@pytest.fixture
def fresh() -> Iterator[Client]:
    """A client of an application without jobs."""
    with client_in_process() as client:
        yield client


def posted(
    client: httpx.Client, file: bytes, media_type: str = CSV, key: str = "", **options: Any
) -> httpx.Response:
    headers = {"Content-Type": media_type, "Coaster-Options": json.dumps(SETTINGS | options)}
    if key:
        headers["Idempotency-Key"] = key
    return client.post("/jobs", content=file, headers=headers)


def created(
    client: httpx.Client, file: bytes = POINTS, media_type: str = CSV, **options: Any
) -> str:
    answer = posted(client, file, media_type, **options)
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["id"]
    return job_id


def events(client: httpx.Client, job_id: str) -> list[Json]:
    """The events of a job, up to its last one."""
    return ndjson(client.get(f"/jobs/{job_id}/events", headers={"Accept": NDJSON}).content)


def result(client: httpx.Client, job_id: str) -> Json:
    """The result of a job, once it has ended."""
    events(client, job_id)
    answer = client.get(f"/jobs/{job_id}/result")
    assert answer.status_code == 200, answer.text
    return timeless(answer.json())


def rows(client: Client, table: Table) -> int:
    """The number of rows of a table."""
    count = select(func.count()).select_from(table)
    return client.inside.read(lambda connection: int(connection.execute(count).scalar_one()))


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    "options", [{}, {"include": ["data", "params"]}, {"batch_size": 16, "lr": 1e-6}]
)
def test_a_job_of_a_file_gives_the_answer_of_its_fit(
    client: httpx.Client, kind: str, options: Json
) -> None:
    file = FILES[kind](FRAME)

    found = result(client, created(client, file, kind, **options))

    assert found == timeless(sent(client, "/fit", file, kind, **options).json())


def test_a_job_of_a_file_can_be_a_sweep(client: httpx.Client) -> None:
    lrs: Json = {"lrs": [1e-7, 1e-6]}

    found = result(client, created(client, **lrs, kind="sweep"))

    assert found == timeless(sent(client, "/sweep", POINTS, **lrs).json())


def test_the_settings_of_a_file_are_the_request_of_its_job(client: httpx.Client) -> None:
    answer = posted(client, POINTS, metadata={"sensor": "7"}, columns={"t": "t"})

    job = answer.json()
    assert job["metadata"] == {"sensor": "7"}
    assert job["request"] == {"seed": 42, "steps": 10, "columns": {"t": "t"}}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_a_file_is_that_of_its_fit(client: httpx.Client, name: str) -> None:
    file, options = FAULTS[name]

    job_id = created(client, file, **options)
    failed = events(client, job_id)[-1]["problem"]

    expected = sent(client, "/fit", file, **options).json()
    assert (failed["code"], failed["detail"]) == (expected["code"], expected["detail"])
    assert client.get(f"/jobs/{job_id}/result").json()["code"] == expected["code"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"degree": 2}, "unknown_field"),
        ({"kind": "analysis"}, "unknown_value"),
        ({"steps": 0}, "out_of_range"),
        ({"synthetic": {}}, "conflicting_fields"),
    ],
)
def test_invalid_options_are_rejected_and_nothing_is_stored(
    fresh: Client, options: Json, code: str
) -> None:
    answer = posted(fresh, POINTS, **options)

    assert refusal(answer) == (422, code)
    assert rows(fresh, jobs_table) == rows(fresh, files_table) == 0


def test_a_key_gives_the_same_job_for_the_same_file(fresh: Client) -> None:
    first = posted(fresh, POINTS, key="k")
    again = posted(fresh, POINTS, key="k")
    other = posted(fresh, POINTS + b"9,9\n", key="k")

    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert refusal(other)[1] == "key_reused"
    assert rows(fresh, jobs_table) == 1


def test_a_file_is_removed_when_its_job_has_ended(fresh: Client) -> None:
    result(fresh, created(fresh))

    fresh.inside.wait(5)

    assert rows(fresh, files_table) == 0


@pytest.mark.parametrize("delete", [False, True])
def test_a_file_is_removed_when_its_job_is_cancelled_or_deleted(
    fresh: Client, *, delete: bool
) -> None:
    fresh.inside.job_pool.hold()
    job_id = created(fresh)
    assert rows(fresh, files_table) == 1

    fresh.post(f"/jobs/{job_id}/cancel").raise_for_status()
    if delete:
        fresh.delete(f"/jobs/{job_id}").raise_for_status()
    fresh.inside.wait(5)

    assert rows(fresh, files_table) == 0


def test_a_file_is_not_removed_before_its_job_has_ended(fresh: Client) -> None:
    fresh.inside.job_pool.hold()
    job_id = created(fresh)

    fresh.inside.wait(2 * ARRIVAL_SECONDS)
    fresh.inside.job_pool.release()

    assert result(fresh, job_id)["params"]


def test_the_file_of_a_client_that_leaves_is_removed(fresh: Client) -> None:
    def leaving() -> Iterator[bytes]:
        yield POINTS
        raise ConnectionResetError

    answer = fresh.post("/jobs", content=leaving(), headers={"Content-Type": CSV})

    assert answer.status_code == 500
    assert rows(fresh, jobs_table) == 0


def test_a_file_counts_in_the_space_of_the_store_until_its_job_has_ended(fresh: Client) -> None:
    kept = select(VERSION.kept_bytes)
    file = POINTS + b"\n" * 1_000_000

    result(fresh, created(fresh, file))
    taken = fresh.inside.read(lambda connection: int(connection.execute(kept).scalar_one()))
    fresh.inside.wait(15)
    left = fresh.inside.read(lambda connection: int(connection.execute(kept).scalar_one()))

    assert taken > len(file) > left


def test_a_file_without_space_in_the_store_is_rejected() -> None:
    with client_in_process(max_store_bytes=1024 * 1024) as client:
        answer = posted(client, POINTS + b"\n" * 1024 * 1024)

        assert refusal(answer) == (503, "store_full")
        client.inside.wait(5)
        assert rows(client, jobs_table) == rows(client, files_table) == 0


def unread(size: int = 0) -> tuple[Iterator[bytes], dict[str, str]]:
    """A file that must not be read, and its headers, which announce a size if it is given."""

    def content() -> Iterator[bytes]:
        raise AssertionError("the file is read")
        yield b""

    headers = {"Content-Type": CSV, "Coaster-Options": json.dumps(SETTINGS)}
    return content(), headers | ({"Content-Length": str(size)} if size else {})


def test_a_file_is_not_read_if_too_many_jobs_wait() -> None:
    with client_in_process(max_waiting_jobs=4) as client:
        client.inside.job_pool.hold()
        while posted(client, POINTS).status_code == 202:
            pass
        content, headers = unread()

        answer = client.post("/jobs", content=content, headers=headers)

        assert refusal(answer) == (503, "queue_full")


def test_a_file_is_not_read_if_the_store_has_no_space_for_it() -> None:
    with client_in_process(max_store_bytes=1024 * 1024) as client:
        content, headers = unread(1024 * 1024)

        answer = client.post("/jobs", content=content, headers=headers)

        assert refusal(answer) == (503, "store_full")


def test_a_file_that_is_sent_again_gives_its_job_although_no_other_is_accepted() -> None:
    with client_in_process(max_waiting_jobs=4) as client:
        client.inside.job_pool.hold()
        first = posted(client, POINTS, key="k")
        while posted(client, POINTS).status_code == 202:
            pass

        again = posted(client, POINTS, key="k")

        assert again.json()["id"] == first.json()["id"]


def test_a_large_file_gives_the_answer_of_all_of_it(small: Client, client: httpx.Client) -> None:
    found = result(small, created(small, LONG, at=[1000]))

    expected = timeless(sent(client, "/fit", LONG, at=[1000]).json())
    assert found["losses"] == pytest.approx(expected["losses"], rel=1e-12)
    assert found["predictions_at"] == pytest.approx(expected["predictions_at"], rel=1e-12)
    assert found["optimum"]["params"] == pytest.approx(expected["optimum"]["params"], rel=1e-10)


def test_more_factors_than_a_request_can_have_are_merged_in_groups(
    small: Client, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.jobs.reading.MAX_FACTORS", 3)

    found = result(small, created(small, LONG))

    expected = timeless(sent(client, "/fit", LONG).json())
    assert found["losses"] == pytest.approx(expected["losses"], rel=1e-12)


def test_the_reading_of_a_large_file_is_seen(small: Client) -> None:
    job_id = created(small, LONG)

    found = events(small, job_id)

    read = [event["points_read"] for event in found if event["type"] == "reading"]
    assert len(read) > 3
    assert read == sorted(read)
    assert read[-1] == len(LINES)
    assert [event["type"] for event in found[len(read) :]] == ["started", "steps", "done"]
    assert small.get(f"/jobs/{job_id}").json()["progress"]["points_read"] == len(LINES)


def test_a_large_file_can_be_swept(small: Client, client: httpx.Client) -> None:
    lrs: Json = {"lrs": [1e-7, 1e-6], "scale": "standardize"}

    found = result(small, created(small, LONG, **lrs, kind="sweep"))

    expected = sent(client, "/sweep", LONG, **lrs).json()
    for run, whole in zip(found["runs"], expected["runs"], strict=True):
        assert run["loss"] == pytest.approx(whole["loss"], rel=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 16},
        {"solver": "loop"},
        {"precision": "float32"},
        {"validation": {"fraction": 0.2}},
        {"model": {"kind": "mlp"}},
        {"loss": {"kind": "mae"}},
        {"optimizer": {"kind": "adam"}},
        {"include": ["predictions"]},
    ],
)
def test_what_needs_all_points_is_rejected_for_a_large_file(small: Client, options: Json) -> None:
    answer = posted(small, LONG, **options)

    assert refusal(answer) == (422, "conflicting_fields")
    small.inside.wait(5)
    assert rows(small, jobs_table) == rows(small, files_table) == 0


def test_a_large_file_of_another_format_is_rejected(small: Client) -> None:
    answer = posted(small, bytes(5000), "application/x-npy")

    assert refusal(answer) == (413, "body_too_large")


def test_a_large_file_with_a_quote_that_is_not_closed_is_rejected(small: Client) -> None:
    answer = posted(small, b't,y,note\n1,2,"a\n' + LONG)

    assert refusal(answer) == (400, "malformed_file")
    assert "Line 2 " in answer.json()["detail"]


def test_a_large_file_whose_lines_end_in_cr_alone_is_rejected(small: Client) -> None:
    answer = posted(small, LONG.replace(b"\n", b"\r"))

    assert refusal(answer) == (400, "malformed_file")
    assert "ends in CR without LF" in answer.json()["detail"]


def test_a_fault_in_a_later_part_ends_the_job(small: Client) -> None:
    lines = LONG.splitlines(keepends=True)
    lines[700] = b"700,x\n"

    failed = events(small, created(small, b"".join(lines)))[-1]["problem"]

    assert failed["code"] == "malformed_file"
    assert "line 701" in failed["detail"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"at": ["2024-02-29"]}, "conflicting_fields"),
        ({"steps": 1_000_000, "record_every": 1, "include": ["params"]}, "answer_too_large"),
    ],
)
def test_a_rule_that_the_points_of_a_large_file_break_ends_the_job(
    small: Client, client: httpx.Client, options: Json, code: str
) -> None:
    failed = events(small, created(small, LONG, **options))[-1]["problem"]

    expected = sent(client, "/fit", LONG, **options).json()
    assert failed["code"] == expected["code"] == code
    assert failed["detail"] == expected["detail"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"1,\n", ("out_of_range", "No point is left: each has a missing value or the weight 0.")),
        (b"\n", ("malformed_file", "The file has no points.")),
    ],
)
def test_a_large_file_without_a_point_ends_the_job(
    small: Client, line: bytes, problem: tuple[str, str]
) -> None:
    failed = events(small, created(small, b"t,y\n" + line * 10_000))[-1]["problem"]

    assert (failed["code"], failed["detail"]) == problem
