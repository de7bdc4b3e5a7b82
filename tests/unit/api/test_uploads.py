"""The bytes of files in memory: they are counted as they arrive, and until the answer."""

import numpy as np
import pytest

from service.api.problems import ProblemError
from service.api.state import Uploads, state_of
from tests.support.applications import application
from tests.support.exchange import Exchange
from tests.support.streams import NDJSON
from tests.support.tables import NPY, npy
from tests.support.time import instant, settled

FILE = npy(np.ones((3, 2, 5)))
LENGTH = {"Content-Length": str(len(FILE))}


def test_files_have_the_bytes_of_the_limit_together() -> None:
    uploads = Uploads(100)
    uploads.hold(60)
    uploads.hold(40)

    with pytest.raises(ProblemError) as refused:
        uploads.hold(1)

    assert (refused.value.code, refused.value.limit, uploads.held) == ("too_many_uploads", 100, 100)


@instant
async def test_a_file_counts_with_its_announced_length_before_it_arrives() -> None:
    async with application() as (app, _):
        exchange = Exchange(app, "POST", "/series", body=None, headers=NPY | LENGTH).begin()
        await settled()
        held = state_of(app).uploads.held

        exchange.leave()
        await exchange.ended()

    assert held == len(FILE)


@instant
async def test_a_file_of_unknown_length_counts_as_it_arrives() -> None:
    async with application() as (app, _):
        exchange = Exchange(app, "POST", "/series", body=None, headers=NPY).begin()
        exchange.give(FILE[:100], more=True)
        await settled()
        held = state_of(app).uploads.held

        exchange.leave()
        await exchange.ended()

    assert held == 100


@instant
async def test_a_file_for_which_there_is_no_room_is_refused_for_now() -> None:
    async with application(max_upload_bytes=1024) as (app, _):
        state_of(app).uploads.hold(1024 - len(FILE) + 1)

        exchange = Exchange(app, "POST", "/series", body=None, headers=NPY | LENGTH)
        await exchange.begin().ended()

    assert (exchange.status, exchange.headers["retry-after"]) == (503, "1")
    assert exchange.json()["code"] == "too_many_uploads"


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
            assert state_of(app).uploads.held == 0

    test()


@instant
async def test_a_file_counts_while_its_stream_is_open() -> None:
    async with application() as (app, pool):
        pool.hold()
        headers = NPY | {"Accept": NDJSON}
        exchange = Exchange(app, "POST", "/series", body=FILE, headers=headers).begin()
        await settled()
        held = state_of(app).uploads.held

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

        assert state_of(app).uploads.held == 0


@instant
async def test_a_file_no_longer_counts_when_no_stream_is_free() -> None:
    async with application(max_streams=1) as (app, _):
        with state_of(app).streams.slot(lambda _: None):
            headers = NPY | {"Accept": NDJSON}
            exchange = Exchange(app, "POST", "/series", body=FILE, headers=headers)
            await exchange.begin().ended()

        assert exchange.json()["code"] == "too_many_streams"
        assert state_of(app).uploads.held == 0
