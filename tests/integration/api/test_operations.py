import httpx

from service.running import RESERVED, SPARE
from tests.support.scraping import scraped


def test_readyz_counts_the_warm_workers(client: httpx.Client) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "workers": 2}


def test_the_process_measures_itself(client: httpx.Client) -> None:
    metrics = scraped(client)

    assert (metrics("process_resident_memory_bytes") or 0) > 10_000_000
    assert (metrics("process_open_fds") or 0) > 3
    assert metrics("coaster_workers_warm", pool="fits") == 2 + SPARE + RESERVED
    assert metrics("coaster_workers_warm", pool="jobs") == 1 + SPARE + RESERVED
