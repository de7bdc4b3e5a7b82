"""Requests whose answers were once wrong or misleading, with their numbers. The name of a test is
what must hold, and the comment above says what was wrong.
"""

from math import log, pi, sin
from typing import Any

import numpy as np
import pytest
import torch

from service.descent.answers.results import Fit
from service.descent.fit import collect, events
from service.descent.forecast import forecast
from service.descent.judging.writing import with_particles
from service.descent.methods.losses.huber import Huber
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.schedules.step import StepDecay
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Solver, Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.questions.sweep import SweepSpec
from service.descent.sweep import sweep
from tests.support import oracle
from tests.support.specs import PolynomialFit, fit, made
from tests.support.tolerances import EPS, PROMISED, known, rounding_floor

LINE = Polynomial(degree=1)
UNIX = Points.of([1767225600, 1767229200, 1767232800, 1767236400], [118.2, 121.0, 124.9, 127.3])
NOISY: dict[str, Any] = {
    "data": Points.of([0, 1, 2, 3, 4, 5], [1.2, 2.9, 5.3, 6.8, 9.1, 11.2]),
    "model": LINE,
    "scale": "none",
}
"""A noisy line."""
SWING: dict[str, Any] = {
    "scale": "standardize",
    "lr": 0.3131730598410011,
    "optimizer": Sgd(momentum=0.99),
}
DECAY: dict[str, Any] = {
    "synthetic": Synthetic(),
    "scale": "standardize",
    "optimizer": Sgd(weight_decay=1.0),
}
ADAM: dict[str, Any] = {
    "synthetic": Synthetic(),
    "scale": "standardize",
    "solver": "loop",
    "optimizer": Adam(),
}
BATCHES: dict[str, Any] = {
    "synthetic": Synthetic(),
    "solver": "loop",
    "batch_size": 4,
    "scale": "standardize",
}
HOURLY_AND_0 = [1767225600.0 + 3600 * i for i in range(100)] + [0.0]
DAILY = [20 + 5 * sin(2 * pi * i / 48) + 0.01 * i for i in range(100)] + [20.0]


def lecture(**given: Any) -> PolynomialFit:
    return fit(**{"synthetic": Synthetic()} | given)


def batches(**given: Any) -> Fit:
    return made(**BATCHES | {"lr": 0.05, "steps": 400} | given)


def optimum(t: Any, y: Any, degree: int) -> Any:
    return fit(
        data=Points.of(t, y), model=Polynomial(degree=degree), lr="best", scale="standardize"
    ).optimum


def followed(spec: dict[str, Any], before: Fit) -> Fit:
    """Merge the suggestion into what was resolved, and make the fit."""
    assert before.verdict.suggestion
    points = {name: spec[name] for name in ("data",) if name in spec}
    return collect(
        events(FitSpec(**{**vars(before.resolved), **points, **before.verdict.suggestion}))
    )


# A loss of a million was said to be the best fit, as rounding cannot get lower.


def test_unix_seconds_are_out_of_digits_and_not_good() -> None:
    before = fit(data=UNIX, lr=0.01, steps=100, seed=1)
    rate = fit(data=UNIX, lr=7.676e-38, steps=100, seed=1)

    assert before.verdict.suggestion == {"scale": "standardize", "lr": "best"}
    assert (rate.verdict.reach, rate.verdict.facts.precision) == ("out_of_reach", "float64")
    assert rate.loss > 1e6 * rate.optimum.loss
    assert rate.verdict.message.en.startswith(
        "Out of digits. From this start, rounding in float64 hides what is left: after 100 steps "
        "the loss is 1,161,7"
    )
    assert rate.verdict.message.en.endswith("and that of the best parabola is 0.0845. Rescale t.")
    assert rate.verdict.suggestion == {"scale": "standardize", "lr": "best"}


def test_exact_hourly_points_in_unix_seconds_are_not_the_best_fit_at_44_million() -> None:
    points = Points.of([1767225600 + 3600 * i for i in range(24)], [10 + i / 2 for i in range(24)])
    result = fit(data=points, lr="best", scale="none", steps=100, seed=1)

    assert result.loss > 1e7
    assert result.verdict.reach == "out_of_reach"
    assert "that of the best parabola is 0." in result.verdict.message.en


