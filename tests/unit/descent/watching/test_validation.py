from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

from service.descent.methods.losses.huber import Huber
from service.descent.points.dataset import posted
from service.descent.points.scaling import frame
from service.descent.questions.options import Stop, Synthetic, Validation
from service.descent.questions.points import Points
from tests.support.specs import PolynomialFit, fit, lecture_as_printed, random_specs
from tests.support.tolerances import PROMISED, known

QUARTER = Validation(0.25, "interleaved")
SPLITS = [QUARTER, Validation(0.3, "tail"), Validation(0.4, "random")]


def lecture(**given: Any) -> PolynomialFit:
    return fit(**{"synthetic": Synthetic(), "validation": QUARTER} | given)


def parts(result: PolynomialFit) -> tuple[Points, Points]:
    """The points that were seen, and those held out, as they were told."""
    assert result.data
    assert result.data.held_out is not None
    held = set(result.data.held_out)
    pairs = list(zip(result.data.t, result.data.y, strict=True))
    seen = [pair for place, pair in enumerate(pairs) if place not in held]
    unseen = [pair for place, pair in enumerate(pairs) if place in held]
    return Points.of(*zip(*seen, strict=True)), Points.of(*zip(*unseen, strict=True))


def by_numpy(points: Points, result: PolynomialFit) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The loss of these points at each recorded step, from the recorded parameters."""
    assert result.history
    assert result.history.params
    data, params = posted(points), np.array(list(result.history.params.values()))
    return np.array([np.mean((np.polyval(column, data.t) - data.y) ** 2) for column in params.T])


def test_the_lectures_numbers() -> None:
    points = {"synthetic": None, "data": lecture_as_printed()["data"]}
    asked: dict[str, Any] = {"scale": "standardize", "init": "zeros", "steps": 300}
    lr = lecture(**points, **asked).analysis.lr_fastest
    assert lr

    result = lecture(**points, **asked, lr=lr)

    assert result.best.step == 12
    assert result.validation_losses
    assert known([result.best.loss, result.validation_losses[-1], result.loss], 7) == [
        20.77098,
        24.84507,
        2.389568,
    ]
    assert result.losses[-1] == result.loss


@pytest.mark.parametrize("solver", ["loop", "exact"])
@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
@pytest.mark.parametrize("validation", SPLITS, ids=lambda validation: validation.split)
def test_held_out_losses_are_those_of_the_recorded_parameters(
    solver: str, scale: str, validation: Validation
) -> None:
    result = lecture(
        validation=validation, scale=scale, solver=solver, steps=50, include=("params", "data")
    )

    expected = by_numpy(parts(result)[1], result)
    assert result.validation_losses == pytest.approx(expected, rel=PROMISED)


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
def test_held_out_losses_of_the_loop_alone_are_those_of_the_predictions(scale: str) -> None:
    result = lecture(
        loss=Huber(), scale=scale, solver="loop", steps=20, include=("predictions", "data")
    )

    assert result.history
    assert result.history.predictions
    assert result.data
    error = (np.array(result.history.predictions) - result.data.y)[:, result.data.held_out]
    huber = np.where(np.abs(error) < 1, error**2 / 2, np.abs(error) - 0.5).mean(axis=1)
    assert result.validation_losses == pytest.approx(huber, rel=PROMISED)


@pytest.mark.parametrize("validation", SPLITS, ids=lambda validation: validation.split)
def test_losses_are_those_of_the_points_that_are_seen(validation: Validation) -> None:
    result = lecture(validation=validation, steps=50, include=("params", "data"))

    assert result.losses == pytest.approx(by_numpy(parts(result)[0], result), rel=PROMISED)


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal"])
@pytest.mark.parametrize("validation", SPLITS, ids=lambda validation: validation.split)
def test_all_but_the_held_out_losses_is_as_if_those_points_were_not_there(
    scale: str, validation: Validation
) -> None:
    result = lecture(
        validation=validation, scale=scale, init="zeros", steps=50, include=("params", "data")
    )

    alone = fit(data=parts(result)[0], scale=scale, init="zeros", steps=50, include=("params",))

    assert (result.losses, result.params, result.scaled) == (
        alone.losses,
        alone.params,
        alone.scaled,
    )
    assert (result.optimum, result.analysis) == (alone.optimum, alone.analysis)
    assert result.verdict.message.en.startswith(alone.verdict.message.en)


def test_gap_looks_at_the_points_that_are_seen() -> None:
    rule: dict[str, Any] = {
        "scale": "standardize",
        "init": "zeros",
        "lr": 0.1,
        "steps": 500,
        "stop": Stop(gap=0.1),
    }
    result = lecture(**rule, include=("data",))

    assert result.stopped_by == "gap"
    assert result.steps == fit(data=parts(result)[0], **rule).steps


def test_noise_and_start_are_drawn_as_without_a_validation() -> None:
    held, whole = (
        lecture(validation=validation, steps=1, include=("params", "data"))
        for validation in (Validation(0.4, "random"), None)
    )

    assert held.data
    assert whole.data
    assert held.history
    assert whole.history
    assert (held.data.t, held.data.y) == (whole.data.t, whole.data.y)
    assert held.history.params
    assert whole.history.params
    assert [column[0] for column in held.history.params.values()] == [
        column[0] for column in whole.history.params.values()
    ]


def test_predictions_are_those_at_all_points() -> None:
    history = lecture(include=("predictions",)).history

    assert history
    assert history.predictions
    assert {len(curve) for curve in history.predictions} == {20}


def test_without_a_validation_there_are_no_held_out_losses() -> None:
    result = lecture(validation=None, include=("data",))

    assert result.validation_losses is None
    assert result.data
    assert result.data.held_out is None


@pytest.mark.parametrize("every", [7, 50])
def test_the_best_step_is_kept_though_it_is_not_recorded(every: int) -> None:
    spec: dict[str, Any] = {"scale": "standardize", "init": "zeros", "lr": 0.5, "steps": 300}

    assert lecture(**spec, record_every=every).best == lecture(**spec).best


def test_best_holds_the_parameters_of_its_step() -> None:
    result = lecture(scale="standardize", init="zeros", lr=0.5, steps=300, include=("params",))

    assert result.history
    assert result.history.params
    assert result.best.params == {
        name: column[result.best.step] for name, column in result.history.params.items()
    }


@given(random_specs(steps=30))
def test_both_solvers_report_the_same_held_out_losses(spec: dict[str, Any]) -> None:
    """Where the predictions at the points that are seen agree as promised, to 1e-9, a curve of high
    degree may multiply the difference between them, and beyond them all the more.
    """
    assume(len(spec["data"]) >= 20)
    exact, loop = (
        fit(**spec, validation=QUARTER, solver=solver, include=("data",))
        for solver in ("exact", "loop")
    )

    assert exact.diverged_at == loop.diverged_at
    assert exact.validation_losses
    assert loop.validation_losses
    y = posted(spec["data"]).y
    largest = np.sqrt(loop.losses) + np.sqrt(loop.losses[0]) + 2 * np.abs(y).max()
    allowed = PROMISED * largest * multiplied(*parts(exact), spec["model"].degree)
    apart = np.abs(np.sqrt(exact.validation_losses) - np.sqrt(loop.validation_losses))
    assert [step for step in range(len(apart)) if not apart[step] <= allowed[step]] == []


def multiplied(seen: Points, unseen: Points, degree: int) -> float:
    """Return how much longer a curve can be at the points held out than at those that are seen, in
    the mean square.
    """
    here, there = posted(seen).t, posted(unseen).t
    scaled = frame(here)
    _, triangle = np.linalg.qr(np.vander(scaled.x(here), degree + 1))
    way = np.linalg.solve(triangle.T, np.vander(scaled.x(there), degree + 1).T)
    return float(np.linalg.norm(way, 2) * np.sqrt(len(here) / len(there)))
