"""Results are put together two at a time: each may be large."""

import asyncio
from unittest.mock import Mock

import pytest

from service.jobs import jobs as module
from service.jobs.jobs import RESULTS, Jobs


def test_few_results_are_put_together_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now, most = 0, 0

    async def result(*_: object, owner: str) -> bytes:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return owner.encode()

    async def ask() -> list[object]:
        jobs = Jobs(Mock(), Mock(), Mock())
        return await asyncio.gather(*(jobs.result("job", owner=str(i)) for i in range(9)))

    monkeypatch.setattr(module, "result", result)

    assert asyncio.run(ask()) == [b"%d" % i for i in range(9)]
    assert most == RESULTS
