import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import select

from service.jobs.claim import Claim
from service.jobs.errors import StoreFullError
from service.jobs.job import Failure
from service.jobs.storage import claims, commands, space, splitting
from service.jobs.storage.schema import VERSION
from service.jobs.storage.space import EXPIRED_BYTES, ROW_BYTES
from service.jobs.storage.store import Store
from service.settings import Settings
from tests.support.stores import DEFAULTS, age, create, expire, finished, steps

REQUEST, POINTS = bytes(1000), bytes(2000)
RESERVED = 100_000
WAITING = ROW_BYTES + 3000 + RESERVED
"""The space of a job that waits."""
TWO = Settings().model_copy(update={"max_store_bytes": 2 * WAITING})
"""Settings under which there is space for two jobs."""
NONE_KEPT = Settings().model_copy(update={"max_kept_jobs": 0})


async def large(store: Store, settings: Settings = DEFAULTS) -> str:
    """Create a job that reserves space."""
    created = await create(store, settings, request=REQUEST, points=POINTS, reserved=RESERVED)
    return created.job.id


async def running(store: Store) -> Claim:
    """Create a job that reserves space, and claim it."""
    claim = await store.change(claims.claim_job, await large(store), token=uuid4().hex, kind="x86")
    assert claim is not None
    return claim


async def kept(store: Store) -> int:
    """Return the space that jobs take, as it was counted last."""
    return await store.read(lambda connection: connection.scalars(select(VERSION.kept_bytes)).one())


async def counted(store: Store) -> int:
    """Count the space that jobs take."""
    await store.write(space.count)
    return await kept(store)


async def test_a_new_job_takes_the_space_that_it_may_need(store: Store) -> None:
    await large(store)

    assert await kept(store) == WAITING


async def test_the_space_of_waiting_jobs_is_counted_as_it_was_taken(store: Store) -> None:
    await large(store)
    await large(store)

    assert await counted(store) == 2 * WAITING


async def test_a_job_without_space_is_not_created(store: Store) -> None:
    await large(store, TWO)
    await large(store, TWO)

    with pytest.raises(StoreFullError):
        await large(store, TWO)
    assert await counted(store) == 2 * WAITING


async def test_jobs_that_are_created_at_once_do_not_share_space(store: Store) -> None:
    tried = await asyncio.gather(*(large(store, TWO) for _ in range(5)), return_exceptions=True)

    assert sum(isinstance(each, str) for each in tried) == 2


async def test_a_job_that_is_created_again_takes_no_space(store: Store) -> None:
    await create(store, key="k")
    before = await kept(store)

    assert (await create(store, key="k")).replayed

    assert await kept(store) == before


async def test_the_log_of_a_running_job_takes_what_it_has_reserved(store: Store) -> None:
    claim = await running(store)

    await store.change(claims.append, claim, after=None, events=[steps(5)])

    assert await counted(store) == WAITING


async def test_a_job_that_has_succeeded_takes_the_space_of_what_it_has(store: Store) -> None:
    claim = await running(store)
    await store.change(claims.append, claim, after=None, events=[steps(5)])

    await store.change(claims.finish, claim, bytes(500), after=5, events=[steps(9)])

    log = len(steps(5).body) + len(steps(9).body)
    assert await counted(store) == ROW_BYTES + 3000 + log + 500


async def test_a_job_that_has_failed_gives_its_reserved_space_back(store: Store) -> None:
    claim = await running(store)

    await store.change(claims.fail, claim, Failure("poison", ""))

    assert await counted(store) == ROW_BYTES + 3000


async def test_a_job_that_is_given_up_gives_its_reserved_space_back(store: Store) -> None:
    job_id = await large(store)
    await age(store, job_id, "attempts", -claims.ATTEMPTS)

    assert await store.change(claims.claim_job, job_id, token="t", kind="x86") is None

    assert await counted(store) == ROW_BYTES + 3000


async def test_a_cancelled_job_gives_its_reserved_space_back(store: Store) -> None:
    await store.change(commands.cancel, await large(store))

    assert await counted(store) == ROW_BYTES + 3000


async def test_a_deleted_job_gives_its_space_back(store: Store) -> None:
    await store.change(commands.remove, await large(store))

    assert await counted(store) == 0


async def test_of_an_expired_job_its_row_takes_space(store: Store) -> None:
    await finished(store)
    await expire(store, NONE_KEPT)

    assert await counted(store) == EXPIRED_BYTES


async def test_space_that_was_given_back_is_used_again(store: Store) -> None:
    await large(store, TWO)
    await store.change(commands.remove, await large(store, TWO))
    await store.write(space.count)

    await large(store, TWO)

    assert await kept(store) == 2 * WAITING


async def test_the_log_of_a_part_takes_the_space_of_its_job(store: Store) -> None:
    job = await create(store, question="series", request=REQUEST, points=POINTS)
    claim = await store.change(claims.claim_job, job.job.id, token="t", kind="x86")
    assert claim is not None
    first, second = await store.change(splitting.split, claim, [range(5), range(5, 10)])
    for part in first, second:
        held = await store.change(claims.claim_job, part.id, token="p", kind="x86")
        assert held is not None
        await store.change(claims.finish, held, bytes(100), after=None, events=[steps(part.last)])
        await store.change(splitting.adopt, claim, part)
    await store.change(claims.finish, claim, bytes(100))

    log = len(steps(4).body) + len(steps(9).body)
    assert await counted(store) == ROW_BYTES + 3000 + log + 100
