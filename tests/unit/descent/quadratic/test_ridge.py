"""Weight decay of sgd, whose descent minimises the loss plus decay / 2 |q|^2.

The oracles know nothing of modes: the textbook loop, the same loop in long double, and the normal
equations of what is minimised.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.descent.answers.results import Fit, Ridge
from service.descent.forecast import forecast
from service.descent.methods.losses.huber import Huber
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers import Optimizer
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.adamw import AdamW
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.schedules.cosine import Cosine
from service.descent.points.dataset import posted
from service.descent.quadratic.problem import prepare_polynomial
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Scale, Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.questions.sweep import SweepSpec
from service.descent.sweep import sweep
from tests.support.examples import fewer
from tests.support.solvers import curves_beyond_promise, told
from tests.support.specs import PolynomialFit, fit, lecture_as_printed, made, random_specs
from tests.support.tolerances import EPS, PROMISED, beyond_promise

Numbers = NDArray[np.float64] | NDArray[np.longdouble]
Long = NDArray[np.longdouble]
LECTURE: dict[str, Any] = {**lecture_as_printed(), "scale": "standardize"}
AUDITED: dict[str, Any] = {
    "synthetic": Synthetic(),
    "scale": "standardize",
    "optimizer": Sgd(weight_decay=1.0),
}
SCALES: list[Scale] = ["none", "standardize", "orthonormal"]
QUARTER = Validation(0.25, "interleaved")
MOMENTA = st.sampled_from([(0.0, False), (0.5, False), (0.9, False), (0.5, True), (0.9, True)])


def lecture(decay: float = 1.0, **given: Any) -> PolynomialFit:
    return fit(**LECTURE | {"lr": 0.1, "optimizer": Sgd(weight_decay=decay)} | given)


def columns(spec: dict[str, Any]) -> NDArray[np.float64]:
    """The design matrix in the coordinates of the descent."""
    asked = {name: value for name, value in spec.items() if name not in {"solver", "stop"}}
    problem = prepare_polynomial(FitSpec(**{"seed": 42} | asked))
    return problem.coordinates.design(problem.sample.split.training.t)


@st.composite
def decaying_specs(draw: st.DrawFn, *, steps: int = 200) -> dict[str, Any]:
    """Decays from far below the flattest curvature to far above the steepest, at the same part of
    the limit as without decay.
    """
    spec = draw(random_specs(steps=steps))
    steepest = 2 / len(spec["data"]) * np.linalg.norm(columns(spec), 2).item() ** 2
    decay = steepest * 10 ** draw(st.floats(-12, 1))
    momentum, nesterov = draw(MOMENTA)
    sgd = Sgd(momentum=momentum, nesterov=nesterov, weight_decay=decay)
    return spec | {"lr": spec["lr"] * steepest / (steepest + decay), "optimizer": sgd}


def normal_equations(x: NDArray[np.float64], y: NDArray[np.float64], decay: float) -> Any:
    """The minimum of the loss and the decay."""
    curvature = 2 / len(y) * x.T @ x + decay * np.eye(x.shape[1])
    return np.linalg.solve(curvature, 2 / len(y) * x.T @ y)


def minimised(x: Numbers, y: Numbers, params: Numbers, decay: float) -> Any:
    """The loss and the decay."""
    return np.square(x @ params - y).mean() + decay / 2 * np.square(params).sum()


def in_long_double(spec: dict[str, Any], *, start: Long) -> tuple[Long, Long]:
    """The losses and the parameters of each step, as torch.optim.SGD makes them."""
    x, y = columns(spec).astype(np.longdouble), np.array(posted(spec["data"]).y, np.longdouble)
    sgd, params, velocity = spec["optimizer"], start, np.zeros_like(start)
    losses, way = [], []
    for _ in range(spec["steps"] + 1):
        residual = x @ params - y
        losses.append(np.square(residual).mean())
        way.append(params)
        gradient = 2 * (x.T @ residual) / len(y) + sgd.weight_decay * params
        velocity = sgd.momentum * velocity + gradient
        ahead = gradient + sgd.momentum * velocity
        params = params - spec["lr"] * (ahead if sgd.nesterov else velocity)
    return np.array(losses), np.array(way)


def ridge(result: Fit) -> Ridge:
    assert result.ridge
    return result.ridge


@given(decaying_specs())
@fewer(2)
def test_the_closed_form_is_the_textbook_loop(spec: dict[str, Any]) -> None:
    exact, loop = fit(**spec, solver="exact"), fit(**spec, solver="loop")

    assert exact.diverged_at == loop.diverged_at
    assert beyond_promise(exact.losses, loop.losses, posted(spec["data"]).y) == []


@given(decaying_specs(steps=50))
def test_parameters_and_gradients_are_those_of_the_loop(spec: dict[str, Any]) -> None:
    assert curves_beyond_promise(spec) == {"predictions": [], "gradients": []}


@pytest.mark.parametrize("decay", [1e-9, 0.01, 1.0, 100.0])
@pytest.mark.parametrize(
    ("momentum", "nesterov"), [(0.0, False), (0.5, False), (0.9, False), (0.9, True)]
)
def test_losses_have_twelve_digits(decay: float, momentum: float, *, nesterov: bool) -> None:
    optimizer = Sgd(momentum=momentum, nesterov=nesterov, weight_decay=decay)
    spec = LECTURE | {"init": "zeros", "lr": 0.01, "steps": 300, "optimizer": optimizer}

    losses, _ = in_long_double(spec, start=np.zeros(3, np.longdouble))

    assert fit(**spec, solver="exact").losses == pytest.approx(losses.astype(float), rel=1e-12)


def test_gradients_are_those_of_the_loss_without_decay() -> None:
    spec = LECTURE | {"init": "zeros", "lr": 0.1, "steps": 300, "optimizer": Sgd(weight_decay=1.0)}
    _, way = in_long_double(spec, start=np.zeros(3, np.longdouble))
    x, y = columns(spec), posted(spec["data"]).y
    expected = 2 / len(y) * (way.astype(float) @ x.T - y) @ x

    _, gradients = told(fit(**spec, include=("gradients", "predictions")))

    assert gradients == pytest.approx(expected.T, rel=1e-11)


@given(decaying_specs(steps=1))
def test_ridge_is_the_minimum_of_the_loss_and_the_decay(spec: dict[str, Any]) -> None:
    """By predictions and loss: the coefficients of crowded points have lost digits."""
    x, y = columns(spec), posted(spec["data"]).y
    decay = spec["optimizer"].weight_decay
    curvature = 2 / len(y) * x.T @ x
    expected = normal_equations(x, y, decay)
    # the normal equations square the condition, and lose as many digits
    lost = np.linalg.norm(curvature, 2) / decay
    assume(lost < 1e5)

    found = ridge(fit(**spec))

    freedom = np.trace(np.linalg.solve(curvature + decay * np.eye(x.shape[1]), curvature))
    assert found.degrees_of_freedom == pytest.approx(freedom, rel=PROMISED)
    assert found.loss == pytest.approx(np.square(x @ expected - y).mean(), rel=PROMISED)


@pytest.mark.parametrize("decay", [1e-6, 1e-3, 1.0, 100.0])
@pytest.mark.parametrize("degree", range(1, 7))
def test_ridge_has_the_coefficients_of_the_callers_t(decay: float, degree: int) -> None:
    """Without rescaling, the coordinates of the descent are the caller's."""
    t = np.linspace(-1, 2, 15)
    y = np.cos(3 * t)
    x = np.vander(t, degree + 1)

    found = ridge(
        fit(
            data=Points.of(t.tolist(), y.tolist()),
            model=Polynomial(degree=degree),
            scale="none",
            optimizer=Sgd(weight_decay=decay),
        )
    )

    expected = normal_equations(x, y, decay)
    assert [*found.params.values()] == pytest.approx(expected, rel=PROMISED)