def test_a_start_beyond_the_digits_of_a_double_does_not_arrive() -> None:
    verdict = fit(
        data=Points.of([1, 2, 3], [1, 2, 3]),
        model=LINE,
        init={"a": 1e150, "b": -1e150},
        lr=0.1,
        steps=1000,
        scale="standardize",
    ).verdict

    assert verdict.reach == "out_of_reach"
    assert verdict.message.en.startswith("Out of digits.")
    assert verdict.suggestion is None  # the same start has too few digits in any coordinates


# No step was said to change the optimum, at a loss of 4.94e12.


@pytest.mark.parametrize(("lr", "steps"), [(10, 10), (1, 30)])
def test_a_loop_that_amplifies_its_rounding_is_judged_by_what_it_made(
    lr: float, steps: int
) -> None:
    optimum = fit(**NOISY, lr=0.01).optimum
    at: dict[str, Any] = NOISY | {"init": optimum.params, "lr": lr, "steps": steps}
    loop, exact = fit(**at, solver="loop"), fit(**at, solver="exact")

    assert loop.loss > 1e12
    assert (loop.verdict.rate, loop.verdict.reach) == ("diverging", "unfinished")
    assert loop.verdict.message.en.startswith(
        f"Too large. Rounding errors grow at this rate: after {steps} steps the loss is "
    )
    assert loop.verdict.facts.exact_loss == pytest.approx(optimum.loss, rel=1e-9)
    assert exact.loss == pytest.approx(optimum.loss, rel=1e-9)
    assert exact.verdict.message.en.startswith("Already there.")
    assert loop.verdict.suggestion
    better = FitSpec(**{**at, "seed": 42, "solver": "loop", **loop.verdict.suggestion})
    assert collect(events(better)).loss == pytest.approx(optimum.loss, rel=1e-9)


# Momentum was described in the sentences of plain descent.


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (3, "There, but only in passing. After 3 steps the descent is practically at the best fit"),
        (2, "It swings: after 2 steps the loss is 1,772, higher than at any step before."),
        (4, "It swings: the loss was highest, 1,772, at step 2, and after 4 steps it is 1,737"),
        (6, "It swings: the loss was highest, 1,772, at step 2, and after 6 steps it is 1,161"),
    ],
)
def test_momentum_swings(steps: int, sentence: str) -> None:
    result = lecture(**SWING, steps=steps)
    facts = result.verdict.facts

    assert sentence in result.verdict.message.en
    assert facts.peak_loss == pytest.approx(max(result.losses), rel=1e-9)
    assert facts.peak_step == int(np.argmax(result.losses))
    assert "closer" not in result.verdict.message.en
    assert "flat" not in result.verdict.message.en


def test_the_swing_passes_the_optimum_at_step_3() -> None:
    losses = lecture(**SWING, steps=100).losses

    assert [round(losses[k], 2) for k in (0, 3)] == [1232.74, 7.32]
    assert [round(losses[k]) for k in (4, 6, 8, 100)] == [1737, 1161, 380, 631]


def test_a_target_that_momentum_passed_is_no_number_of_steps_to_the_best_fit() -> None:
    result = lecture(**SWING, steps=100)

    assert result.losses[3] <= 1.01 * result.optimum.loss < result.losses[100]
    assert "takes 3 steps" not in result.verdict.message.en


def test_momentum_at_its_edge_grows_before_it_swings_on() -> None:
    result = lecture(scale="standardize", lr=0.7683249229, steps=30, optimizer=Sgd(momentum=0.9))

    assert result.loss > 300 * result.losses[0]
    assert result.verdict.rate == "edge"
    assert "just as high" not in result.verdict.message.en
    assert "higher than at any step before" in result.verdict.message.en


def test_momentum_on_one_mode_is_neither_flat_nor_a_bad_fit() -> None:
    verdict = fit(
        data=Points.of([1], [5]),
        model=LINE,
        lr="best",
        steps=3,
        seed=1,
        scale="none",
        optimizer=Sgd(momentum=0.9),
    ).verdict

    assert verdict.reach == "converged"
    assert "flat" not in verdict.message.en


