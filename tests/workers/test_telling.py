import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from service.descent.errors import DescentError
from service.descent.events import Event, Started, Steps
from service.descent.fit import events
from service.descent.parts import Include, Points, Solver, Stop, Synthetic, Validation
from service.descent.spec import StreamSpec
from service.workers.frames import Told
from service.workers.telling import MAX_NUMBERS, MAX_STEPS, PAUSE_SECONDS, tell
from tests.descent.specs import random_specs

LECTURE = StreamSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10)
LOOP = replace(LECTURE, solver="loop")
UNCOMPUTABLE = StreamSpec(data=Points.of([1e100], [2]), seed=1, lr=0.1, steps=1)
COLUMNS = ("loss", "validation_loss", "params", "gradients", "predictions")
INCLUDES: list[tuple[Include, ...]] = [
    (),
    ("gradients",),
    ("predictions", "data"),
    ("params", "gradients", "predictions"),
]
HELD_OUT = [None, Validation(0.3, "tail"), Validation(0.2)]
STOPS = [None, Stop(patience=2), Stop(gradient=1.0, min_improvement=1e-3), Stop(gap=1e-2)]

Row = tuple[int, dict[str, Any]]


def told(spec: StreamSpec) -> list[Told]:
    return list(tell(spec, events(spec)))


def as_json(event: Told) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(event.body)
    assert loaded["type"] == event.type
    return loaded


def rows(columns: dict[str, Any], numbers: list[int]) -> list[Row]:
    """A row for each step, with all that is told of it."""
    there = {name: columns[name] for name in COLUMNS if columns.get(name) is not None}
    return [
        (number, {name: _at(column, i) for name, column in there.items()})
        for i, number in enumerate(numbers)
    ]


def _at(column: Any, i: int) -> Any:
    return (
        {name: values[i] for name, values in column.items()}
        if isinstance(column, dict)
        else column[i]
    )


def made(spec: StreamSpec) -> list[Row]:
    """The steps as descent makes them."""
    return [
        row
        for event in events(spec)
        if isinstance(event, Steps)
        for row in rows(vars(event), event.step)
    ]


def seen(spec: StreamSpec, happened: list[Told]) -> list[Row]:
    """The steps as a reader sees them, by the number of the first and `record_every` alone."""
    found = []
    for event in happened:
        if event.type == "steps":
            content = as_json(event)
            numbers = [
                content["first"] + i * spec.record_every for i in range(len(content["loss"]))
            ]
            numbers[-1] = min(numbers[-1], event.last)
            assert numbers[-1] == event.last
            found += rows(content, numbers)
    return found


def numbers_in(event: dict[str, Any]) -> int:
    """How many numbers its columns hold."""
    flat = [
        event["loss"],
        event.get("validation_loss", []),
        *event.get("params", {}).values(),
        *event.get("gradients", {}).values(),
    ]
    return sum(map(len, [*flat, *event.get("predictions", [])]))


@st.composite
def streams(draw: st.DrawFn) -> StreamSpec:
    solver: Solver = draw(st.sampled_from(["exact", "loop"]))
    fields = draw(random_specs(steps=draw(st.integers(1, 40 if solver == "loop" else 3000))))
    held_out = draw(st.sampled_from(HELD_OUT)) if len(fields["data"]) >= 5 else None
    return StreamSpec(
        **fields,
        solver=solver,
        record_every=draw(st.sampled_from([1, 1, 2, 3, 7, 1000])),
        validation=held_out,
        stop=draw(st.sampled_from(STOPS)),
        include=draw(st.sampled_from(INCLUDES)) if len(fields["data"]) < 100 else (),
    )