@pytest.mark.parametrize("scale", SCALES)
def test_a_long_descent_ends_at_ridge_in_any_coordinates(scale: Scale) -> None:
    optimizer = Sgd(weight_decay=0.5)
    points = Points.of([0, 1, 2, 3, 4], [1, 3, 2, 5, 4])

    result = fit(data=points, scale=scale, optimizer=optimizer, lr="best", steps=100_000)

    found = ridge(result)
    assert result.loss == pytest.approx(found.loss, rel=PROMISED)
    assert result.params == pytest.approx(found.params, rel=PROMISED)


@pytest.mark.parametrize(("decay", "limit"), [(1.0, 0.3364), (100.0, 0.0191)])
def test_the_limit_includes_the_decay(decay: float, limit: float) -> None:
    analysis = lecture(decay).analysis

    assert analysis.lr_limit == pytest.approx(limit, abs=5e-5)
    assert analysis.lr_limit == pytest.approx(2 / (4.9458 + decay), rel=1e-4)


@given(decaying_specs(), st.sampled_from([(0.999, True), (1.001, False)]))
@fewer(2)
def test_the_limit_decides_whether_the_loop_falls(
    spec: dict[str, Any], side: tuple[float, bool]
) -> None:
    """In what is minimised, and in the steepest mode, which the start lies in."""
    fraction, falls = side
    x, y = columns(spec | {"scale": "none"}), posted(spec["data"]).y
    decay = spec["optimizer"].weight_decay
    steepest = np.linalg.svd(x)[2][0]
    start = normal_equations(x, y, decay) + 1e3 * (1 + np.abs(y).max()) * steepest
    plain = spec | {
        "scale": "none",
        "init": dict(zip(spec["model"].names, start.tolist(), strict=True)),
        "optimizer": Sgd(weight_decay=decay),
        "steps": 20,
    }
    limit = fit(**plain).analysis.lr_limit
    assert limit

    history = fit(**plain | {"lr": fraction * limit, "solver": "loop"}, include=("params",)).history

    assert history
    assert history.params
    way = np.array([*history.params.values()])
    away = np.abs(steepest @ (way - normal_equations(x, y, decay)[:, None]))
    assert np.all(np.diff(away) < 0) == falls
    assert np.all(np.diff(away) > 0) != falls


