"""Large answers: they leave in pieces, count until they are read, and keep the slot of a client."""

import json

import pytest
from fastapi import FastAPI

from service.api.state import state_of
from service.api.streaming import LARGE_EVENT_BYTES
from service.api.transfer.pieces import GRACE_SECONDS, LEAST_PER_SECOND
from service.descent.questions.asked import Asked
from service.descent.questions.records import NUMBER_BYTES
from service.pool.frames import PART_BYTES, EventBytes, Reply, ReplyKind, split
from tests.support.applications import application
from tests.support.exchange import Exchange
from tests.support.pools import InProcessPool, ScriptedPool
from tests.support.streams import NDJSON
from tests.support.time import instant, passed, settled

RECORDS = 60_001
LARGE = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": RECORDS - 1, "record_every": 1}
"""A fit whose answer has many pieces, and that a worker is expected to take long for."""
EXPECTED = NUMBER_BYTES * RECORDS
SMALL = {"synthetic": {}, "seed": 42, "lr": 1e-5}


class SplittingPool(InProcessPool):
    """Returns large answers in pieces, as worker processes send them."""

    async def pieces(self, question: Asked, cost: float, client: str = "") -> list[bytes]:
        (whole,) = await super().pieces(question, cost, client)
        return [part.payload for part in split(Reply(ReplyKind.ANSWER, whole))]


def asked(app: FastAPI, body: object = LARGE) -> Exchange:
    return Exchange(app, "POST", "/fit", body=body)


async def partly_read(app: FastAPI, *, pieces: int) -> Exchange:
    """A request whose client has read this many pieces of the answer and reads no more."""
    exchange = asked(app)
    exchange.stop_reading()
    exchange.begin()
    await settled()
    exchange.take(pieces)
    await settled()
    return exchange


@instant
async def test_a_large_answer_is_the_answer_in_pieces() -> None:
    async with application(SplittingPool()) as (app, _):
        exchange = await asked(app).begin().ended()

    assert len(exchange.json()["losses"]) == RECORDS
    assert exchange.headers["content-length"] == str(len(exchange.content))
    assert exchange.headers["content-type"] == "application/json"
    assert max(map(len, exchange.parts)) == PART_BYTES


@instant
async def test_a_large_answer_counts_before_a_worker_makes_it() -> None:
    async with application(SplittingPool()) as (app, pool):
        pool.hold()
        exchange = asked(app).begin()
        await settled()
        held = state_of(app).budget.held

        pool.release()
        await exchange.ended()

    assert held == EXPECTED


@instant
async def test_a_large_answer_counts_with_its_size_until_its_last_piece_is_read() -> None:
    async with application(SplittingPool()) as (app, _):
        exchange = await partly_read(app, pieces=2)
        held = state_of(app).budget.held

        exchange.read_on()
        await exchange.ended()

        assert held == int(exchange.headers["content-length"]) < EXPECTED
        assert state_of(app).budget.held == 0


@instant
async def test_a_client_keeps_its_slot_until_the_last_piece_is_read() -> None:
    async with application(SplittingPool(), max_fits_per_client=1) as (app, _):
        exchange = asked(app)
        exchange.stop_reading()
        exchange.begin()
        await settled()
        refused = await asked(app, SMALL).begin().ended()
        exchange.read_on()
        await exchange.ended()
        answered = await asked(app, SMALL).begin().ended()

    assert (refused.status, answered.status) == (429, 200)


@instant
async def test_an_answer_for_which_there_is_no_room_in_time_is_refused() -> None:
    async with application(SplittingPool()) as (app, _):
        budget = state_of(app).budget
        budget.hold("other", budget.most - EXPECTED + 1)

        exchange = await asked(app).begin().ended()

        assert (exchange.status, exchange.headers["retry-after"]) == (503, "1")
        assert exchange.json()["code"] == "too_many_answers"
        assert budget.held == budget.most - EXPECTED + 1


@instant
async def test_an_answer_waits_for_room() -> None:
    async with application(SplittingPool()) as (app, _):
        budget = state_of(app).budget
        budget.hold("other", budget.most)
        exchange = asked(app).begin()
        await passed(1)
        budget.hold("other", -EXPECTED)

        await exchange.ended()

        assert exchange.status == 200


@instant
async def test_a_small_answer_always_has_room() -> None:
    async with application() as (app, _):
        budget = state_of(app).budget
        budget.hold("other", budget.most)

        exchange = await asked(app, SMALL).begin().ended()

    assert exchange.status == 200


@pytest.mark.parametrize(("share", "cut"), [(0.99, False), (1.01, True)])
def test_a_client_has_a_time_to_read_a_large_answer(share: float, cut: bool) -> None:  # noqa: FBT001 - a parameter of the test
    @instant
    async def test() -> None:
        async with application(SplittingPool()) as (app, _):
            exchange = await partly_read(app, pieces=1)
            seconds = GRACE_SECONDS + int(exchange.headers["content-length"]) / LEAST_PER_SECOND
            await passed(share * seconds)
            aborted = exchange.aborted
            exchange.read_on()
            await exchange.ended()

            assert aborted == cut
            assert state_of(app).budget.held == 0

    test()


@instant
async def test_the_large_result_of_a_job_counts_until_it_is_read() -> None:
    async with application() as (app, _):
        created = await Exchange(app, "POST", "/jobs", body=LARGE).begin().ended()
        await passed(1)
        exchange = Exchange(app, "GET", created.headers["location"] + "/result")
        exchange.stop_reading()
        exchange.begin()
        await passed(1)
        exchange.take(2)
        await settled()
        held = state_of(app).budget.held

        exchange.read_on()
        await exchange.ended()

        assert len(exchange.json()["losses"]) == RECORDS
        assert held == int(exchange.headers["content-length"])
        assert state_of(app).budget.held == 0


@instant
async def test_a_large_event_counts_until_it_is_read() -> None:
    pool = ScriptedPool()
    async with application(pool) as (app, _):
        exchange = Exchange(app, "POST", "/fit/stream", body=SMALL, headers={"Accept": NDJSON})
        exchange.stop_reading()
        exchange.begin()
        pool.tell(EventBytes("steps", 1, bytes(LARGE_EVENT_BYTES + 1)))
        pool.end()
        await settled()
        exchange.take(2)
        await settled()
        held = state_of(app).budget.held

        exchange.read_on()
        await exchange.ended()

        assert held == LARGE_EVENT_BYTES + 1
        assert state_of(app).budget.held == 0


@instant
async def test_a_large_event_for_which_there_is_no_room_ends_its_stream() -> None:
    pool = ScriptedPool()
    async with application(pool) as (app, _):
        budget = state_of(app).budget
        budget.hold("other", budget.most)
        exchange = Exchange(
            app, "POST", "/fit/stream", body=SMALL, headers={"Accept": NDJSON}
        ).begin()
        pool.tell(EventBytes("steps", 1, bytes(LARGE_EVENT_BYTES + 1)))

        await exchange.ended()

    (event,) = map(json.loads, exchange.content.splitlines())
    assert (event["type"], event["problem"]["code"]) == ("failed", "too_many_answers")


@instant
async def test_the_result_of_a_job_is_not_built_without_room() -> None:
    async with application() as (app, _):
        created = await Exchange(app, "POST", "/jobs", body=LARGE).begin().ended()
        await passed(1)
        budget = state_of(app).budget
        budget.hold("other", budget.most)

        path = created.headers["location"] + "/result"
        exchange = await Exchange(app, "GET", path).begin().ended()

        assert (exchange.status, exchange.json()["code"]) == (503, "too_many_answers")
        assert budget.held == budget.most
