import asyncio
import gc
from contextlib import aclosing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from orjson import dumps, loads

from service.jobs.errors import StoreUnavailableError, UnknownJobError
from service.jobs.job import Failure
from service.jobs.jobs import READ_EVENTS, Jobs, beyond
from service.jobs.storage import claims, queries
from service.jobs.storage.queries import PART_BYTES
from service.jobs.storage.store import Store
from service.pool.frames import EventBytes
from tests.support.hints import Hints
from tests.support.stores import DEFAULTS, STARTED, begun, claimed, queued, watch
from tests.support.time import passed, settled


def steps(first: int, last: int, every: int = 1) -> EventBytes:
    """An event of all recorded steps between these."""
    recorded = sorted({*range(first, last + 1, every), last})
    column = [float(step) for step in recorded]
    return EventBytes(
        "steps",
        last,
        dumps({"type": "steps", "first": first, "loss": column, "params": {"a": column}}),
    )


def looks_at(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs whose logs are read from now on."""
    read: list[str] = []

    def see(query: object, job_id: str, **_: object) -> None:
        if query is queries.log_part:
            read.append(job_id)

    watch(monkeypatch, store, "read", see)
    return read


def jobs_of(store: Store) -> Jobs:
    """The jobs of a store, which nothing runs."""
    return Jobs(store, Hints(), DEFAULTS)


def clock() -> float:
    return asyncio.get_running_loop().time()


async def followed(
    store: Store, job_id: str, after: int | None = None
) -> list[EventBytes | Failure]:
    """Everything that a reader of the log is sent."""
    return [event async for event in await jobs_of(store).follow(job_id, after)]


@given(st.integers(1, 9), st.integers(0, 20), st.integers(0, 60), st.integers(0, 100))
@example(every=3, skipped=0, length=4, after=3)  # the last step is recorded off the grid
def test_what_is_beyond_a_step_is_what_comes_after_it(
    every: int, skipped: int, length: int, after: int
) -> None:
    first = skipped * every
    last = first + length
    event = steps(first, last, every)
    recorded = loads(event.body)["loss"]
    if after >= last:
        return

    rest = loads(beyond(event, after, every=every).body)

    assert rest["loss"] == rest["params"]["a"] == [step for step in recorded if step > after]
    assert rest["first"] == rest["loss"][0]
    assert rest["type"] == "steps"


async def test_a_log_is_followed_while_it_is_written(store: Store) -> None:
    claim = await begun(store)
    events = await jobs_of(store).follow(claim.job, None)
    assert await anext(events) == STARTED
    for last in range(5):
        following = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        await store.change(claims.append, claim, after=last - 1, events=[steps(last, last)])
        assert await following == steps(last, last)
    await store.change(claims.finish, claim, b"the end")

    assert [event async for event in events] == [EventBytes("done", 4, b"the end")]


async def test_a_log_of_any_length_is_followed_to_its_end(store: Store) -> None:
    wrong = []
    for count in (0, 1, READ_EVENTS - 2, READ_EVENTS - 1, READ_EVENTS, 2 * READ_EVENTS + 1):
        claim = await begun(store)
        written = [steps(last, last) for last in range(count)]
        if count:
            await store.change(claims.append, claim, after=-1, events=written)
        await store.change(claims.finish, claim, b"the end")

        expected = [STARTED, *written, EventBytes("done", count - 1, b"the end")]
        if await followed(store, claim.job) != expected:
            wrong.append(count)

    assert wrong == []


async def test_a_log_is_followed_from_any_step(store: Store) -> None:
    claim = await begun(store)
    await store.change(claims.append, claim, after=-1, events=[steps(0, 3), steps(4, 7)])
    await store.change(claims.finish, claim, b"the end")
    done = EventBytes("done", 7, b"the end")

    assert [await followed(store, claim.job, after) for after in (-1, 1, 3, 7)] == [
        [steps(0, 3), steps(4, 7), done],
        [steps(2, 3), steps(4, 7), done],
        [steps(4, 7), done],
        [done],
    ]


async def test_a_job_that_failed_ends_with_its_failure(store: Store) -> None:
    claim = await claimed(store)
    await store.change(claims.fail, claim, Failure("poison", "why"))

    assert await followed(store, claim.job) == [Failure("poison", "why")]


async def test_an_unknown_job_is_not_followed(store: Store) -> None:
    with pytest.raises(UnknownJobError):
        await followed(store, "none")


async def test_a_reader_is_woken_by_the_bell(store: Store) -> None:
    claim = await begun(store)
    async with aclosing(await jobs_of(store).follow(claim.job, -1)) as events:
        following = asyncio.ensure_future(anext(events))
        await settled()
        await store.change(claims.append, claim, after=-1, events=[steps(0, 0)])
        await settled()
        assert following.done()
        assert await following == steps(0, 0)


async def test_the_end_of_a_small_log_is_sent_without_a_look(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await claimed(store)
    events = await jobs_of(store).follow(claim.job, None)
    following = asyncio.ensure_future(anext(events))
    await settled()
    looks = looks_at(store, monkeypatch)
    last = [STARTED, steps(0, 3)]

    await store.change(claims.finish, claim, b"the end", after=None, events=last)

    assert [await following, *[event async for event in events]] == [
        *last,
        EventBytes("done", 3, b"the end"),
    ]
    assert looks == []


async def test_a_reader_that_misses_earlier_events_looks_for_them(store: Store) -> None:
    claim = await claimed(store)
    events = await jobs_of(store).follow(claim.job, None)
    following = asyncio.ensure_future(anext(events))
    await settled()
    await store.write(claims.append, claim, after=None, events=[STARTED])  # without a ring

    await store.change(claims.finish, claim, b"the end", after=-1, events=[steps(0, 3)])

    assert [await following, *[event async for event in events]] == [
        STARTED,
        steps(0, 3),
        EventBytes("done", 3, b"the end"),
    ]


async def test_a_log_with_a_large_end_is_followed_to_it(store: Store) -> None:
    claim, done = await claimed(store), bytes(PART_BYTES)
    events = await jobs_of(store).follow(claim.job, None)
    following = asyncio.ensure_future(anext(events))
    await settled()

    await store.change(claims.finish, claim, done, after=None, events=[STARTED, steps(0, 3)])

    assert await following == STARTED
    assert [event async for event in events] == [steps(0, 3), EventBytes("done", 3, done)]


async def test_a_reader_that_missed_the_bell_looks_again_after_two_seconds(store: Store) -> None:
    claim = await begun(store)
    async with aclosing(await jobs_of(store).follow(claim.job, -1)) as events:
        following = asyncio.ensure_future(anext(events))
        await settled()
        await store.write(claims.append, claim, after=-1, events=[steps(0, 0)])  # without a ring

        assert await following == steps(0, 0)
        assert clock() == 2


async def test_readers_who_want_the_same_share_one_look(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = looks_at(store, monkeypatch)
    claim = await begun(store)
    await store.change(claims.finish, claim, b"the end")

    together = jobs_of(store)
    readers = await asyncio.gather(*(together.follow(claim.job, None) for _ in range(50)))
    events = await asyncio.gather(*(anext(reader) for reader in readers))

    assert events == [STARTED] * 50
    assert looks == [claim.job]
    for reader in readers:
        await reader.aclose()


async def test_a_later_reader_looks_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = looks_at(store, monkeypatch)
    claim = await begun(store)

    together = jobs_of(store)
    for reads in (1, 2):
        async with aclosing(await together.follow(claim.job, None)) as events:
            assert await anext(events) == STARTED
        assert len(looks) == reads


async def test_a_reader_that_leaves_does_not_take_the_look_from_the_others(store: Store) -> None:
    claim = await begun(store)
    together = jobs_of(store)
    first, second = (asyncio.ensure_future(together.follow(claim.job, None)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()

    async with aclosing(await second) as events:
        assert await anext(events) == STARTED


async def test_a_look_that_fails_after_its_reader_has_left_is_no_unhandled_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = (await queued(store)).id
    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))

    async def fail(*_: object, **__: object) -> None:
        await asyncio.sleep(1)
        raise StoreUnavailableError

    monkeypatch.setattr(store, "read", fail)
    reader = asyncio.create_task(jobs_of(store).follow(job_id, None))
    await settled()
    reader.cancel()
    await passed(1)
    del reader  # its traceback would keep the look
    gc.collect()

    assert unhandled == []


async def test_owners_do_not_share_looks(store: Store) -> None:
    job = await queued(store, owner="ann")
    claim = await store.change(claims.claim_job, job.id, token="t", kind="x86")
    assert claim is not None
    await store.change(claims.append, claim, after=None, events=[STARTED])
    together = jobs_of(store)

    owner, other = await asyncio.gather(
        *(together.follow(job.id, None, owner=name) for name in ("ann", "bob")),
        return_exceptions=True,
    )

    assert not isinstance(owner, BaseException)
    assert await anext(owner) == STARTED
    assert isinstance(other, UnknownJobError)
    await owner.aclose()


async def test_events_that_are_there_are_not_waited_for(store: Store) -> None:
    claim = await begun(store)
    written = [steps(last, last) for last in range(2 * READ_EVENTS)]
    await store.change(claims.append, claim, after=-1, events=written)
    async with aclosing(await jobs_of(store).follow(claim.job, -1)) as events:
        assert [await anext(events) for _ in written] == written
    assert clock() == 0


async def test_a_job_that_ends_without_events_is_done_at_once(store: Store) -> None:
    claim = await claimed(store)
    await store.change(claims.finish, claim, b"the end")
    assert await followed(store, claim.job) == [EventBytes("done", 0, b"the end")]
