import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orjson import dumps, loads

from service.jobs.bell import Bell
from service.jobs.errors import UnknownJobError
from service.jobs.following import ROWS, Following, beyond
from service.jobs.job import Failure, Row
from service.jobs.store import Store
from service.workers.frames import Told
from tests.jobs.stores import STARTED, begun, claimed, with_store


def steps(first: int, last: int, every: int = 1) -> Told:
    """An event of all recorded steps between these."""
    recorded = sorted({*range(first, last + 1, every), last})
    column = [float(step) for step in recorded]
    return Told(
        "steps",
        last,
        dumps({"type": "steps", "first": first, "loss": column, "params": {"a": column}}),
    )


def following(store: Store) -> Following:
    return Following(store, store._bell)


async def followed(store: Store, job_id: str, after: int | None = None) -> list[Told | Failure]:
    return [told async for told in following(store).follow(job_id, after)]


@given(st.integers(1, 9), st.integers(0, 20), st.integers(0, 60), st.integers(0, 100))
def test_what_is_beyond_a_step_is_what_comes_after_it(
    every: int, skipped: int, length: int, after: int
) -> None:
    first = skipped * every
    last = first + length
    event = steps(first, last, every)
    recorded = loads(event.body)["loss"]
    if after >= last:
        return

    rest = loads(beyond(Row(last, event.body), after, every=every))

    assert rest["loss"] == rest["params"]["a"] == [step for step in recorded if step > after]
    assert rest["first"] == rest["loss"][0]


def test_a_log_is_followed_while_it_is_written(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        follower = asyncio.create_task(followed(store, claim.job))
        for last in range(5):
            await store.append(claim, after=last - 1, told=[steps(last, last)])
            await asyncio.sleep(0.01)
        await store.finish(claim, b"the end")

        async with asyncio.timeout(1):
            *told, done = await follower

        assert told == [STARTED, *(steps(last, last) for last in range(5))]
        assert done == Told("done", 4, b"the end")

    with_store(url, test)


@pytest.mark.parametrize("count", [0, 1, ROWS - 2, ROWS - 1, ROWS, 2 * ROWS + 1])
def test_a_log_of_any_length_is_followed_to_its_end(sqlite: str, count: int) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        if count:
            await store.append(claim, after=-1, told=[steps(last, last) for last in range(count)])
        await store.finish(claim, b"the end")

        told = await followed(store, claim.job)

        assert [event.last for event in told if isinstance(event, Told)][:-1] == list(
            range(-1, count)
        )

    with_store(sqlite, test)


def test_a_job_that_failed_ends_with_why(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await claimed(store)
        await store.fail(claim, Failure("poison", "why"))

        assert await followed(store, claim.job) == [Failure("poison", "why")]

    with_store(url, test)


def test_an_unknown_job_is_not_followed(url: str) -> None:
    async def test(store: Store) -> None:
        with pytest.raises(UnknownJobError):
            await followed(store, "none")

    with_store(url, test)


def test_those_who_want_the_same_share_one_look(sqlite: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        await store.finish(claim, b"the end")
        looks = 0
        read = store._database.read

        async def counted(work: object) -> object:
            nonlocal looks
            looks += 1
            return await read(work)  # type: ignore[arg-type]

        store._database.read = counted  # type: ignore[method-assign, assignment]
        together = following(store)
        told = await asyncio.gather(*(anext(together.follow(claim.job, None)) for _ in range(50)))

        assert told == [STARTED] * 50
        assert looks == 1

    with_store(sqlite, test)


def test_one_who_leaves_does_not_take_the_look_from_the_others(sqlite: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        together = following(store)
        first, second = (
            asyncio.create_task(anext(together.follow(claim.job, None))) for _ in range(2)
        )
        await asyncio.sleep(0)
        first.cancel()

        assert await second == STARTED

    with_store(sqlite, test)


def test_a_lost_ring_is_made_good_by_a_look(sqlite: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        deaf = Following(store, Bell())
        events = deaf.follow(claim.job, None)
        assert await anext(events) == STARTED
        await store.append(claim, after=-1, told=[steps(0, 0)])

        async with asyncio.timeout(5):
            assert await anext(events) == steps(0, 0)
        await events.aclose()

    with_store(sqlite, test)