def test_what_is_in_the_way_of_momentum_is_not_a_flat_direction() -> None:
    result = lecture(scale="standardize", lr=0.3, steps=10, optimizer=Sgd(momentum=0.9))

    assert "flat" not in result.verdict.message.en


# The steps at the fastest rate, 697,692, were said to be the fewest.


@pytest.mark.parametrize(("steps", "reach"), [(498_014, "out_of_reach"), (498_015, "converged")])
def test_the_lecture_takes_498015_steps_at_the_best_rate(steps: int, reach: str) -> None:
    result = lecture(lr="best", scale="none", steps=steps, record_every=steps)

    assert result.verdict.reach == reach
    assert (result.loss <= 1.01 * result.optimum.loss) == (reach == "converged")
    assert result.analysis.steps_to_one_percent.lr_fastest == 697_692


def test_the_fewest_steps_are_said_here_and_in_other_coordinates() -> None:
    raw, rescaled = lecture(lr="best", scale="none", steps=20), lecture(lr="best", scale="none")

    assert raw.verdict.message.en.endswith(
        "no constant rate takes fewer than 498,015 steps; with t rescaled it takes 18 steps."
    )
    assert rescaled.verdict.message.en.endswith(
        "no constant rate takes fewer than 498,015 steps; on orthonormal columns it takes 1 step."
    )


@pytest.mark.parametrize(("scale", "steps"), [("standardize", 15), ("orthonormal", 1)])
def test_the_fewest_steps_of_the_lecture_are_enough(scale: Any, steps: int) -> None:
    """From the start that is drawn in these coordinates."""
    enough, fewer = (lecture(lr="best", scale=scale, steps=k) for k in (steps, steps - 1 or 1))

    assert enough.analysis.steps_to_one_percent.best == steps
    assert enough.verdict.reach == "converged"
    assert (fewer.verdict.reach == "converged") == (steps == 1)


def test_the_fewest_are_no_more_than_the_best_rate_of_a_short_descent_takes() -> None:
    """The rate that is the fastest in the long run takes 147 steps here."""
    points = Points.of([5.18, 3.5, 2.71, 2.41, 5.92], [1.49, -9.63, 5.99, -3.43, -1.33])

    told = forecast(
        AnalysisSpec(data=points, model=LINE, seed=2, lr="best", scale="none", steps=1)
    ).analysis.steps_to_one_percent

    assert (told.lr, told.lr_fastest, told.best) == (2, 147, 2)


# A loss that halves every 31 steps was said to stop at a bad fit, and a third of what the line
# explains was said to be nearly all.


def test_a_loss_that_halves_every_31_steps_has_not_stopped_and_is_no_bad_fit() -> None:
    points = Points.of(range(10), range(1, 21, 2))
    result = fit(data=points, model=LINE, steps=100, lr=0.02, seed=1, scale="none")

    assert not result.verdict.stalled
    assert result.verdict.facts.r2 == pytest.approx(1 - result.loss / 33, rel=1e-9)
    assert result.verdict.message.en.startswith(
        "A good rate, and nearly there. After 100 steps the"
    )
    assert "still falling" in result.verdict.message.en


def test_courseras_lab_has_converged() -> None:
    """Its two houses, (w, b) from (0, 0), alpha 0.01 of a loss with a half, 10,000 steps."""
    result = fit(
        data=Points.of([1.0, 2.0], [300.0, 500.0]),
        model=LINE,
        init="zeros",
        lr=0.005,
        steps=10_000,
        scale="none",
    )

    assert result.loss < 1e-8 * 10_000
    assert result.verdict.message.en.startswith("Good.")


def test_one_point_has_converged_at_a_loss_of_rounding() -> None:
    verdict = fit(
        data=Points.of([3], [5]), model=LINE, lr=0.01, steps=100, seed=1, scale="none"
    ).verdict

    assert (verdict.reach, verdict.facts.r2) == ("converged", None)


