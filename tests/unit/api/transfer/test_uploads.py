"""The bytes of files and large bodies: they count as they arrive, and until the answer."""

import numpy as np
import pytest
from starlette.requests import Request
from starlette.types import Message

from service.api.state import state_of
from service.api.transfer.budget import SMALL_BODY_BYTES
from service.api.transfer.uploads import SHARED_BYTES, Upload
from service.descent.questions.records import MAX_NUMBERS, NUMBER_BYTES
from service.pool.memory import Mapping
from tests.support.applications import application
from tests.support.exchange import JSON_BODY, Exchange
from tests.support.streams import NDJSON
from tests.support.tables import NPY, npy
from tests.support.time import instant, settled

FILE = npy(np.ones((3, 2, 5)))
LENGTH = {"Content-Length": str(len(FILE))}
PREDICTIONS = {"Coaster-Options": '{"include": ["predictions"]}', "Content-Type": "text/csv"}
LARGEST_ANSWER = NUMBER_BYTES * MAX_NUMBERS
CSV = b"1,2\n3,4\n"


async def predicted(room: int) -> Exchange:
    """Ask for predictions of CSV, with room for the largest answer and this many bytes more."""
    async with application() as (app, _):
        state_of(app).budget.most = LARGEST_ANSWER + room
        exchange = Exchange(app, "POST", "/fit", body=CSV, headers=PREDICTIONS)
        return await exchange.begin().ended()


@instant
async def test_a_file_counts_as_it_arrives() -> None:
    async with application() as (app, _):
        exchange = Exchange(app, "POST", "/series", body=None, headers=NPY | LENGTH).begin()
        exchange.give(FILE[:100], more=True)
        await settled()
        held = state_of(app).budget.held

        exchange.leave()
        await exchange.ended()

    assert held == 100


@instant
async def test_a_file_for_which_there_is_no_room_is_refused_for_now() -> None:
    async with application() as (app, _):
        budget = state_of(app).budget
        budget.hold("other", budget.most - len(FILE) + 1)

        exchange = Exchange(app, "POST", "/series", body=None, headers=NPY | LENGTH)
        await exchange.begin().ended()

    assert (exchange.status, exchange.headers["retry-after"]) == (503, "1")
    assert exchange.json()["code"] == "too_many_uploads"


@instant
async def test_a_file_that_can_never_be_held_with_its_answer_is_refused_before_it_arrives() -> None:
    async with application() as (app, _):
        most = state_of(app).budget.most - LARGEST_ANSWER
        headers = PREDICTIONS | {"Content-Length": str(most + 1)}

        exchange = await Exchange(app, "POST", "/fit", body=None, headers=headers).begin().ended()

    (error,) = exchange.json()["errors"]
    assert (exchange.status, error["pointer"]) == (413, "/include")
    assert (exchange.json()["limit"], exchange.json()["given"]) == (most, most + 1)


@instant
async def test_a_file_of_unknown_size_is_refused_if_it_can_never_be_held_with_its_answer() -> None:
    exchange = await predicted(room=5)

    assert (exchange.status, exchange.json()["limit"]) == (413, 5)


@instant
async def test_a_file_is_held_with_the_largest_answer_that_has_room() -> None:
    exchange = await predicted(room=len(CSV))

    assert exchange.status == 200


@pytest.mark.parametrize(
    ("body", "accept", "status"),
    [(FILE, "*/*", 200), (FILE, NDJSON, 200), (b"nothing", "*/*", 400), (b"nothing", NDJSON, 400)],
    ids=["answer", "stream", "refusal", "refused stream"],
)
def test_a_file_no_longer_counts_after_the_answer(body: bytes, accept: str, status: int) -> None:
    @instant
    async def test() -> None:
        async with application() as (app, _):
            headers = NPY | {"Accept": accept}

            exchange = Exchange(app, "POST", "/series", body=body, headers=headers)
            await exchange.begin().ended()

            assert exchange.status == status
            assert state_of(app).budget.held == 0

    test()


@instant
async def test_a_file_counts_while_its_stream_is_open() -> None:
    async with application() as (app, pool):
        pool.hold()
        headers = NPY | {"Accept": NDJSON}
        exchange = Exchange(app, "POST", "/series", body=FILE, headers=headers).begin()
        await settled()
        held = state_of(app).budget.held

        pool.release()
        await exchange.ended()

    assert held == len(FILE)


@instant
async def test_a_file_no_longer_counts_when_its_client_has_left() -> None:
    async with application() as (app, _):
        exchange = Exchange(app, "POST", "/series", body=None, headers=NPY | LENGTH).begin()
        exchange.give(FILE[:10], more=True)
        await settled()

        exchange.leave()
        await exchange.ended()

        assert state_of(app).budget.held == 0


@instant
async def test_a_file_no_longer_counts_when_no_stream_is_free() -> None:
    async with application(max_streams=1) as (app, _):
        with state_of(app).streams.slot(lambda _: None):
            headers = NPY | {"Accept": NDJSON}
            exchange = Exchange(app, "POST", "/series", body=FILE, headers=headers)
            await exchange.begin().ended()

        assert exchange.json()["code"] == "too_many_streams"
        assert state_of(app).budget.held == 0


@pytest.mark.parametrize("path", ["/fit", "/jobs", "/sweep", "/fit/stream"])
def test_a_large_body_counts_as_it_arrives(path: str) -> None:
    @instant
    async def test() -> None:
        async with application() as (app, _):
            exchange = Exchange(app, "POST", path, body=None, headers=JSON_BODY).begin()
            exchange.give(bytes(SMALL_BODY_BYTES), more=True)
            await settled()
            small = state_of(app).budget.held
            exchange.give(b" ", more=True)
            await settled()
            held = state_of(app).budget.held

            exchange.leave()
            await exchange.ended()

            assert (small, held) == (0, SMALL_BODY_BYTES + 1)
            assert state_of(app).budget.held == 0

    test()


@instant
async def test_a_large_body_for_which_there_is_no_room_is_refused_by_its_head() -> None:
    length = {"Content-Length": str(SMALL_BODY_BYTES + 1)}
    async with application() as (app, _):
        budget = state_of(app).budget
        budget.hold("other", budget.most)

        exchange = Exchange(app, "POST", "/fit", body=None, headers=JSON_BODY | length)
        await exchange.begin().ended()

    assert (exchange.status, exchange.headers["retry-after"]) == (503, "1")
    assert exchange.json()["code"] == "too_many_uploads"
    assert exchange.headers["connection"] == "close"


@instant
async def test_a_small_body_always_has_room() -> None:
    async with application() as (app, _):
        budget = state_of(app).budget
        budget.hold("other", budget.most)

        exchange = Exchange(app, "POST", "/fit", body={"synthetic": {}, "lr": 1e-5})
        await exchange.begin().ended()

    assert exchange.status == 200


@pytest.mark.parametrize(("size", "shared"), [(SHARED_BYTES - 1, False), (SHARED_BYTES, True)])
@instant
async def test_a_large_file_is_received_into_shared_memory(size: int, *, shared: bool) -> None:
    chunks = iter([b"1" * 100, b"2" * (size - 100)])

    async def receive() -> Message:
        chunk = next(chunks, None)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    async with application() as (app, _):
        scope = {"type": "http", "app": app, "headers": [], "state": {}}
        with Upload() as upload:
            await upload.receive(Request(scope, receive))
            contents = [piece.raw() for piece in upload.pieces]

    assert [isinstance(each.obj, Mapping) for each in contents if each] == [shared] * (2 - shared)
    assert sum(each.nbytes for each in contents) == size