def test_the_verdict_is_about_the_minimum_of_the_loss_and_the_decay() -> None:
    verdict = lecture(lr=0.01, steps=30).verdict

    assert verdict.reach == "unfinished"
    assert "7.30" not in verdict.message.en


@pytest.mark.parametrize("lr", [0.01, 0.1, 0.3])
def test_a_count_of_steps_is_that_of_the_loss_and_the_decay(lr: float) -> None:
    spec = LECTURE | {"init": "zeros", "lr": lr, "steps": 1000, "optimizer": Sgd(weight_decay=1.0)}
    x, y = columns(spec), posted(spec["data"]).y
    _, way = in_long_double(spec, start=np.zeros(3, np.longdouble))
    minimum = normal_equations(x, y, 1.0)
    lowest = minimised(x, y, minimum, 1.0)
    target = 0.01 * np.square(x @ minimum - y).mean()
    reached = [minimised(x, y, params, 1.0) - lowest <= target for params in way]

    assert fit(**spec).analysis.steps_to_one_percent.lr == reached.index(True)


def test_no_other_coordinates_are_suggested() -> None:
    """There, the same decay has another minimum."""
    result = lecture(scale="none", lr=1e-5, steps=10)

    steps = result.analysis.steps_to_one_percent
    assert (steps.standardized, steps.orthonormal) == (None, None)
    assert "scale" not in (result.verdict.suggestion or {})


def test_without_decay_there_is_no_ridge() -> None:
    assert fit(**LECTURE).ridge is None
    assert fit(**LECTURE, optimizer=Sgd(weight_decay=0.0)) == fit(**LECTURE)


@pytest.mark.parametrize("optimizer", [Adam(weight_decay=1.0), AdamW(weight_decay=1.0)], ids=str)
def test_the_decay_of_other_optimizers_is_not_that_of_ridge(optimizer: Optimizer) -> None:
    result = fit(**LECTURE, optimizer=optimizer, solver="loop")

    assert result.ridge is None
    assert result.analysis.modes[0].eigenvalue == pytest.approx(4.9458, rel=1e-4)


def test_what_the_points_do_not_determine_decays() -> None:
    spec: dict[str, Any] = {
        "data": Points.of([3], [5]),
        "init": {"a": 1.0, "b": 2.0, "c": 3.0},
        "optimizer": Sgd(weight_decay=0.5),
        "lr": 0.01,
        "steps": 5000,
        "scale": "none",
    }
    result = fit(**spec)

    assert [mode.eigenvalue for mode in result.analysis.modes[1:]] == [0.5, 0.5]
    assert result.params == pytest.approx(ridge(result).params, rel=PROMISED)
    assert result.verdict.message.en.startswith("Good.")
    assert "other curves" not in result.verdict.message.en


@pytest.mark.parametrize("decay", [5e-324, 1e-300, 1e-30, 1e30, 1e150])
@pytest.mark.parametrize("scale", SCALES)
def test_a_decay_of_any_size_is_that_of_the_loop(decay: float, scale: Scale) -> None:
    spec = LECTURE | {
        "scale": scale,
        "optimizer": Sgd(weight_decay=decay),
        "lr": 1e-5 / (1 + decay),
    }

    exact, loop = fit(**spec, solver="exact"), fit(**spec, solver="loop")

    assert exact.diverged_at == loop.diverged_at
    assert beyond_promise(exact.losses, loop.losses) == []


@pytest.mark.parametrize("solver", ["exact", "loop"])
def test_gap_stops_at_the_minimum_of_the_loss_and_the_decay(solver: str) -> None:
    """From the least-squares optimum the loss rises, and is below that of the minimum all along."""
    spec = LECTURE | {
        "init": fit(**LECTURE).optimum.params,
        "lr": 0.01,
        "steps": 2000,
        "optimizer": Sgd(weight_decay=1.0),
    }
    x, y = columns(spec), posted(spec["data"]).y

    result = fit(**spec, solver=solver, stop=Stop(gap=1.0))

    start = normal_equations(x, y, 0.0).astype(np.longdouble)
    losses, way = in_long_double(spec, start=start)
    lowest = minimised(x, y, normal_equations(x, y, 1.0), 1.0)
    reached = [minimised(x, y, params, 1.0) - lowest < 1.0 for params in way]
    assert (result.stopped_by, result.steps) == ("gap", reached.index(True))
    assert 1 < result.steps < 2000
    assert losses[0] < result.loss < ridge(result).loss