def test_a_fit_with_a_third_of_what_the_line_explains_is_not_nearly_there() -> None:
    result = fit(
        data=Points.of(range(10), [0, 3, -1, 4, 1, 6, 0, 7, 2, 8]),
        model=LINE,
        init={"a": 0, "b": 3},
        lr=0.02,
        steps=2,
        scale="none",
    )

    assert result.optimum.r2
    assert result.verdict.facts.r2
    assert result.verdict.facts.r2 < result.optimum.r2 - 0.2
    assert "nearly" not in result.verdict.message.en


# With weight decay, the limit and the lowest loss were those of a descent without it.


@pytest.mark.parametrize(("decay", "limit"), [(0.0, 0.4044), (1.0, 0.3364), (100.0, 0.0191)])
def test_weight_decay_lowers_the_limit(decay: float, limit: float) -> None:
    analysis = lecture(**DECAY | {"lr": 0.01, "optimizer": Sgd(weight_decay=decay)}).analysis

    assert analysis.lr_limit == pytest.approx(limit, abs=5e-5)


def test_just_above_the_limit_of_weight_decay_the_loss_grows() -> None:
    result = fit(**DECAY | {"lr": 0.34, "steps": 3000}, solver="loop")

    assert result.loss == pytest.approx(3.4e58, rel=0.01)
    assert (result.verdict.rate, result.verdict.reach) == ("diverging", "unfinished")


def test_the_lecture_arrives_at_the_minimum_of_the_loss_and_the_decay() -> None:
    result = fit(**DECAY | {"lr": 0.1, "steps": 300})

    assert result.loss == pytest.approx(62.0, abs=0.05)
    assert result.ridge
    assert result.loss == pytest.approx(result.ridge.loss, rel=1e-12)
    assert (result.verdict.rate, result.verdict.reach) == ("good", "converged")
    assert (result.verdict.stalled, result.verdict.suggestion) == (False, None)
    assert result.verdict.message.en == (
        "Good. In 300 steps the loss falls from 1,233 to 62.0 (R² 0.88): that is practically the "
        "minimum with weight decay. Without the decay, the best parabola has a loss of 7.30."
    )


# Observed rates that are far too large were said to be too small, or good.


def losses_of_adam(lr: float, steps: int) -> list[float]:
    """Return the losses that torch's Adam makes on the lecture, standardized."""
    data = made(synthetic=Synthetic(), include=("data",)).data
    assert data
    generator = torch.Generator().manual_seed(42)
    torch.randn(20, generator=generator)  # the noise
    t, losses = np.array(data.t), []
    x, y = torch.tensor(np.vander((t - t.mean()) / t.std(), 3)), torch.tensor(data.y).double()
    params = torch.randn(3, generator=generator).double().requires_grad_()
    adam = torch.optim.Adam([params], lr=lr)
    for _ in range(steps + 1):
        loss = ((x @ params - y) ** 2).mean()
        losses.append(loss.item())
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
        adam.step()
    return losses


@pytest.mark.parametrize("every", [1, 100])
def test_a_rate_of_adam_at_which_the_loss_peaks_is_neither_good_nor_too_small(every: int) -> None:
    rates = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)

    runs = sweep(
        SweepSpec(**ADAM | {"seed": 42, "steps": 100, "lrs": rates, "record_every": every})
    ).runs

    for run in runs:
        losses, verdict = losses_of_adam(run.lr, 100), run.verdict
        assert verdict.facts.peak_loss == pytest.approx(max(losses), rel=1e-9)
        assert verdict.facts.peak_step == losses.index(max(losses))
        assert max(losses) < 10 * losses[0] or verdict.rate == "bouncing"
    assert [run.verdict.rate for run in runs][:3] == ["too_small"] * 3
    peaks = [run.verdict.facts.peak_loss for run in runs[7:10]]
    assert peaks == pytest.approx([44_576, 478_900, 5_649_248], abs=0.5)
    assert runs[9].verdict.message.en == (
        "Bouncing. The loss rose to 5,649,248 at step 1 before it fell; after 100 steps it is 122 "
        "(R² 0.77)."
    )


