"""Both Python clients, against a real service."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from math import nan
from pathlib import Path
from typing import Any

import httpx
import pytest

from coaster_client import (
    AsyncCoaster,
    Coaster,
    Fit,
    FitRequest,
    InvalidRequestError,
    JobFailedError,
    NotFoundError,
    Retries,
    SeriesResult,
    SweepResult,
    UnreachableError,
)
from coaster_client.models import JobEvent, Progress, StepsEvent, StreamEvent
from tests.support.server import Server
from tests.support.streams import Json, timeless
from tests.support.tables import arrow

POINTS = ([0, 1, 2, 3, 4], [9.1, 4.2, 1.8, 2.3, 5.1])
JOB: Any = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 2000, "solver": "loop"}
LONG: Any = JOB | {"steps": 300_000}
MANY: list[FitRequest] = [{"data": POINTS, "seed": 1, "steps": steps} for steps in range(1, 41)]
REJECTED: FitRequest = {"data": ([], [])}


@pytest.fixture
def coaster(server: Server) -> Iterator[Coaster]:
    with Coaster(server.url) as opened:
        yield opened


def with_async(server: Server, use: Callable[[AsyncCoaster], Awaitable[Any]]) -> Any:
    """Return what a function returns for a client of asyncio."""

    async def run() -> Any:
        async with AsyncCoaster(server.url) as opened:
            return await use(opened)

    return asyncio.run(run())


def recorded(events: Sequence[StreamEvent | JobEvent]) -> list[float]:
    return [loss for event in events if isinstance(event, StepsEvent) for loss in event.loss]


def test_a_fit_is_that_of_the_service(coaster: Coaster, client: httpx.Client) -> None:
    sent: Json = {"data": {"t": POINTS[0], "y": POINTS[1]}, "steps": 10, "seed": 42, "at": [5]}

    fit = coaster.fit(data=POINTS, steps=10, seed=42, at=[5])

    assert timeless(fit.raw) == timeless(client.post("/fit", json=sent).json())


def test_a_fit_of_asyncio_is_the_same(server: Server, coaster: Coaster) -> None:
    fit = with_async(server, lambda opened: opened.fit(data=POINTS, steps=10, seed=42))

    assert timeless(fit.raw) == timeless(coaster.fit(data=POINTS, steps=10, seed=42).raw)


def test_a_sweep_and_an_analysis_are_answered(coaster: Coaster) -> None:
    analysis = coaster.analysis(data=POINTS).analysis
    sweep = coaster.sweep(data=POINTS, lrs=[1e-3, 1.0])

    assert analysis.lr_limit is not None
    assert [run.lr < analysis.lr_limit for run in sweep.runs] == [True, False]


def test_asyncio_has_sweeps_and_analyses_too(server: Server) -> None:
    async def ask(opened: AsyncCoaster) -> tuple[Any, Any]:
        return await opened.sweep(data=POINTS, lrs=[0.1]), await opened.analysis(data=POINTS)

    sweep, analysis = with_async(server, ask)

    assert sweep.runs[0].lr == 0.1
    assert analysis.analysis.lr_best > 0


def test_many_series_are_those_of_the_service(coaster: Coaster, client: httpx.Client) -> None:
    t, y = POINTS
    sent: Json = {"t": t, "y": [y, y[::-1]], "steps": 10, "seed": 42}

    series = coaster.series(data=(t, [y, y[::-1]]), steps=10, seed=42)

    assert timeless(series.raw) == timeless(client.post("/series", json=sent).json())


def test_asyncio_has_series_too(server: Server, coaster: Coaster) -> None:
    data: Json = {"series": ["a"] * 5, "t": POINTS[0], "y": POINTS[1]}

    series = with_async(server, lambda opened: opened.series(data=data, seed=1))

    assert timeless(series.raw) == timeless(coaster.series(data=data, seed=1).raw)


def test_a_rejected_request_says_what_is_wrong(coaster: Coaster) -> None:
    with pytest.raises(InvalidRequestError) as rejected:
        coaster.fit(data=POINTS, steps=0)

    assert rejected.value.code == "out_of_range"
    assert rejected.value.errors[0].pointer == "/steps"


def test_a_service_that_does_not_run_is_unreachable() -> None:
    with Coaster("http://127.0.0.1:1", retries=Retries(1)) as nowhere:
        with pytest.raises(UnreachableError):
            nowhere.fit(data=POINTS)
        with pytest.raises(UnreachableError):
            next(nowhere.jobs.events("1"))


def test_a_service_that_does_not_run_is_unreachable_for_asyncio_too() -> None:
    async def ask() -> None:
        async with AsyncCoaster("http://127.0.0.1:1", retries=Retries(1)) as nowhere:
            with pytest.raises(UnreachableError):
                await nowhere.fit(data=POINTS)
            with pytest.raises(UnreachableError):
                await anext(aiter(nowhere.jobs.events("1")))

    asyncio.run(ask())


@pytest.mark.parametrize("url", ["localhost:8000", "http://", "http://localhost:port", ""])
def test_nothing_but_http_is_called(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        Coaster(url)


def test_the_steps_of_a_stream_are_those_of_the_fit(coaster: Coaster) -> None:
    events = list(coaster.stream(data=POINTS, steps=100, seed=1, solver="loop"))

    fit = coaster.fit(data=POINTS, steps=100, seed=1, solver="loop")
    assert recorded(events) == fit.losses
    assert (events[0].type, events[-1].type) == ("started", "done")


def test_a_stream_of_asyncio_has_the_same_events(server: Server, coaster: Coaster) -> None:
    async def stream(opened: AsyncCoaster) -> list[StreamEvent]:
        return [event async for event in opened.stream(data=POINTS, steps=9, seed=1)]

    expected = recorded(list(coaster.stream(data=POINTS, steps=9, seed=1)))

    assert recorded(with_async(server, stream)) == expected


def test_many_fits_are_returned_in_order(coaster: Coaster) -> None:
    fits = list(coaster.map(iter(MANY), concurrency=3))

    assert [fit.steps for fit in fits if isinstance(fit, Fit)] == list(range(1, 41))


def test_many_fits_of_asyncio_are_returned_in_order(server: Server) -> None:
    async def fit_all(opened: AsyncCoaster) -> list[int]:
        return [fit.steps async for fit in opened.map(iter(MANY), concurrency=3)]  # type: ignore[union-attr]

    assert with_async(server, fit_all) == list(range(1, 41))


def test_a_rejected_fit_among_many_is_returned_in_its_place(coaster: Coaster) -> None:
    first, second, third = coaster.map([MANY[0], REJECTED, MANY[1]])

    assert isinstance(second, InvalidRequestError)
    assert isinstance(first, Fit)
    assert isinstance(third, Fit)


def test_a_rejected_fit_among_many_of_asyncio_is_returned_in_its_place(server: Server) -> None:
    async def fit_all(opened: AsyncCoaster) -> list[Any]:
        return [fit async for fit in opened.map([MANY[0], REJECTED])]

    assert isinstance(with_async(server, fit_all)[1], InvalidRequestError)


def test_an_endless_iterable_is_read_as_results_are_taken(coaster: Coaster) -> None:
    def requests() -> Iterator[FitRequest]:
        while True:
            yield MANY[0]

    results = coaster.map(requests(), concurrency=2)

    assert isinstance(next(results), Fit)
    results.close()  # type: ignore[attr-defined]  # it is a generator


def test_waiting_for_a_job_returns_the_fit_and_reports_progress(coaster: Coaster) -> None:
    seen: list[Progress] = []
    job = coaster.jobs.create(**JOB)

    fit = coaster.jobs.wait(job.id, progress=seen.append)

    assert timeless(fit.raw) == timeless(coaster.fit(**JOB).raw)
    assert seen[-1].steps_done == 2000


def test_the_events_of_a_job_begin_after_a_step(coaster: Coaster) -> None:
    job = coaster.jobs.create(**JOB)

    events = list(coaster.jobs.events(job.id, after=1990))

    assert len(recorded(events)) == 10
    assert coaster.jobs.list(limit=1, status="succeeded").data[0].id == job.id


def test_a_job_that_does_not_exist_has_no_events(coaster: Coaster) -> None:
    with pytest.raises(NotFoundError):
        next(coaster.jobs.events("0660e92d3d60c744d802809d9a"))


def test_a_job_that_does_not_exist_has_no_events_for_asyncio_either(server: Server) -> None:
    async def ask(opened: AsyncCoaster) -> None:
        with pytest.raises(NotFoundError):
            await anext(aiter(opened.jobs.events("0660e92d3d60c744d802809d9a")))

    with_async(server, ask)


def test_a_cancelled_job_has_failed_and_can_be_deleted(coaster: Coaster) -> None:
    job = coaster.jobs.create(**LONG)
    coaster.jobs.cancel(job.id)

    with pytest.raises(JobFailedError, match="cancelled"):
        coaster.jobs.wait(job.id)
    coaster.jobs.delete(job.id)
    with pytest.raises(NotFoundError):
        coaster.jobs.get(job.id)


def test_a_job_of_a_sweep_has_its_result(coaster: Coaster) -> None:
    job = coaster.jobs.create(kind="sweep", synthetic={}, seed=42, lrs=[1e-6, 1e-5])

    assert [run.lr for run in coaster.jobs.wait(job.id, SweepResult).runs] == [1e-6, 1e-5]
    assert [event.type for event in coaster.jobs.events(job.id)] == ["done"]


def test_a_job_of_series_has_its_result(coaster: Coaster) -> None:
    series: Json = {"series": ["a", "a", "b", "b"], "t": [0, 1, 0, 1], "y": [1, 2, nan, nan]}

    job = coaster.jobs.create(kind="series", data=series, model={"degree": 1})

    result = coaster.jobs.wait(job.id, SeriesResult)
    assert (result.ids, [problem.id for problem in result.problems]) == (["a", "b"], ["b"])
    assert [event.type for event in coaster.jobs.events(job.id)] == ["rows", "done"]


def test_the_points_of_a_file_are_appended_to_a_factor(coaster: Coaster, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("t,y\n3,2.3\n4,5.1\n")
    earlier = coaster.append(None, data=(POINTS[0][:3], POINTS[1][:3])).factor

    whole = coaster.append(earlier, data=tmp_path / "points.csv", steps=10, seed=42, at=[5])

    expected = coaster.fit(data=POINTS, steps=10, seed=42, at=[5])
    assert whole.predictions_at == pytest.approx(expected.predictions_at)
    assert whole.factor is not None
    assert whole.factor.points == 5


def test_asyncio_appends_a_file_too(server: Server, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("t,y\n3,2.3\n4,5.1\n")

    async def append(opened: AsyncCoaster) -> Any:
        earlier = (await opened.append(None, data=(POINTS[0][:3], POINTS[1][:3]))).factor
        return (await opened.append(earlier, data=tmp_path / "points.csv")).factor

    assert with_async(server, append).points == 5


def test_series_of_a_file_have_their_names(coaster: Coaster, tmp_path: Path) -> None:
    rows: Json = {"series": ["a", "a", "b", "b"], "t": [0, 1, 0, 1], "y": [1.0, 2, 3, 5]}
    (tmp_path / "series.arrows").write_bytes(arrow(rows))

    series = coaster.series(data=tmp_path / "series.arrows", model={"degree": 1}, seed=1)

    assert timeless(series.raw) == timeless(
        coaster.series(data=rows, model={"degree": 1}, seed=1).raw
    )


def test_jobs_of_asyncio_are_created_followed_listed_and_deleted(server: Server) -> None:
    async def use(jobs: Any) -> list[Any]:
        seen: list[Progress] = []
        job = await jobs.create(**JOB)
        fit = await jobs.wait(job.id, progress=seen.append)
        events = [event async for event in jobs.events(job.id)]
        ended = (await jobs.cancel(job.id)).status
        listed = (await jobs.list(limit=1)).data[0].id == job.id
        await jobs.delete(job.id)
        return [recorded(events) == fit.losses, seen[-1].steps_done, ended, listed]

    found = with_async(server, lambda opened: use(opened.jobs))

    assert found == [True, 2000, "succeeded", True]


def test_a_fit_draws_its_own_points(coaster: Coaster, tmp_path: Path) -> None:
    picture = coaster.fit(data=POINTS, seed=1).plot()
    picture.save(tmp_path / "fit.svg")

    saved = (tmp_path / "fit.svg").read_text()
    assert saved == picture._repr_svg_()
    assert saved.startswith("<?xml")


def test_a_fit_of_asyncio_draws_its_points(server: Server) -> None:
    async def draw(opened: AsyncCoaster) -> str:
        return (await (await opened.fit(data=POINTS)).plot()).svg

    assert with_async(server, draw).startswith("<?xml")


def test_a_result_of_a_job_is_drawn_with_the_points_passed(coaster: Coaster) -> None:
    fit = coaster.jobs.wait(coaster.jobs.create(data=POINTS).id)

    with pytest.raises(ValueError, match="plot"):
        fit.plot()
    assert fit.plot(POINTS).svg.startswith("<?xml")
    assert fit._repr_html_().startswith("<p>")


def test_a_drawn_fit_of_synthetic_points_needs_no_points(coaster: Coaster) -> None:
    fit = coaster.fit(synthetic={}, seed=42)

    assert fit.plot().svg.startswith("<?xml")


def test_points_that_the_answer_includes_are_drawn(coaster: Coaster) -> None:
    fit = coaster.jobs.wait(coaster.jobs.create(data=POINTS, include=["data"]).id)

    assert fit.plot().svg.startswith("<?xml")


def test_a_notebook_shows_the_picture_and_the_verdict(coaster: Coaster) -> None:
    shown = coaster.fit(data=POINTS, seed=1)._repr_html_()

    assert shown.startswith('<img src="data:image/svg+xml;base64,')
    assert "the loss falls from" in shown
