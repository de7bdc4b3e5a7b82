"""The bytes that the process holds for all requests: how many, and who waits for room."""

import asyncio
from uuid import uuid4

import pytest

from service.api.problems import Code, ProblemError
from service.api.state import Budget
from service.api.transfer.budget import Held
from tests.support.time import instant, settled

SECONDS = 5.0


def budget(waiting: int = 1) -> Budget:
    return Budget(100, waiting, SECONDS)


def another(shared: Budget) -> Held:
    """Return what a request of another client holds."""
    return Held(shared, uuid4().hex)


def test_requests_hold_the_bytes_of_the_limit_together() -> None:
    shared = budget()
    another(shared).resize(60, Code.TOO_MANY_UPLOADS)
    another(shared).resize(40, Code.TOO_MANY_ANSWERS)

    with pytest.raises(ProblemError) as refused:
        another(shared).resize(1, Code.TOO_MANY_UPLOADS)

    assert (refused.value.code, refused.value.limit) == ("too_many_uploads", 100)
    assert shared.held == 100


def test_a_request_that_finds_no_room_still_holds_what_it_held() -> None:
    shared = budget()
    held = another(shared)
    held.resize(60, Code.TOO_MANY_UPLOADS)

    with pytest.raises(ProblemError):
        held.resize(101, Code.TOO_MANY_UPLOADS)

    assert (held.size, shared.held) == (60, 60)


def test_a_request_that_is_released_holds_nothing() -> None:
    shared = budget()
    held = another(shared)
    held.resize(60, Code.TOO_MANY_UPLOADS)

    held.release()

    assert (held.size, shared.held) == (0, 0)


@pytest.mark.parametrize(
    ("code", "headers"),
    [(Code.TOO_MANY_UPLOADS, {"Connection": "close"}), (Code.TOO_MANY_ANSWERS, {})],
)
def test_the_connection_of_a_refused_body_is_closed(code: Code, headers: dict[str, str]) -> None:
    with pytest.raises(ProblemError) as refused:
        another(budget()).check(101, code)

    assert refused.value.headers == headers


@instant
async def test_an_answer_waits_until_there_is_room() -> None:
    shared = budget()
    first, second = another(shared), another(shared)
    await first.add(60, Code.TOO_MANY_ANSWERS)
    waiting = asyncio.create_task(second.add(60, Code.TOO_MANY_ANSWERS))
    await asyncio.sleep(SECONDS * 0.99)
    assert not waiting.done()

    first.release()
    await settled()

    assert waiting.done()
    assert (second.size, shared.held) == (60, 60)


@instant
async def test_an_answer_without_room_in_time_is_refused() -> None:
    shared = budget()
    another(shared).resize(60, Code.TOO_MANY_UPLOADS)
    waiting = asyncio.create_task(another(shared).add(60, Code.TOO_MANY_ANSWERS))

    await asyncio.sleep(SECONDS * 1.01)

    with pytest.raises(ProblemError, match="Retry after"):
        await waiting
    assert shared.held == 60


@instant
async def test_an_answer_is_refused_at_once_when_enough_others_wait() -> None:
    shared = budget(waiting=1)
    another(shared).resize(60, Code.TOO_MANY_UPLOADS)
    waiting = asyncio.create_task(another(shared).add(60, Code.TOO_MANY_ANSWERS))
    await settled()

    with pytest.raises(ProblemError):
        await another(shared).add(60, Code.TOO_MANY_ANSWERS)

    waiting.cancel()


@instant
async def test_the_requests_of_one_client_take_half_of_the_places_to_wait() -> None:
    shared = budget(waiting=3)
    another(shared).resize(60, Code.TOO_MANY_UPLOADS)
    theirs = [
        asyncio.create_task(Held(shared, "a").add(60, Code.TOO_MANY_ANSWERS)) for _ in range(3)
    ]
    await settled()

    other = asyncio.create_task(another(shared).add(60, Code.TOO_MANY_ANSWERS))
    await settled()

    assert [waiting.done() for waiting in (*theirs, other)] == [False, False, True, False]
    assert isinstance(theirs[2].exception(), ProblemError)


@instant
async def test_a_request_that_stops_waiting_leaves_its_place() -> None:
    shared = budget(waiting=1)
    first = another(shared)
    first.resize(60, Code.TOO_MANY_UPLOADS)
    leaving = asyncio.create_task(another(shared).add(60, Code.TOO_MANY_ANSWERS))
    await settled()
    leaving.cancel()
    await settled()

    staying = asyncio.create_task(another(shared).add(60, Code.TOO_MANY_ANSWERS))
    await settled()
    first.release()
    await staying

    assert shared.held == 60


@pytest.mark.parametrize(("size", "fits"), [(20, True), (21, False)])
def test_a_client_that_holds_bytes_already_may_hold_half_of_what_is_free(
    size: int, *, fits: bool
) -> None:
    shared = budget()
    Held(shared, "ann").resize(60, Code.TOO_MANY_ANSWERS)

    assert shared.has_room("ann", 0, size) == fits


def test_another_client_may_hold_all_that_is_free() -> None:
    shared = budget()
    Held(shared, "ann").resize(60, Code.TOO_MANY_ANSWERS)

    Held(shared, "ben").resize(40, Code.TOO_MANY_ANSWERS)

    assert shared.held == 100


def test_a_request_grows_as_if_it_held_nothing_before() -> None:
    shared = budget()
    Held(shared, "ann").resize(60, Code.TOO_MANY_UPLOADS)
    growing = Held(shared, "ann")
    growing.resize(15, Code.TOO_MANY_UPLOADS)

    growing.resize(20, Code.TOO_MANY_UPLOADS)

    with pytest.raises(ProblemError):
        growing.resize(21, Code.TOO_MANY_UPLOADS)


def test_a_client_that_holds_nothing_any_more_has_no_share_of_before() -> None:
    shared = budget()
    first = Held(shared, "ann")
    first.resize(60, Code.TOO_MANY_ANSWERS)

    first.release()

    assert shared.has_room("ann", 0, 100)