def test_a_descent_that_rose_may_arrive() -> None:
    verdict = made(**ADAM, lr=1000, steps=1000).verdict

    assert losses_of_adam(1000, 1000)[-1] == pytest.approx(7.305, abs=0.01)
    assert (verdict.rate, verdict.reach) == ("bouncing", "converged")
    assert verdict.message.en.endswith("it is 7.30 (R² 0.986). That is practically the best fit.")


def test_a_constant_rate_arrives_at_the_optimum_of_huber_next_to_outliers() -> None:
    t = np.arange(20.0)
    y = 2 * t + 1
    y[[3, 15]] = 1e6, -1e8
    asked: dict[str, Any] = {
        "data": Points.of(t, y),
        "model": Polynomial(degree=1),
        "loss": Huber(),
        "lr": 0.5,
        "seed": 1,
        "scale": "standardize",
        "solver": "loop",
    }

    early, late = fit(**asked, steps=20), fit(**asked, steps=2000)

    assert late.losses[100] == late.loss
    assert (early.verdict.reach, late.verdict.reach) == ("unfinished", "converged")
    assert (late.verdict.rate, late.verdict.overshoots) == ("good", False)


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({"lr": 0.003, "steps": 60, "batch_size": 19}, 1790),
        ({"lr": 1e-4, "steps": 40, "batch_size": 1, "seed": 7}, None),
        ({"lr": 1e-6, "steps": 60, "batch_size": 1, "seed": 1}, None),
    ],
    ids=str,
)
def test_batches_have_the_rate_of_the_same_descent_with_all_points(
    given: dict[str, Any], needed: int | None
) -> None:
    """A lucky batch may turn back, or lower the loss much."""
    asked: dict[str, Any] = {"synthetic": Synthetic(), "scale": "standardize", "solver": "loop"}
    full = made(**asked | given | {"batch_size": None})

    verdict = made(**asked | given).verdict

    assert verdict.rate == full.verdict.rate == "too_small"
    assert verdict.facts.steps_needed == full.analysis.steps_to_one_percent.lr
    assert needed in {None, verdict.facts.steps_needed}
    assert verdict.message.en.startswith(("Too small. In ", "Too small. After "))
    assert verdict.message.en.endswith(
        "Even with all points in each step, the best fit takes "
        f"{verdict.facts.steps_needed:,} steps at this rate."
    )


def test_a_schedule_that_dies_is_named() -> None:
    verdict = made(
        synthetic=Synthetic(),
        scale="standardize",
        solver="loop",
        lr=0.3,
        steps=100,
        schedule=StepDecay(step_size=1, gamma=0.1),
    ).verdict

    assert (verdict.rate, verdict.reach, verdict.stalled) == ("too_small", "unfinished", True)
    assert verdict.facts.last_rate == pytest.approx(0.3 * 0.1**99)
    assert verdict.message.en == (
        "The schedule ran out. The rate fell from 0.300 to 3\N{MULTIPLICATION SIGN}10⁻¹⁰⁰. After "
        "100 steps the loss is 242 (R² 0.54), and that of the best parabola is 7.30."
    )


def test_a_loss_a_percent_above_the_lowest_is_nearly_there() -> None:
    result = batches(batches="independent", batch_size=10, lr=0.1, steps=100)

    assert result.optimum
    assert 1.01 < result.loss / result.optimum.loss < 1.02
    assert not result.verdict.stalled
    assert result.verdict.message.en.startswith(
        "A good rate. After 100 steps the loss is 7.39 (R² 0.986), and that of the best parabola "
        "is 7.30."
    )


# One t far away made the optimum wrong, and the points were said not to determine it.


@pytest.mark.parametrize(
    ("degree", "loss"),
    [(4, 9.811502989948696), (5, 9.5642), (6, 1.7524), (7, 1.5772), (8, 0.0738685946524)],
)
def test_the_optimum_is_exact_though_one_time_stamp_was_sent_as_0(degree: int, loss: float) -> None:
    exact = oracle.loss(HOURLY_AND_0, DAILY, oracle.least_squares(HOURLY_AND_0, DAILY, degree))

    found = optimum(HOURLY_AND_0, DAILY, degree)

    assert found.unique
    assert found.loss == pytest.approx(float(exact), rel=PROMISED)
    assert found.loss == pytest.approx(loss, rel=1e-4)


