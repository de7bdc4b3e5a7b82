"""Places of fits: each is free again, however the fit ends."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI

from service.api.disconnect import WATCH_SECONDS
from service.api.problems import ProblemError
from service.api.state import Fits, state_of
from service.pool.interface import QueueFullError, WorkerLostError
from tests.support.applications import application
from tests.support.exchange import Exchange
from tests.support.keys import bearer, key_file
from tests.support.streams import NDJSON, Json
from tests.support.time import instant, passed, settled

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
SWEEP: Json = {"synthetic": {}, "seed": 42, "steps": 10, "lrs": [1e-6, 1e-5]}
SERIES: Json = {"t": [0, 1], "y": [[1, 2]]}
PICTURE = {"Accept": "image/svg+xml"}


def asked(
    app: FastAPI, path: str, body: Json = LECTURE, headers: dict[str, str] | None = None
) -> Exchange:
    """A question on its way."""
    return Exchange(app, "POST", path, body=body, headers=headers).begin()


def test_each_client_has_places_of_its_own() -> None:
    fits = Fits(1)

    with (
        fits.slot("ann"),
        fits.slot("bob"),
        pytest.raises(ProblemError) as refused,
        fits.slot("ann"),
    ):
        pass

    assert (refused.value.code, refused.value.limit, len(fits)) == ("too_many_fits", 1, 0)


def test_without_a_limit_any_number_has_a_place() -> None:
    fits = Fits(None)

    with fits.slot("ann"), fits.slot("ann"):
        assert len(fits) == 2


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/fit", LECTURE, {}),
        ("/fit", LECTURE, PICTURE),
        ("/fit/stream", LECTURE, {}),
        ("/sweep", SWEEP, {}),
        ("/analysis", LECTURE, {}),
        ("/series", SERIES, {}),
        ("/series", SERIES, {"Accept": NDJSON}),
    ],
    ids=[
        "a fit",
        "a picture",
        "a stream",
        "a sweep",
        "an analysis",
        "series",
        "a stream of series",
    ],
)
@pytest.mark.parametrize("held", ["/fit", "/fit/stream"])
def test_a_client_without_a_free_place_is_refused(
    held: str, path: str, body: Json, headers: dict[str, str]
) -> None:
    @instant
    async def test() -> None:
        async with application(max_fits_per_client=1) as (app, pool):
            pool.hold()
            first = asked(app, held)
            await settled()
            refused = await asked(app, path, body, headers).ended()
            assert (refused.status, refused.headers["retry-after"]) == (429, "1")
            assert (refused.json()["code"], refused.json()["limit"]) == ("too_many_fits", 1)
            pool.release()
            await first.ended()
            assert (await asked(app, "/fit").ended()).status == 200
            assert len(state_of(app).fits) == 0

    test()


@instant
async def test_each_fit_that_waits_has_a_place_too() -> None:
    async with application(max_fits_per_client=2) as (app, pool):
        pool.hold()
        first, second = asked(app, "/fit"), asked(app, "/fit")
        await settled()
        assert pool.load.waiting == 2
        assert (await asked(app, "/fit").ended()).status == 429
        pool.release()
        assert ((await first.ended()).status, (await second.ended()).status) == (200, 200)


@instant
async def test_a_job_needs_no_place() -> None:
    async with application(max_fits_per_client=1) as (app, pool):
        pool.hold()
        asked(app, "/fit")
        await settled()
        assert (await asked(app, "/jobs").ended()).status == 202
        pool.release()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (LECTURE | {"steps": 10_000_000, "solver": "loop"}, "cost_over_budget"),
        (LECTURE | {"steps": "ten"}, "wrong_type"),
        ({"data": {"t": [1e100], "y": [1]}, "seed": 1, "lr": 0.1, "steps": 1}, "not_computable"),
    ],
)
@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_refused_fit_leaves_its_place_free(path: str, body: Json, code: str) -> None:
    @instant
    async def test() -> None:
        async with application(max_fits_per_client=1) as (app, _):
            answers = [await asked(app, path, body).ended() for _ in range(2)]
            assert [answer.json()["code"] for answer in answers] == [code, code]
            assert len(state_of(app).fits) == 0

    test()


@pytest.mark.parametrize(
    ("error", "code"), [(QueueFullError, "queue_full"), (WorkerLostError, "worker_lost")]
)
@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_fit_that_the_pool_gives_up_leaves_its_place_free(
    path: str, error: Callable[[], Exception], code: str
) -> None:
    @instant
    async def test() -> None:
        async with application(max_fits_per_client=1) as (app, pool):
            pool.failure = error()
            answer = await asked(app, path).ended()
            assert (answer.status, answer.json()["code"]) == (503, code)
            assert len(state_of(app).fits) == 0

    test()


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
def test_a_client_that_leaves_while_its_fit_waits_leaves_its_place_free(path: str) -> None:
    @instant
    async def test() -> None:
        async with application(max_fits_per_client=1) as (app, pool):
            pool.hold()
            fit = asked(app, path)
            await settled()
            assert (len(state_of(app).fits), pool.load.waiting) == (1, 1)
            fit.leave()
            await passed(WATCH_SECONDS)
            assert (fit.done, len(state_of(app).fits), pool.load.waiting) == (True, 0, 0)

    test()


@instant
async def test_a_client_that_leaves_while_its_fit_runs_leaves_its_place_and_worker_free() -> None:
    async with application(max_fits_per_client=1) as (app, pool):
        fit = asked(app, "/fit", LECTURE | {"steps": 200, "solver": "loop"})
        while not pool.load.busy:
            await asyncio.sleep(0)
        pool.hold()
        fit.leave()
        await passed(WATCH_SECONDS)
        assert (fit.done, len(state_of(app).fits), pool.load.busy) == (True, 0, 0)


@instant
async def test_a_stream_without_a_place_among_streams_takes_none_among_fits() -> None:
    async with application(max_fits_per_client=2, max_streams=1) as (app, pool):
        pool.hold()
        asked(app, "/fit/stream")
        await settled()
        refused = [await asked(app, "/fit/stream").ended() for _ in range(3)]
        assert {answer.json()["code"] for answer in refused} == {"too_many_streams"}
        assert len(state_of(app).fits) == 1
        pool.release()


@instant
async def test_each_key_has_places_of_its_own_at_one_address(tmp_path: Path) -> None:
    file, keys = key_file(tmp_path, ["ann", "bob"])
    ann, bob = bearer(keys["ann"]), bearer(keys["bob"])
    async with application(max_fits_per_client=1, api_keys_file=file) as (app, pool):
        pool.hold()
        first, second = asked(app, "/fit", headers=ann), asked(app, "/fit", headers=bob)
        await settled()
        assert len(state_of(app).fits) == 2
        assert (await asked(app, "/fit", headers=ann).ended()).status == 429
        pool.release()
        assert ((await first.ended()).status, (await second.ended()).status) == (200, 200)


@instant
async def test_without_keys_each_address_has_places_of_its_own() -> None:
    async with application(max_fits_per_client=1) as (app, pool):
        pool.hold()
        first, second = (Exchange(app, "POST", "/fit", body=LECTURE) for _ in range(2))
        second.scope["client"] = ("127.0.0.2", 123)
        first.begin()
        second.begin()
        await settled()
        assert len(state_of(app).fits) == 2
        assert (await asked(app, "/fit").ended()).status == 429
        pool.release()
        assert ((await first.ended()).status, (await second.ended()).status) == (200, 200)
