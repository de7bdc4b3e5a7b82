import json
from typing import Any

import pytest
from hypothesis import given

from service.descent.answers.series import Series
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.option import RuleError
from service.descent.questions.cost import ALONE_SECONDS
from service.descent.questions.options import PartOfLimit
from service.descent.questions.points import Points
from service.descent.questions.series import SeriesSpec
from service.descent.questions.setting import adapter
from service.descent.series import Solver, settings, solve
from tests.support.specs import PolynomialFit, fit, random_specs

T = [0.0, 1.0, 2.0, 3.0, 4.0]
Y = [9.1, 4.2, 1.8, 2.3, 5.1]


def asked(**fields: Any) -> SeriesSpec:
    spec = adapter(SeriesSpec).validate_json(json.dumps({"seed": 42, "steps": 10} | fields))
    spec.check()
    return spec


def solved(**fields: Any) -> Series:
    spec = asked(**fields)
    return solve(spec, spec.table, range(len(spec.table)))


def alone(t: list[float], y: list[float], **fields: Any) -> PolynomialFit:
    return fit(**{"lr": None, "data": Points.of(t, y)} | fields)


def row(series: Series, number: int) -> dict[str, Any]:
    """Return the numbers and words of one row, by the names that they have in a fit."""
    return {
        "params": {name: column[number] for name, column in series.params.items()},
        "loss": series.loss[number],
        "optimum": series.optimum[number],
        "r2": series.r2[number],
        "converged": series.converged[number],
        "rate": series.rate[number],
        "reach": series.reach[number],
        "steps_needed": series.steps_needed[number],
    }


def row_of(fit: PolynomialFit) -> dict[str, Any]:
    return {
        "params": fit.params,
        "loss": fit.loss,
        "optimum": fit.optimum.loss,
        "r2": fit.r2,
        "converged": fit.converged,
        "rate": fit.verdict.rate,
        "reach": fit.verdict.reach,
        "steps_needed": fit.verdict.facts.steps_needed,
    }


@given(random_specs())
def test_a_row_is_the_fit_of_its_series_alone(given: dict[str, Any]) -> None:
    data = given.pop("data")
    fields = given | {"model": {"degree": given["model"].degree}, "series": [data.columns()] * 2}

    series = solved(**fields)

    assert row(series, 1) == row_of(fit(data=data, **given))


@pytest.mark.parametrize(
    ("fields", "given"),
    [
        ({}, {}),
        ({"lr": "best", "steps": 1000}, {"lr": "best", "steps": 1000}),
        ({"lr": {"of_limit": 0.5}}, {"lr": PartOfLimit(0.5)}),
        ({"lr": 3.0}, {"lr": 3.0}),
        ({"scale": "orthonormal"}, {"scale": "orthonormal"}),
        ({"init": "zeros"}, {"init": "zeros"}),
        ({"model": {"degree": 1}}, {"model": Polynomial(degree=1)}),
        (
            {"optimizer": {"kind": "sgd", "momentum": 0.5}, "lr": 0.1},
            {"optimizer": Sgd(momentum=0.5), "lr": 0.1},
        ),
    ],
)
def test_the_settings_mean_what_they_mean_in_a_fit(
    fields: dict[str, Any], given: dict[str, Any]
) -> None:
    assert row(solved(t=T, y=[Y], **fields), 0) == row_of(alone(T, Y, **given))


def test_a_missing_value_is_left_out_of_its_series_only() -> None:
    series = solved(t=T, y=[[*Y[:4], None], Y])

    assert row(series, 0) == row_of(alone(T[:4], Y[:4]))
    assert row(series, 1) == row_of(alone(T, Y))


def test_a_missing_t_is_left_out() -> None:
    series = solved(series=[{"t": [*T, None], "y": [*Y, 7.0]}])

    assert row(series, 0) == row_of(alone(T, Y))


