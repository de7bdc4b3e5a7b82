"""Factors in requests: what is refused, and what is asked of points that are not there."""

import json
from typing import Any

import pytest
from orjson import dumps

from service.api.problems import ProblemError
from service.api.requests import parse
from service.descent.answers.results import DataUsed, data_used
from service.descent.forecast import forecast
from service.descent.methods.bounds import MAX_FACTORS
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec, StreamSpec
from service.descent.questions.setting import converted
from service.descent.questions.sweep import SweepSpec
from service.descent.sweep import sweep
from tests.support.specs import fit, points_of

T, Y = [0.0, 1.0, 2.0, 4.0, 5.0], [1.0, 2.0, 5.0, 3.0, 1.0]


def factor(**columns: Any) -> dict[str, Any]:
    points = points_of(**({"t": T, "y": Y} | columns))
    found = fit(data=points, include=("factor",), scale="standardize").factor
    sent: dict[str, Any] = json.loads(dumps(found))
    return sent


FACTOR = factor()
STAMPS = [f"2024-02-0{day}" for day in range(1, 6)]
STAMPED = factor(t=STAMPS)
KNOWN = factor(sigma=[1.0] * 5, sigma_is="absolute")


def asked(kind: type[FitSpec] = FitSpec, **fields: Any) -> FitSpec:
    return parse(json.dumps({"data": {"factors": [FACTOR]}} | fields).encode(), kind)


def refused(**fields: Any) -> tuple[str, str]:
    with pytest.raises(ProblemError) as problem:
        asked(**fields)
    assert problem.value.errors
    return problem.value.errors[0].code.value, problem.value.errors[0].pointer


def changed(**fields: Any) -> dict[str, Any]:
    return {"factors": [FACTOR | fields]}


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"level": "NaN"}, "wrong_type", "/level"),
        ({"level": 1e200}, "out_of_range", "/level"),
        ({"points": 0}, "out_of_range", "/points"),
        ({"points": 2}, "out_of_range", ""),
        ({"points": 2**53}, "out_of_range", "/points"),
        ({"missing": -1}, "out_of_range", "/missing"),
        ({"scale": 0}, "out_of_range", "/scale"),
        ({"scale": 100}, "out_of_range", ""),
        ({"mean": 100}, "out_of_range", ""),
        ({"nodes": [0, 100]}, "out_of_range", ""),
        ({"nodes": [0]}, "length_mismatch", ""),
        ({"extent": [5, 0]}, "out_of_range", ""),
        ({"extent": [0]}, "too_few_items", "/extent"),
        ({"triangle": [[1, 1, 1, 1], [0, 1, 1], [1, 1], [0]]}, "out_of_range", ""),
        ({"triangle": [[1, 1], [1, 1, 1], [1]]}, "length_mismatch", ""),
        (
            {"triangle": [[1, 1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1], [1, 1], [0]]},
            "length_mismatch",
            "",
        ),
        ({"triangle": []}, "too_few_items", "/triangle"),
        ({"triangle": [["1"]]}, "wrong_type", "/triangle/0/0"),
        ({"degree": 0}, "out_of_range", "/degree"),
        ({"extent": STAMPS[:2]}, "conflicting_fields", ""),
        ({"nodes": STAMPS[:2]}, "conflicting_fields", ""),
        ({"extent": [STAMPS[0], 5]}, "wrong_type", "/extent/1"),
        ({"extent": [STAMPS[0], None]}, "wrong_type", "/extent/1"),
        ({"extent": [STAMPS[0], "2024-02-30"]}, "wrong_type", "/extent/1"),
        ({"extent": STAMPS[:1]}, "too_few_items", "/extent"),
        ({"extent": STAMPS[1::-1], "nodes": STAMPS[:2]}, "out_of_range", ""),
        ({"extent": STAMPS[:2], "nodes": STAMPS[1:3]}, "out_of_range", ""),
        ({"unknown": 0}, "unknown_field", ""),
    ],
    ids=str,
)
def test_a_factor_that_cannot_be_one_is_refused(
    fields: dict[str, Any], code: str, pointer: str
) -> None:
    found, where = refused(data=changed(**fields))

    assert (found, where) == (code, f"/data/factors/0{pointer}")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"solver": "loop"}, "/solver"),
        ({"precision": "float32"}, "/precision"),
        ({"batch_size": 1}, "/batch_size"),
        ({"loss": {"kind": "mae"}}, "/loss"),
        ({"optimizer": {"kind": "adam"}}, "/optimizer"),
        ({"model": {"kind": "mlp"}}, "/model"),
        ({"validation": {"fraction": 0.5}}, "/validation"),
        ({"include": ["predictions"]}, "/include"),
        ({"include": ["data"]}, "/include"),
    ],
    ids=str,
)
def test_what_needs_the_points_is_refused(fields: dict[str, Any], pointer: str) -> None:
    assert refused(**fields) == ("conflicting_fields", pointer)


