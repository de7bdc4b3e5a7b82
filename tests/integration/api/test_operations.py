import asyncio

import httpx

from service.running import RESERVED, SPARE
from tests.support.scraping import scraped
from tests.support.server import PATIENCE_SECONDS, serving_here


def test_readyz_counts_the_warm_workers(client: httpx.Client) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "workers": 2}


def test_other_requests_are_answered_while_the_contract_is_made() -> None:
    async def answered() -> tuple[bool, int]:
        async with (
            serving_here() as (_, url),
            httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client,
        ):
            contract = asyncio.create_task(client.get("/openapi.json"))
            for _ in range(3):
                await client.get("/livez")
            return contract.done(), (await contract).status_code

    assert asyncio.run(answered()) == (False, 200)


def test_the_process_measures_itself(client: httpx.Client) -> None:
    metrics = scraped(client)

    assert (metrics("process_resident_memory_bytes") or 0) > 10_000_000
    assert (metrics("process_open_fds") or 0) > 3
    assert metrics("coaster_workers_warm", pool="fits") == 2 + SPARE + RESERVED
    assert metrics("coaster_workers_warm", pool="jobs") == 1 + SPARE + RESERVED
