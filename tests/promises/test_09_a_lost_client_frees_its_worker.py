from collections.abc import Callable
from time import perf_counter

import httpx

from tests.server import LONG, serving

QUICK = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}


def test_the_next_fit_starts_within_a_second_of_a_stream_that_is_left_twenty_times_of_twenty(tell: Callable[[str], None]) -> None:
    seconds = []
    with serving("--workers", "1", COASTER_MAX_STREAMS="1") as server, httpx.Client(base_url=server.url, timeout=20) as client:
        for _ in range(20):
            with client.stream("POST", "/fit/stream", json=LONG) as answer:
                next(answer.iter_raw())
            began = perf_counter()
            assert client.post("/fit", json=QUICK).status_code == 200
            seconds.append(perf_counter() - began)
        assert client.post("/fit/stream", json=QUICK).status_code == 200

    tell(f"{len(seconds)} streams left: the next fit is answered after {1000 * max(seconds):.0f} ms at most")
    assert max(seconds) < 1