def test_series_have_their_own_times() -> None:
    series = solved(series=[{"t": T, "y": Y}, {"t": T[1:], "y": Y[1:]}])

    assert row(series, 1) == row_of(alone(T[1:], Y[1:]))


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"t": T, "y": Y[1:]}, "length_mismatch"),
        ({"t": [], "y": []}, "too_few_points"),
        ({"t": [1.0, None], "y": [None, 2.0]}, "too_few_points"),
        ({"t": T, "y": [*Y[:4], 1e151]}, "out_of_range"),
        ({"t": [0.0] * 50_001, "y": [0.0] * 50_001}, "too_many_points"),
        ({"t": [0.0, 1e150, 2e149], "y": [1e150, -1e150, 1e150]}, "not_computable"),
    ],
)
def test_a_bad_series_is_a_row_of_nulls_with_a_code(bad: dict[str, Any], code: str) -> None:
    series = solved(series=[{"t": T, "y": Y}, bad | {"id": "bad"}], scale="none")

    assert [(each.row, each.id, each.code) for each in series.problems] == [(1, "bad", code)]
    empty = dict.fromkeys("abc")
    assert row(series, 1) == dict.fromkeys(row(series, 0)) | {"params": empty}
    assert series.loss[0] is not None


def test_a_series_whose_predictions_overflow_has_no_result_at_all() -> None:
    """Its descent is ordinary: everything but the prediction is a number."""
    series = solved(
        t=T, y=[Y, [None] * 5], at=[1e150], model={"degree": 4}, include=["losses"], lr=0.1
    )

    assert [(each.row, each.code) for each in series.problems] == [
        (0, "not_computable"),
        (1, "too_few_points"),
    ]
    assert row(series, 0) == row(series, 1)
    assert series.losses == [None, None]
    assert series.predictions_at == [[None, None]]


def test_a_series_without_a_name_is_called_by_its_number() -> None:
    points = {"t": T, "y": Y}

    assert solved(series=[points, points | {"id": "b"}, points]).ids == ["0", "b", "2"]
    assert solved(t=T, y=[Y, Y]).ids == ["0", "1"]


def test_predictions_are_a_column_for_each_t() -> None:
    series = solved(t=T, y=[Y, [None] * 5], at=[5, 6])

    predicted = alone(T, Y, at=(5.0, 6.0)).predictions_at
    assert predicted
    assert series.predictions_at == [[predicted[0], None], [predicted[1], None]]


def test_losses_are_those_of_the_recorded_steps() -> None:
    series = solved(t=T, y=[Y, [None] * 5], include=["losses"], record_every=4)

    assert series.losses == [alone(T, Y, record_every=4).losses, None]


def test_messages_are_in_english_and_korean() -> None:
    series = solved(t=T, y=[Y, [None] * 5], include=["messages"])

    message = alone(T, Y).verdict.message
    assert series.messages
    assert (series.messages.en, series.messages.ko) == ([message.en, None], [message.ko, None])


def test_the_recorded_steps_are_those_of_the_losses() -> None:
    choices = asked(t=T, y=[Y], include=["losses"], record_every=4)

    assert settings(choices).step == [0, 4, 8, 10]


def test_what_is_not_included_is_left_out() -> None:
    series = solved(t=T, y=[Y])

    assert (series.predictions_at, series.losses, series.messages) == (None, None, None)
    assert settings(asked(t=T, y=[Y])).step is None


def test_the_resolved_settings_give_the_same_result() -> None:
    spec = adapter(SeriesSpec).validate_json(json.dumps({"t": T, "y": [Y]}))

    resolved = settings(spec).resolved

    assert solve(resolved, spec.table, range(1)) == solve(spec, spec.table, range(1))


def test_a_part_of_the_rows_keeps_their_numbers() -> None:
    spec = asked(t=T, y=[Y, Y, [None] * 5])

    rows = solve(spec, spec.table, range(1, 3))

    assert rows.ids == ["1", "2"]
    assert [each.row for each in rows.problems] == [2]


def test_series_that_are_fits_of_their_own_may_cost_as_much_as_the_request() -> None:
    """A request of a few kilobytes could keep a worker busy for minutes."""
    spec = asked(t=[0.0], y=[[1.0]] * 30)

    *_, fine = Solver(spec, spec.table, 30 * ALONE_SECONDS).parts(range(30))
    with pytest.raises(RuleError, match="send at most 29 of them"):
        list(Solver(spec, spec.table, 29.5 * ALONE_SECONDS).parts(range(30)))

    assert fine
    assert None not in fine.loss


def test_the_cost_of_such_series_adds_up_over_the_blocks_of_a_stream() -> None:
    spec = asked(t=[0.0], y=[[1.0]] * 30)
    solver = Solver(spec, spec.table, 20 * ALONE_SECONDS)

    list(solver.parts(range(15)))

    with pytest.raises(RuleError, match="cost"):
        list(solver.parts(range(15, 30)))
