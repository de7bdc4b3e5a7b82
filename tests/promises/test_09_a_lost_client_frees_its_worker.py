from collections.abc import Callable
from time import perf_counter

import httpx
import pytest

from tests.server import LONG, serving

pytestmark = pytest.mark.shares

QUICK = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}


def leave_a_stream(client: httpx.Client) -> None:
    with client.stream("POST", "/fit/stream", json=LONG) as answer:
        next(answer.iter_raw())


def leave_a_fit(client: httpx.Client) -> None:
    with pytest.raises(httpx.ReadTimeout):
        client.post("/fit", json=LONG, timeout=0.3)


@pytest.mark.parametrize("leave", [leave_a_stream, leave_a_fit])
def test_the_next_fit_starts_within_a_second_twenty_times_of_twenty(
    leave: Callable[[httpx.Client], None], tell: Callable[[str], None]
) -> None:
    seconds = []
    with (
        serving("--workers", "1", COASTER_MAX_STREAMS="1") as server,
        httpx.Client(base_url=server.url, timeout=20) as client,
    ):
        for _ in range(20):
            leave(client)
            began = perf_counter()
            assert client.post("/fit", json=QUICK).status_code == 200
            seconds.append(perf_counter() - began)
        assert client.post("/fit/stream", json=QUICK).status_code == 200

    name = leave.__name__.replace("_", " ")
    tell(
        f"{name}, {len(seconds)} times: the next fit is answered after "
        f"{1000 * max(seconds):.0f} ms at most"
    )
    assert max(seconds) < 1
