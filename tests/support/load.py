"""What a service does at the moment, as it reports it itself."""

import httpx

from tests.support.scraping import Scraped
from tests.support.server import until


def busy(url: str, *, pool: str = "fits") -> int:
    """Return how many workers of a pool are at work: `fits` or `jobs`."""
    text = httpx.get(url + "/metrics", timeout=30, verify=False).raise_for_status().text
    return int(Scraped(text)("coaster_workers_busy", pool=pool) or 0)


def until_busy(url: str, workers: int = 1, *, pool: str = "fits") -> None:
    """Wait until this many workers of a pool are at work."""
    until(lambda: busy(url, pool=pool) == workers)