@pytest.mark.parametrize(("far", "loss"), [(1e3, 0.0027499), (1e4, 0.0027507), (1e5, 0.0027508)])
def test_the_optimum_is_exact_though_one_point_lies_far_away(far: float, loss: float) -> None:
    t = [*(i / 50 for i in range(50)), far]
    y = [*(sin(6 * i / 50) for i in range(50)), 1.0]
    exact = oracle.loss(t, y, oracle.least_squares(t, y, 5))

    found = optimum(t, y, 5)

    assert found.unique
    assert found.loss == pytest.approx(float(exact), rel=PROMISED)
    assert known([found.loss], 5) == [loss]


# Steps that float32 cannot make were said to arrive.


def test_steps_below_half_an_ulp_of_float32_are_not_the_best_fit() -> None:
    result = fit(
        data=Points.of([-1, 0, 1], [10000] * 3),
        model=LINE,
        init={"a": 0, "b": 9999},
        lr=1.1e-4,
        steps=40000,
        precision="float32",
        solver="loop",
        scale="none",
        record_every=40000,
    )

    assert result.loss == result.losses[0] == 1.0
    # losses below (450 eps)^2 of the mean square of y, 0.29, are rounding
    assert (result.verdict.rate, result.verdict.reach) == ("too_small", "out_of_reach")
    assert result.verdict.stalled
    assert result.verdict.facts.exact_loss == pytest.approx((1 - 2.2e-4) ** 80000, rel=1e-6)
    assert result.verdict.message.en == (
        "Too small. Rounding in float32 decides: after 40,000 steps the loss is 1.00, and in exact "
        "arithmetic it would be 2.27\N{MULTIPLICATION SIGN}10⁻⁸."
    )


# A rate hardly above its limit was said to make every step end exactly as high.


@pytest.mark.parametrize(
    ("beyond", "steps", "rate"),
    [
        (0.9e-6, 10, "edge"),
        (0.9e-6, 10_000_000, "diverging"),
        (-1e-5, 10, "edge"),
        (1e-4, 10, "edge"),
        (1e-3, 10, "diverging"),
        (-1e-3, 10, "bouncing"),
        (-4e-4, 1, "edge"),
        (-6e-4, 1, "too_small"),
    ],
)
def test_the_edge_shrinks_with_the_number_of_steps(beyond: float, steps: int, rate: str) -> None:
    limit = lecture(steps=1).analysis.lr_limit
    assert limit
    verdict = lecture(lr=limit * (1 + beyond), steps=steps, scale="none").verdict

    mu = 1 - 2 * (1 + beyond)
    assert (abs(2 * steps * log(abs(mu))) < 0.01 and abs(beyond) < 5e-4) == (rate == "edge")
    assert verdict.rate == (rate if rate != "too_small" else verdict.rate)


def test_growth_next_to_1_is_written_as_what_is_added() -> None:
    limit = lecture(steps=1).analysis.lr_limit
    assert limit
    result = lecture(lr=limit * (1 + 2e-6), steps=10_000_000, scale="none", record_every=10_000_000)

    assert result.verdict.message.en.endswith(
        "There each step multiplies the loss by 1 + 8.0\N{MULTIPLICATION SIGN}10⁻⁶, and it never "
        "comes back down."
    )


def test_the_edge_is_said_of_the_steepest_direction() -> None:
    limit = fit(**NOISY, steps=1).analysis.lr_limit
    result = fit(**NOISY, init={"a": 1.0, "b": 5.2}, lr=limit, steps=30)

    assert result.loss < 0.1 * result.losses[0]
    assert result.verdict.message.en.startswith("On the edge. In the steepest direction every step")
    assert "never" not in result.verdict.message.en


# Several flat directions were said to be one.


