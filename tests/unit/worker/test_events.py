import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.descent.answers.events import Event, Started, Steps
from service.descent.errors import NotComputableError
from service.descent.fit import events
from service.descent.methods.models.mlp import Mlp
from service.descent.questions.fit import StreamSpec
from service.descent.questions.options import Include, Solver, Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.pool.frames import EventBytes
from service.pool.scheduling import COALESCE_SECONDS, EVENT_NUMBERS, EVENT_STEPS
from service.worker.answers import encoded_events, gathered, unsent
from tests.support.specs import random_specs

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


def sent(spec: StreamSpec) -> list[EventBytes]:
    return list(encoded_events(spec, events(spec)))


def as_json(event: EventBytes) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(event.body)
    assert loaded["type"] == event.type
    return loaded


def rows(columns: dict[str, Any], numbers: list[int]) -> list[Row]:
    """A row for each step, with all that is sent of it."""
    there = {name: columns[name] for name in COLUMNS if columns.get(name)}
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


def made(happened: Iterable[Event]) -> list[Row]:
    """The steps as descent makes them."""
    return [
        row
        for event in happened
        if isinstance(event, Steps)
        for row in rows(vars(event), event.step)
    ]


def seen(spec: StreamSpec, happened: list[EventBytes]) -> list[Row]:
    """The steps as a reader sees them, by the number of the first and `record_every` alone."""
    found = []
    for event in happened:
        if event.type == "steps":
            content = as_json(event)
            numbers = [content["first"] + i * spec.every for i in range(len(content["loss"]))]
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
def test_a_stream_that_goes_on_tells_exactly_the_steps_beyond(
    spec: StreamSpec, data: st.DataObject
) -> None:
    try:
        whole = made(events(spec))
    except NotComputableError:
        assume(False)  # noqa: FBT003 - hypothesis' way to say so
    after = data.draw(st.sampled_from([-1, 0, whole[-1][0]]) | st.integers(-1, whole[-1][0]))

    beginning, rest = sent(spec), sent(replace(spec, after=after))

    assert seen(spec, beginning) == whole
    assert seen(spec, rest) == [row for row in whole if row[0] > after]
    assert [event.type for event in beginning].index("started") == 0
    assert {event.type for event in rest} <= {"steps"}


def test_the_start_is_told_before_the_steps_and_tells_that_there_are_none() -> None:
    started, steps = sent(LECTURE)[:2]

    assert (started.type, started.last) == ("started", -1)
    assert (steps.type, as_json(steps)["first"]) == ("steps", 0)


def test_the_start_holds_the_points_and_the_request() -> None:
    started = as_json(sent(LECTURE)[0])

    assert set(started) == {"type", "resolved", "data", "optimum", "analysis"}
    assert len(started["data"]["t"]) == 20
    assert "after" not in started["resolved"]
    assert started["resolved"]["include"] == []


@pytest.mark.parametrize("after", [None, -1, 0])
def test_a_fit_without_a_first_step_tells_nothing(after: int | None) -> None:
    spec = replace(UNCOMPUTABLE, after=after)

    with pytest.raises(NotComputableError):
        next(encoded_events(spec, events(spec)))


def test_the_first_steps_are_told_as_soon_as_they_are_made() -> None:
    drawn: list[Event] = []

    def watched() -> Iterator[Event]:
        for event in events(LOOP):
            drawn.append(event)
            yield event

    next(encoded_events(LOOP, watched()))

    assert [type(event) for event in drawn] == [Started, Steps]


