from collections.abc import Callable
from itertools import islice

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.requests import fits
from tests.streams import NDJSON, Json, events, folded, ndjson, timeless

pytestmark = pytest.mark.untimed

SLOW: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "solver": "loop"}


def test_of_two_hundred_legal_requests_the_streams_are_the_results(
    client: httpx.Client, tell: Callable[[str], None]
) -> None:
    same = 0

    @given(body=fits)
    @settings(max_examples=200, deadline=None)
    def each(body: Json) -> None:
        nonlocal same
        told = events(client, body | {"seed": body.get("seed", 0)})
        assert folded(told) == timeless(
            client.post("/fit", json=body | {"seed": body.get("seed", 0)}).json()
        )
        same += 1

    each()
    tell(f"{same} streams of random requests are their results, bit for bit")


def test_jobs_followed_over_lost_connections_are_their_results(
    client: httpx.Client, tell: Callable[[str], None]
) -> None:
    same = 0

    @given(steps=st.integers(200, 3000), lost=st.lists(st.integers(0, 5), min_size=1, max_size=4))
    @settings(max_examples=20, deadline=None)
    def each(steps: int, lost: list[int]) -> None:
        nonlocal same
        body = SLOW | {"steps": steps}
        job_id = client.post("/jobs", json=body).json()["id"]
        assert folded(followed(client, job_id, lost)) == timeless(
            client.post("/fit", json=body).json()
        )
        same += 1

    each()
    tell(f"{same} jobs, whose readers lost up to four connections, have every step once")


def followed(client: httpx.Client, job_id: str, lost: list[int]) -> list[Json]:
    """All events of a job. Each connection is lost after so many, and the next one takes up behind
    the last step that came.
    """
    told: list[Json] = []
    for count in [*lost, None]:
        if told and told[-1]["type"] == "done":
            break
        seen = [event["last"] for event in told if event["type"] == "steps"]
        if not seen:
            told = []  # it is told from the start once more
        headers = {"Accept": NDJSON} | ({"Last-Event-ID": str(seen[-1])} if seen else {})
        with client.stream("GET", f"/jobs/{job_id}/events", headers=headers) as answer:
            told += [
                event
                for line in islice(filter(None, answer.iter_lines()), count)
                for event in ndjson(f"{line}\n".encode())
            ]
    return told