def test_a_picture_needs_the_points() -> None:
    with pytest.raises(ValueError, match="A picture would need each of the points"):
        asked().drawn("svg")


def test_a_factor_knows_too_little_for_a_higher_degree() -> None:
    found = refused(model={"kind": "polynomial", "degree": 3})

    assert found == ("out_of_range", "/data/factors/0/degree")


def test_an_empty_list_of_factors_is_refused() -> None:
    assert refused(data={"factors": []}) == ("too_few_items", "/data/factors")


def test_remove_needs_factors() -> None:
    sent = {"t": T, "y": Y, "remove": [FACTOR]}

    assert refused(data=sent) == ("missing_field", "/data")


def test_all_points_cannot_be_removed() -> None:
    sent = {"factors": [FACTOR], "remove": [FACTOR]}

    assert refused(data=sent) == ("out_of_range", "/data")


def test_known_and_relative_uncertainties_do_not_mix() -> None:
    assert refused(data={"factors": [FACTOR, KNOWN]}) == ("conflicting_fields", "/data")


@pytest.mark.parametrize(
    "data",
    [
        {"factors": [FACTOR, STAMPED]},
        {"factors": [STAMPED], "remove": [FACTOR]},
        {"factors": [STAMPED], "t": T, "y": Y},
        {"factors": [FACTOR], "t": STAMPS, "y": Y},
    ],
    ids=["factors", "remove", "numbers", "stamps"],
)
def test_stamps_and_numbers_do_not_mix(data: dict[str, Any]) -> None:
    assert refused(data=data) == ("conflicting_fields", "/data")


@pytest.mark.parametrize(("sent", "at"), [(FACTOR, STAMPS), (STAMPED, T)], ids=["stamps", "t"])
def test_at_has_the_form_of_the_factors(sent: dict[str, Any], at: list[Any]) -> None:
    assert refused(data={"factors": [sent]}, at=at) == ("conflicting_fields", "/at")


def test_the_points_used_are_all_points() -> None:
    sent = points_of(factors=[FACTOR, FACTOR], t=[7, None], y=[1, 2])

    used = data_used(sent)

    assert used is not None
    assert (used.points, used.missing) == (11, 1)


@pytest.mark.parametrize("factor", [FACTOR, STAMPED], ids=["numbers", "stamps"])
def test_points_are_stored_with_their_factors(factor: dict[str, Any]) -> None:
    sent = points_of(factors=[factor, factor], remove=[factor])

    assert points_of(**json.loads(dumps(sent.columns()))) == sent


def test_a_stream_of_factors_has_no_data() -> None:
    stream = converted(asked(), StreamSpec)

    assert stream.reported == ("params",)


def test_an_analysis_answers_the_factor() -> None:
    points = points_of(t=T, y=Y)

    found = forecast(AnalysisSpec(data=points, include=("factor",)))

    assert json.loads(dumps(found.factor)) == FACTOR


def test_an_analysis_of_a_factor_is_that_of_its_points() -> None:
    given: dict[str, Any] = {"lr": 0.01, "scale": "standardize", "init": "zeros", "seed": 1}

    found = forecast(AnalysisSpec(data=points_of(factors=[FACTOR]), **given))

    expected = forecast(AnalysisSpec(data=points_of(t=T, y=Y), **given))
    assert (found.verdict and found.verdict.message) == (
        expected.verdict and expected.verdict.message
    )


def test_a_sweep_of_a_factor_is_that_of_its_points() -> None:
    given: dict[str, Any] = {"lrs": (0.01, 0.1), "scale": "standardize", "init": "zeros", "seed": 1}

    found = sweep(SweepSpec(data=points_of(factors=[FACTOR]), **given))

    expected = sweep(SweepSpec(data=points_of(t=T, y=Y), **given))
    assert [run.loss for run in found.runs] == pytest.approx(
        [run.loss for run in expected.runs], rel=1e-12
    )


def test_all_factors_of_a_request_are_as_many_as_one_list_can_have() -> None:
    factors, remove = [FACTOR] * MAX_FACTORS, [FACTOR]

    found = refused(data={"factors": factors, "remove": remove})

    assert found == ("too_many_items", "/data")


def test_a_day_without_values_adds_nothing() -> None:
    data = changed()

    expected, found = (
        forecast(parse(json.dumps({"lr": 0.1, "data": sent}).encode(), AnalysisSpec))
        for sent in (data, data | {"t": [3], "y": [None]})
    )

    assert found.optimum == expected.optimum
    assert found.data_used == DataUsed(points=5, missing=1, weightless=0)