def test_a_stream_whose_steps_were_all_told_tells_nothing_more() -> None:
    assert sent(replace(LECTURE, after=10)) == []


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, all that is made comes within the pause."""
    monkeypatch.setattr("service.worker.answers.COALESCE_SECONDS", math.inf)


@pytest.mark.usefixtures("fast")
def test_steps_that_come_fast_are_told_together_but_for_the_first() -> None:
    assert [len(as_json(event)["loss"]) for event in sent(LOOP) if event.type == "steps"] == [1, 10]


LONG = {
    "in closed form": replace(LECTURE, steps=2500),
    "by the loop": replace(LOOP, steps=1100),
    "thinned": replace(LECTURE, steps=4000, record_every=3),
    "thinned while all are watched": replace(
        LECTURE, steps=10_000, record_every=7, validation=Validation(0.2)
    ),
    "wide": replace(
        LECTURE,
        synthetic=Synthetic(points=60),
        lr=1e-9,
        steps=400,
        include=("predictions", "gradients"),
    ),
    "wider than an event": replace(
        LECTURE, synthetic=Synthetic(points=5000), lr=1e-30, steps=4, include=("predictions",)
    ),
}


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("spec", LONG.values(), ids=LONG)
def test_long_blocks_are_cut_into_events_of_bounded_size_without_a_loss(spec: StreamSpec) -> None:
    happened = list(events(spec))

    all_sent = list(encoded_events(spec, iter(happened)))

    contents = [as_json(event) for event in all_sent if event.type == "steps"]
    assert max(len(content["loss"]) for content in contents) <= EVENT_STEPS
    several = [numbers_in(content) for content in contents if len(content["loss"]) > 1]
    assert max(several, default=0) <= EVENT_NUMBERS
    assert seen(spec, all_sent) == made(happened)


def test_an_event_may_hold_a_thousand_steps_or_four_thousand_numbers() -> None:
    assert (EVENT_STEPS, EVENT_NUMBERS) == (1000, 4000)


@pytest.mark.usefixtures("fast")
def test_steps_of_many_numbers_are_cut_sooner() -> None:
    """A step holds its number, its loss, three coefficients and three parts of the gradient."""
    wide = replace(LECTURE, steps=1000, include=("params", "gradients"))

    lengths = [len(as_json(event)["loss"]) for event in sent(wide) if event.type == "steps"]

    assert lengths == [EVENT_NUMBERS // 8, EVENT_NUMBERS // 8, 1]


@pytest.mark.usefixtures("fast")
def test_a_step_with_more_numbers_than_an_event_may_hold_is_told_alone() -> None:
    wide = LONG["wider than an event"]

    assert [len(as_json(event)["loss"]) for event in sent(wide)[1:]] == [1] * 5


def test_the_start_of_a_fit_without_an_optimum_has_none() -> None:
    network = replace(
        LECTURE, model=Mlp(hidden=(2,)), solver="loop", scale="standardize", steps=1, lr=0.01
    )

    assert set(as_json(sent(network)[0])) == {"type", "resolved", "data", "analysis"}


def test_an_event_holds_the_columns_that_were_asked_for() -> None:
    watched = replace(LECTURE, validation=Validation(0.2), include=("params", "gradients"))

    assert set(as_json(sent(watched)[1])) == {
        *("type", "first", "last", "loss", "validation_loss", "params", "gradients"),
    }


# How steps are cut and gathered


def block(first: int, last: int) -> Steps:
    """Steps whose losses are their numbers."""
    numbers = list(range(first, last + 1))
    return Steps(
        step=numbers,
        loss=[float(number) for number in numbers],
        validation_loss=[],
        batch_loss=[],
        params={},
        gradients={},
        predictions=[],
    )


def ends(blocks: Iterator[Steps]) -> list[tuple[int, int]]:
    """The first and the last step of each block. All losses are those of their steps."""
    drawn = list(blocks)
    assert all(each.loss == list(map(float, each.step)) for each in drawn)
    return [(each.step[0], each.step[-1]) for each in drawn]


def test_only_blocks_that_are_too_long_are_cut() -> None:
    assert ends(unsent([block(0, 0), block(1, 3), block(4, 10)], -1, 3)) == [
        (0, 0),
        (1, 3),
        (4, 6),
        (7, 9),
        (10, 10),
    ]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (-1, [(0, 2), (3, 5)]),
        (0, [(1, 2), (3, 5)]),
        (2, [(3, 5)]),
        (4, [(5, 5)]),
        (5, []),
    ],
)
def test_steps_up_to_the_last_that_was_sent_are_left_out(
    after: int, expected: list[tuple[int, int]]
) -> None:
    assert ends(unsent([block(0, 2), block(3, 5)], after, 100)) == expected


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("service.worker.answers.perf_counter", made)
    return made


def coming(clock: Clock, pause: float, count: int) -> Iterator[Steps]:
    """Single steps, each this long after the one before."""
    for number in range(count):
        clock.seconds += pause
        yield block(number, number)


def test_steps_that_come_slowly_are_told_one_by_one(clock: Clock) -> None:
    slowly = coming(clock, 1.001 * COALESCE_SECONDS, 3)

    assert ends(gathered(slowly, 100)) == [(0, 0), (1, 1), (2, 2)]


def test_steps_that_come_within_the_pause_are_sent_together(clock: Clock) -> None:
    """The first at once, then about every three steps, and the rest at the end."""
    steps = coming(clock, COALESCE_SECONDS / 2.5, 9)

    assert ends(gathered(steps, 100)) == [(0, 0), (1, 3), (4, 6), (7, 8)]


def test_the_pause_is_over_at_its_end(clock: Clock) -> None:
    clock.seconds = 0.0
    joined = gathered(coming(clock, COALESCE_SECONDS, 2), 100)

    assert next(joined).step == [0]
    assert next(joined).step == [1]


def test_an_event_is_sent_as_soon_as_it_is_full(clock: Clock) -> None:
    assert ends(gathered(coming(clock, 0.0, 6), 2)) == [(0, 0), (1, 2), (3, 4), (5, 5)]


def test_steps_that_do_not_fit_in_an_event_begin_the_next(clock: Clock) -> None:
    del clock
    blocks = iter([block(0, 0), block(1, 2), block(3, 4), block(5, 5)])

    assert ends(gathered(blocks, 3)) == [(0, 0), (1, 2), (3, 5)]


def test_the_pause_begins_when_an_event_is_told_because_it_is_full(clock: Clock) -> None:
    def blocks() -> Iterator[Steps]:
        yield block(0, 0)
        yield block(1, 2)
        clock.seconds += 0.9 * COALESCE_SECONDS
        yield block(3, 4)
        clock.seconds += 0.9 * COALESCE_SECONDS
        yield block(5, 5)

    assert ends(gathered(blocks(), 3)) == [(0, 0), (1, 2), (3, 5)]