@given(spec=streams(), data=st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_stream_that_goes_on_tells_exactly_the_steps_beyond(
    spec: StreamSpec, data: st.DataObject
) -> None:
    try:
        whole = made(spec)
    except DescentError:
        assume(False)  # noqa: FBT003 - hypothesis' way to say so
    after = data.draw(st.sampled_from([-1, 0, whole[-1][0]]) | st.integers(-1, whole[-1][0]))

    beginning, rest = told(spec), told(replace(spec, after=after))

    assert seen(spec, beginning) == whole
    assert seen(spec, rest) == [row for row in whole if row[0] > after]
    assert [event.type for event in beginning].index("started") == 0
    assert {event.type for event in rest} <= {"steps"}


def test_the_start_is_told_before_the_steps_and_tells_that_there_are_none() -> None:
    started, steps = told(LECTURE)[:2]

    assert (started.type, started.last) == ("started", -1)
    assert (steps.type, as_json(steps)["first"]) == ("steps", 0)


def test_the_start_holds_the_points_and_the_request() -> None:
    started = as_json(told(LECTURE)[0])

    assert set(started) == {"type", "resolved", "data", "optimum", "analysis"}
    assert len(started["data"]["t"]) == 20
    assert "after" not in started["resolved"]
    assert started["resolved"]["include"] == []


@pytest.mark.parametrize("after", [None, -1, 0])
def test_a_fit_without_a_first_step_tells_nothing(after: int | None) -> None:
    spec = replace(UNCOMPUTABLE, after=after)

    with pytest.raises(DescentError):
        next(tell(spec, events(spec)))


def test_the_first_steps_are_told_as_soon_as_they_are_made() -> None:
    drawn: list[Event] = []

    def watched() -> Iterator[Event]:
        for event in events(LOOP):
            drawn.append(event)
            yield event

    next(tell(LOOP, watched()))

    assert [type(event) for event in drawn] == [Started, Steps]


def test_a_stream_whose_steps_were_all_told_tells_nothing_more() -> None:
    assert told(replace(LECTURE, after=10)) == []


def test_steps_that_come_slowly_are_told_one_by_one() -> None:
    def slowly() -> Iterator[Event]:
        for event in events(LOOP):
            time.sleep(1.1 * PAUSE_SECONDS)
            yield event

    assert [
        len(as_json(event)["loss"]) for event in tell(LOOP, slowly()) if event.type == "steps"
    ] == [1] * 11


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, all that is made comes within the pause."""
    monkeypatch.setattr("service.workers.telling.PAUSE_SECONDS", math.inf)


@pytest.mark.usefixtures("fast")
def test_steps_that_come_fast_are_told_together_but_for_the_first() -> None:
    assert [len(as_json(event)["loss"]) for event in told(LOOP) if event.type == "steps"] == [1, 10]


LONG = {
    "in closed form": replace(LECTURE, steps=10_000),
    "by the loop": replace(LOOP, steps=2500),
    "thinned": replace(LECTURE, steps=10_000, record_every=3),
    "thinned while all are watched": replace(
        LECTURE, steps=10_000, record_every=7, validation=Validation(0.2)
    ),
    "wide": replace(
        LECTURE,
        synthetic=Synthetic(points=60),
        lr=1e-9,
        steps=4000,
        include=("predictions", "gradients"),
    ),
    "wider than an event": replace(
        LECTURE, synthetic=Synthetic(points=30_000), lr=1e-30, steps=4, include=("predictions",)
    ),
}


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("spec", LONG.values(), ids=LONG)
def test_no_event_holds_more_steps_than_may_be(spec: StreamSpec) -> None:
    assert (
        max(len(as_json(event)["loss"]) for event in told(spec) if event.type == "steps")
        <= MAX_STEPS
    )


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("spec", LONG.values(), ids=LONG)
def test_no_event_of_several_steps_holds_more_numbers_than_may_be(spec: StreamSpec) -> None:
    steps = [as_json(event) for event in told(spec) if event.type == "steps"]

    assert (
        max((numbers_in(event) for event in steps if len(event["loss"]) > 1), default=0)
        <= MAX_NUMBERS
    )


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("spec", LONG.values(), ids=LONG)
def test_long_blocks_are_cut_without_a_loss(spec: StreamSpec) -> None:
    assert seen(spec, told(spec)) == made(spec)