def test_the_lecture_is_said_to_have_two_flat_directions() -> None:
    result = lecture()

    assert result.verdict.message.en.startswith(
        "A good rate, but a bad fit. After 10 steps the loss hardly falls any more: it is 677 ("
    )
    assert (
        "that of the best parabola is 7.30. 2 of 3 directions are too flat for 10 steps: no "
        "constant rate "
    ) in result.verdict.message.en


# Suggestions were made for the loss of other points, for coordinates that do not arrive, or not.


@pytest.mark.parametrize("split", ["random", "tail", "interleaved"])
def test_with_points_held_out_a_suggestion_is_for_their_loss(split: Any) -> None:
    advised = 0
    for lr in (1e-3, 0.01, 0.1, 0.3, 0.5):
        asked: dict[str, Any] = {"synthetic": Synthetic(), "scale": "standardize", "lr": lr}
        before = fit(**asked, steps=100, validation=Validation(0.25, split))
        if before.verdict.suggestion:
            after = followed(asked, before)
            assert before.validation_losses
            assert after.validation_losses
            assert after.validation_losses[-1] < before.validation_losses[-1]
            advised += 1
    assert advised


def test_of_other_coordinates_those_are_suggested_that_arrive() -> None:
    for degree in (2, 10):
        before = lecture(lr="best", scale="none", model=Polynomial(degree=degree))
        auto = lecture(lr="best", scale="auto", model=Polynomial(degree=degree))

        assert before.verdict.suggestion == {"scale": "orthonormal", "lr": "best"}
        assert auto.resolved.scale == "orthonormal"
        assert followed({}, before).verdict.reach == "converged"


def test_a_few_more_steps_are_suggested() -> None:
    before = lecture(lr="best", scale="standardize", steps=10)

    assert before.loss == pytest.approx(8.03, abs=0.005)
    assert before.verdict.suggestion == {"steps": 15}
    assert followed({}, before).verdict.reach == "converged"


def test_a_rate_above_the_limit_that_is_still_close_is_said_to_leave() -> None:
    result = fit(**NOISY, init={"a": 2.0, "b": 1.08}, lr=0.11, steps=3)

    assert (result.verdict.rate, result.verdict.reach) == ("diverging", "converged")
    assert result.verdict.message.en.endswith(
        "still close to that of the best fit, but it does not stay there."
    )
    assert result.verdict.suggestion == {"lr": result.analysis.lr_best}


# Integers above 2^53 were rounded before they were subtracted.


@pytest.mark.parametrize("apart", [1000, 100])
def test_nanoseconds_are_differenced_before_they_are_rounded(apart: int) -> None:
    t = [1767225600000000000 + apart * i for i in range(24)]

    found = optimum(t, [i / 2 for i in range(24)], 1)

    assert (found.loss, found.r2, found.unique) == (0.0, 1.0, True)
    assert found.params["a"] == pytest.approx(0.5 / apart, rel=10 * EPS)
    assert found.params["b"] == pytest.approx(-0.5 / apart * t[0], rel=10 * EPS)


# y far from 0 lost the digits of its residuals.


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e9, 1e12])
def test_y_far_from_0_keep_their_digits(offset: float) -> None:
    t = [i / 10 for i in range(21)]
    y = [offset + value / 2 + (-1) ** i / 100 for i, value in enumerate(t)]
    exact = oracle.least_squares(t, y, 1)
    loss, constant = oracle.loss(t, y, exact), oracle.least_squares(t, y, 0)

    found = optimum(t, y, 1)

    assert found.loss == pytest.approx(float(loss), rel=100 * EPS)
    assert found.params["a"] == pytest.approx(float(exact[0]), rel=100 * EPS)
    assert found.r2 == pytest.approx(float(1 - loss / oracle.loss(t, y, constant)), rel=100 * EPS)


def test_y_that_vary_by_a_part_in_1e15_have_an_r2() -> None:
    found = optimum([0, 1, 2, 3], [1e9 - 1e-6, 1e9 + 1e-6, 1e9 - 1e-6, 1e9 + 1e-6], 1)

    assert found.r2 == pytest.approx(0.2, rel=1e-6)


# The rounding of a mode that was at its end decided the limit.


