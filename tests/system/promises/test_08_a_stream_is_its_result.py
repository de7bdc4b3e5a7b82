from collections.abc import Callable
from itertools import islice

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.examples import fewer
from tests.support.legal import fits
from tests.support.streams import NDJSON, Json, events, folded, ndjson, timeless

pytestmark = pytest.mark.untimed

SLOW: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "solver": "loop"}


def test_the_streams_of_legal_requests_are_the_results(
    client: httpx.Client, tell: Callable[[str], None]
) -> None:
    same = 0

    @given(body=fits)
    @fewer(5)
    def each(body: Json) -> None:
        nonlocal same
        seeded = body | {"seed": body.get("seed", 0)}
        assert folded(events(client, seeded)) == timeless(client.post("/fit", json=seeded).json())
        same += 1

    each()
    tell(f"{same} streams of random requests are their results, bit for bit")


def test_jobs_followed_over_lost_connections_are_their_results(
    client: httpx.Client, tell: Callable[[str], None]
) -> None:
    same = 0

    @given(steps=st.integers(200, 3000), lost=st.lists(st.integers(0, 5), min_size=1, max_size=4))
    @fewer(50)
    def each(steps: int, lost: list[int]) -> None:
        nonlocal same
        body = SLOW | {"steps": steps}
        job_id = client.post("/jobs", json=body).json()["id"]
        received = followed(client, job_id, lost)
        assert folded(received) == timeless(client.post("/fit", json=body).json())
        same += 1

    each()
    tell(f"{same} jobs, whose readers lost up to four connections, have every step once")


def followed(client: httpx.Client, job_id: str, lost: list[int]) -> list[Json]:
    """Return all events of a job.

    Each connection is lost after so many events, and the next one continues after the last step
    that came.
    """
    received: list[Json] = []
    for count in [*lost, None]:
        if received and received[-1]["type"] == "done":
            break
        seen = [event["last"] for event in received if event["type"] == "steps"]
        if not seen:
            received = []  # without an id the stream begins at the start again
        headers = {"Accept": NDJSON} | ({"Last-Event-ID": str(seen[-1])} if seen else {})
        with client.stream("GET", f"/jobs/{job_id}/events", headers=headers) as answer:
            received += [
                event
                for line in islice(filter(None, answer.iter_lines()), count)
                for event in ndjson(f"{line}\n".encode())
            ]
    return received
