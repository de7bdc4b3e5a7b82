from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.answers.events import Started, Steps
from service.descent.answers.results import ParamColumns
from service.descent.fit import collect, events
from service.descent.questions.fit import FitSpec, StreamSpec
from service.descent.questions.options import Include, Stop, Synthetic, Validation

LECTURE: dict[str, Any] = {"synthetic": Synthetic(), "seed": 42, "lr": 1e-5, "steps": 30}
FITS: dict[str, dict[str, Any]] = {
    "in closed form": LECTURE,
    "by the loop": LECTURE | {"solver": "loop"},
    "thinned": LECTURE | {"record_every": 7},
    "diverging": LECTURE | {"lr": 1e-3, "steps": 3000},
    "points held out": LECTURE | {"validation": Validation(0.3), "record_every": 4},
    "stopped": LECTURE | {"steps": 3000, "stop": Stop(gap=669.695)},
    "a curve asked for": LECTURE | {"at": (0.5, 20.0)},
}
INCLUDES: list[tuple[Include, ...]] = [
    (),
    ("params",),
    ("data",),
    ("gradients",),
    ("predictions", "params"),
    ("gradients", "data"),
]

numbers = st.floats(allow_nan=False)


@st.composite
def some_steps(draw: st.DrawFn) -> Steps:
    """Up to 12 of them, every column there or empty."""
    n = draw(st.integers(1, 12))
    column = st.lists(numbers, min_size=n, max_size=n)
    columns = st.fixed_dictionaries({"a": column, "b": column})
    curves = st.lists(st.lists(numbers, max_size=3), min_size=n, max_size=n)
    no_numbers: list[float] = []
    no_params: ParamColumns = {}
    no_curves: list[list[float]] = []
    return Steps(
        step=draw(st.lists(st.integers(0, 10**7), min_size=n, max_size=n)),
        loss=draw(column),
        validation_loss=draw(st.just(no_numbers) | column),
        batch_loss=draw(st.just(no_numbers) | column),
        params=draw(st.just(no_params) | columns),
        gradients=draw(st.just(no_params) | columns),
        predictions=draw(st.just(no_curves) | curves),
    )


@given(whole=some_steps(), data=st.data())
def test_parts_joined_are_the_whole(whole: Steps, data: st.DataObject) -> None:
    n = len(whole.step)
    cuts = [0, *sorted(data.draw(st.sets(st.integers(1, n - 1)) if n > 1 else st.just(set()))), n]

    parts = [whole.part(slice(first, last)) for first, last in pairwise(cuts)]

    assert [len(part.step) for part in parts] == [last - first for first, last in pairwise(cuts)]
    assert Steps.joined(parts) == whole


@pytest.mark.parametrize("include", INCLUDES)
@pytest.mark.parametrize("fields", FITS.values(), ids=FITS)
def test_a_stream_adds_up_to_the_fit(fields: dict[str, Any], include: tuple[Include, ...]) -> None:
    assert collect(events(StreamSpec(**fields, include=include))) == collect(
        events(FitSpec(**fields, include=include))
    )


@pytest.mark.parametrize("include", INCLUDES)
def test_a_stream_holds_params_and_data_whatever_is_included(include: tuple[Include, ...]) -> None:
    started, *told = list(events(StreamSpec(**LECTURE, include=include)))[:-1]

    assert isinstance(started, Started)
    assert started.data is not None
    assert started.resolved.include == include
    for steps in told:
        assert isinstance(steps, Steps)
        assert steps.params
        assert bool(steps.gradients) == ("gradients" in include)
        assert bool(steps.predictions) == ("predictions" in include)


@pytest.mark.parametrize("include", INCLUDES)
def test_what_a_stream_reports_is_reported_once(include: tuple[Include, ...]) -> None:
    told = StreamSpec(**LECTURE, include=include).reported

    assert len(told) == len(set(told))
    assert set(told) == {"params", "data", *include}


@pytest.mark.parametrize("after", [None, -1, 12])
def test_where_a_stream_goes_on_is_no_part_of_its_request(after: int | None) -> None:
    assert collect(events(StreamSpec(**LECTURE, after=after))) == collect(
        events(FitSpec(**LECTURE))
    )