@pytest.mark.parametrize("solver", ["loop", "exact"])
def test_a_mode_at_its_minimum_has_no_limit(solver: Solver) -> None:
    """A rate of 0.3 is above the limit of the slope, 0.2, and below that of the constant, 1."""
    result = fit(
        data=Points.of([-3, -1, 1, 3], [1, 1, 1, 1]),
        model=Polynomial(degree=1),
        init="zeros",
        steps=60,
        lr=0.3,
        scale="none",
        solver=solver,
    )

    assert result.analysis.lr_limit == pytest.approx(1, rel=10 * EPS)
    assert result.loss <= rounding_floor(1.0) ** 2
    assert (result.verdict.rate, result.verdict.reach) == ("good", "converged")


# Rounding was told as a number, and notes stood where they were beside the point.


def test_a_loss_of_rounding_is_said_to_be_0() -> None:
    points = Points.of(range(4), [1, 3, 5, 7])
    facts = fit(data=points, model=LINE, lr=0.1, steps=1000, scale="orthonormal").verdict.facts

    assert (facts.loss, facts.lowest) == (0, 0)


def test_a_perfect_fit_has_no_error() -> None:
    found = optimum(range(10), range(0, 20, 2), 1)

    assert (found.loss, found.r2) == (0, 1)
    assert set(found.standard_errors.values()) == {0}
    assert found.interval95 is None


@pytest.mark.parametrize(
    ("batch_size", "lr", "mentioned"),
    [(50, 0.2, True), (1000, 0.2, False), (50, 0.1, False), (1, 0.05, True), (1, 0.04, False)],
)
def test_a_limit_of_batches_is_mentioned_where_it_is_clearly_lower_and_not_far_away(
    batch_size: int, lr: float, *, mentioned: bool
) -> None:
    """The limits are 0.140 for batches of 1 and 0.395 for batches of 50."""
    result = batches(batches="independent", batch_size=batch_size, lr=lr, steps=10)

    assert (f"In batches of {batch_size}, a rate" in result.verdict.message.en) is mentioned


def test_a_warm_start_is_told_once() -> None:
    optimum = fit(**NOISY).optimum
    near = {name: value * (1 + 1e-4) for name, value in optimum.params.items()}
    message = fit(**NOISY, init=near, lr=1e-3, steps=10).verdict.message.en

    assert message.startswith(
        "Near from the start. The loss is 0.0314 before the first step and after 10 steps: that is "
        "practically the best fit."
    )


def test_a_run_stopped_before_its_first_step_has_no_rate() -> None:
    result = lecture(scale="standardize", lr=0.1, stop=Stop(gap=1e9))

    assert (result.steps, result.verdict.rate) == (0, None)
    assert result.verdict.message.en == (
        "Stopped as asked. The start already meets the rule: its loss is 1,233, and that of "
        "the best parabola is 7.30."
    )


@pytest.mark.parametrize("lr", [30.0, 100.0])
def test_a_diverged_descent_overshoots_in_a_sweep_as_in_a_fit(lr: float) -> None:
    single = batches(lr=lr, steps=400)
    (run,) = sweep(SweepSpec(**BATCHES | {"seed": 42, "steps": 400, "lrs": (lr,)})).runs

    assert single.outcome == run.outcome == "diverged"
    assert run.verdict.overshoots == single.verdict.overshoots
    assert run.verdict.message == single.verdict.message


def test_a_korean_particle_follows_the_last_digit() -> None:
    """383,446 ends in 육, a consonant, and 1,005 in 오, a vowel."""
    asked: dict[str, Any] = {"scale": "standardize", "steps": 30, "optimizer": Sgd(momentum=0.9)}
    consonant = lecture(**asked, lr=0.7683249229)

    assert "손실 383,446은 " in consonant.verdict.message.ko
    assert with_particles("손실 1,005은(는)") == "손실 1,005는"


def test_coefficients_of_unix_seconds_start_again_where_they_ended() -> None:
    asked: dict[str, Any] = {"data": UNIX, "seed": 1, "lr": "best"}
    before = fit(**asked, steps=100)
    again = fit(**asked, steps=1, init=before.params)

    assert again.losses[0] == pytest.approx(before.loss, rel=1e-9)