@given(decaying_specs(steps=60))
@fewer(4)
def test_a_sweep_is_made_of_fits(spec: dict[str, Any]) -> None:
    asked = {name: value for name, value in spec.items() if name != "lr"}
    rates = (0.3 * spec["lr"], spec["lr"], 3 * spec["lr"])

    runs = sweep(SweepSpec(**asked, lrs=rates)).runs

    for run, lr in zip(runs, rates, strict=True):
        single = fit(**spec | {"lr": lr})
        assert run.diverged_at == single.diverged_at
        assert beyond_promise([run.loss], [single.loss], posted(spec["data"]).y) == []
        assert (run.verdict.rate, run.verdict.reach) == (single.verdict.rate, single.verdict.reach)


def test_the_best_rate_of_a_sweep_has_the_loss_of_a_fit_at_it() -> None:
    spec = {**LECTURE, "optimizer": Sgd(weight_decay=1.0), "validation": QUARTER, "steps": 7}

    exact = sweep(SweepSpec(**spec, seed=42, lrs=(0.1,))).exact

    single = fit(**spec, lr="best")
    assert exact
    assert single.validation_losses
    assert exact.loss == pytest.approx(single.loss, rel=1e-12)
    assert exact.validation_loss == pytest.approx(single.validation_losses[-1], rel=1e-12)


def test_the_best_rate_leaves_the_least_of_the_loss_and_the_decay() -> None:
    spec = LECTURE | {"init": "zeros", "steps": 5, "optimizer": Sgd(weight_decay=1.0)}
    x, y = columns(spec | {"lr": 0.1}), posted(spec["data"]).y

    def left(lr: float) -> float:
        _, way = in_long_double(spec | {"lr": lr}, start=np.zeros(3, np.longdouble))
        return float(minimised(x, y, way[-1], 1.0))

    best = lecture(init="zeros", steps=5).analysis.lr_best

    assert best
    assert left(best) <= min(left(lr) for lr in np.linspace(0.01, 0.33, 200)) * (1 + 10 * EPS)


def test_an_analysis_has_ridge_and_verdict() -> None:
    asked = {**LECTURE, "optimizer": Sgd(weight_decay=1.0), "lr": 0.1, "steps": 300}

    ahead, result = forecast(AnalysisSpec(**asked, seed=42)), fit(**asked)

    assert (ahead.ridge, ahead.analysis, ahead.verdict) == (
        result.ridge,
        result.analysis,
        result.verdict,
    )


@pytest.mark.parametrize("given", [{"schedule": Cosine()}, {"batch_size": 10}], ids=str)
def test_an_observed_descent_has_the_limit_and_the_minimum_of_the_decay(
    given: dict[str, Any],
) -> None:
    exact, result = lecture(), lecture(**given)

    assert (exact.analysis.basis, result.analysis.basis) == ("exact", "observed")
    assert result.ridge == exact.ridge
    assert result.analysis.lr_limit == exact.analysis.lr_limit
    assert result.analysis.lr_limit_local
    assert result.analysis.lr_limit_local.start == pytest.approx(exact.analysis.lr_limit)


def test_an_observed_loss_below_that_of_the_minimum_has_not_arrived() -> None:
    spec = LECTURE | {"init": fit(**LECTURE).optimum.params, "schedule": Cosine(), "lr": 0.001}

    left, arrived = (
        fit(**spec, steps=steps, optimizer=Sgd(weight_decay=1.0)) for steps in (10, 20_000)
    )

    assert left.loss < ridge(left).loss
    assert (left.verdict.reach, arrived.verdict.reach) == ("unfinished", "converged")


@pytest.mark.parametrize("given", [{"model": Mlp()}, {"loss": Huber(delta=100.0)}], ids=str)
def test_the_decay_adds_to_the_sharpness_of_other_descents(given: dict[str, Any]) -> None:
    plain, decayed = (
        made(
            synthetic=Synthetic(),
            scale="standardize",
            solver="loop",
            steps=1,
            optimizer=Sgd(weight_decay=decay),
            **given,
        )
        for decay in (0.0, 3.0)
    )

    assert decayed.ridge is None
    assert plain.analysis.sharpness
    assert decayed.analysis.sharpness
    assert plain.analysis.sharpness.start
    assert decayed.analysis.sharpness.start == plain.analysis.sharpness.start + 3
    assert decayed.analysis.lr_limit_local
    assert decayed.analysis.lr_limit_local.start == 2 / decayed.analysis.sharpness.start
