"""Test that every sentence about a descent in closed form is true. The oracle is the trajectory of
the losses, or numpy, not the condition that chose the sentence.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.fit import collect, events
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Points, Stop, Synthetic
from tests.support.specs import PolynomialFit, fit, random_specs

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


def lecture(**given: Any) -> PolynomialFit:
    return fit(**{"synthetic": Synthetic()} | given)


def said(**given: Any) -> str:
    """The English message of a fit of the lecture's points."""
    return lecture(**given).verdict.message.en


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
    assert rate.verdict.message.en.endswith("and 0.0845 is possible. Rescale t.")
    assert rate.verdict.suggestion == {"scale": "standardize", "lr": "best"}


def test_exact_hourly_points_in_unix_seconds_are_not_the_best_fit_at_44_million() -> None:
    points = Points.of([1767225600 + 3600 * i for i in range(24)], [10 + i / 2 for i in range(24)])
    result = fit(data=points, lr="best", scale="none", steps=100, seed=1)

    assert result.loss > 1e7
    assert result.verdict.reach == "out_of_reach"
    assert "0 is possible" in result.verdict.message.en


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
    # float32 has y to 0.001, and the loss of a rounded curve is up to 0.3
    assert (result.verdict.rate, result.verdict.reach) == ("too_small", "out_of_reach")
    assert result.verdict.stalled
    assert result.verdict.facts.exact_loss == pytest.approx((1 - 2.2e-4) ** 80000, rel=1e-6)
    assert result.verdict.message.en == (
        "Too small. Rounding in float32 decides: after 40,000 steps the loss is 1.00, and in exact "
        "arithmetic it would be 2.27\N{MULTIPLICATION SIGN}10⁻⁸."
    )


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_ordinary_rounding_decides_nothing(precision: str) -> None:
    for fraction in (0.01, 0.5, 0.97, 1.0, 1.5):
        facts = lecture(
            lr=fraction * 3.53986294e-5, steps=200, precision=precision, solver="loop"
        ).verdict.facts

        assert facts.exact_loss is None


def test_a_run_stopped_before_its_first_step_has_no_rate() -> None:
    result = lecture(scale="standardize", lr=0.1, stop=Stop(gap=1e9))

    assert (result.steps, result.verdict.rate) == (0, None)
    assert result.verdict.message.en == (
        "Stopped as asked. The start already meets the rule: its loss is 1,233, and 7.30 is "
        "possible."
    )


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
    assert (abs(2 * steps * np.log(abs(mu))) < 0.01 and abs(beyond) < 5e-4) == (rate == "edge")
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


@given(random_specs(steps=20), st.sampled_from([2, 3, 10, 50]))
def test_a_descent_at_its_limit_stalls_whatever_the_last_bit_is(
    spec: dict[str, Any], steps: int
) -> None:
    """In the steepest direction alone, the excess stays the same."""
    limit = fit(**spec | {"lr": 1e-9}).analysis.lr_limit
    if limit is None:
        return
    around = [np.nextafter(limit, 0).item(), limit, np.nextafter(limit, np.inf).item()]
    results = [fit(**spec | {"lr": lr, "steps": steps}) for lr in around]

    assert len({result.verdict.stalled for result in results}) == 1


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


def test_the_best_curve_may_explain_little() -> None:
    y = [0.0, 5, 1, 4, 2, 5, 0, 4, 1, 5]
    result = fit(data=Points.of(range(10), y), lr="best", steps=100, scale="orthonormal")
    residual = y - np.polyval(np.polyfit(range(10), y, 2), range(10))
    explained = 1 - np.mean(residual**2) / np.var(y)

    assert result.verdict.message.en.endswith(
        f"Even the best parabola explains only {100 * explained:.0f}% of the variation of these "
        "points."
    )


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (3, "There, but only in passing. After 3 steps the descent is at the best fit"),
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
    message = said(scale="standardize", lr=0.3, steps=10, optimizer=Sgd(momentum=0.9))

    assert "flat" not in message


def test_the_lecture_is_said_to_have_two_flat_directions() -> None:
    result = lecture()

    assert result.verdict.message.en.startswith(
        "A good rate, but a bad fit. After 10 steps the loss hardly falls any more: it is 677 ("
    )
    assert "7.30 is possible. 2 of 3 directions are too flat for 10 steps: no constant rate " in (
        result.verdict.message.en
    )


def test_a_loss_of_rounding_is_said_to_be_0() -> None:
    points = Points.of(range(4), [1, 3, 5, 7])
    facts = fit(data=points, model=LINE, lr=0.1, steps=1000, scale="orthonormal").verdict.facts

    assert (facts.loss, facts.lowest) == (0, 0)


def test_a_warm_start_is_told_once() -> None:
    optimum = fit(**NOISY).optimum
    near = {name: value * (1 + 1e-4) for name, value in optimum.params.items()}
    message = fit(**NOISY, init=near, lr=1e-3, steps=10).verdict.message.en

    assert message.startswith(
        "Near from the start. The loss is 0.0314 before the first step and after 10 steps: that is "
        "the best fit."
    )


def test_a_rate_above_the_limit_that_is_still_close_is_said_to_leave() -> None:
    result = fit(**NOISY, init={"a": 2.0, "b": 1.08}, lr=0.11, steps=3)

    assert (result.verdict.rate, result.verdict.reach) == ("diverging", "converged")
    assert result.verdict.message.en.endswith(
        "still close to that of the best fit, but it does not stay there."
    )
    assert result.verdict.suggestion == {"lr": result.analysis.lr_best}


def within_target(result: PolynomialFit, loss: float, y: Any, rounding: float = 1e-6) -> bool:
    """One percent of the lowest loss, or of a millionth of the variance, to rounding."""
    lowest, variance, square = result.optimum.loss, np.var(y), np.mean(np.square(y))
    negligible = 1e-6 * variance if variance > 1e-20 * square else 1e-12 * square
    return bool(loss - lowest <= 0.01 * max(lowest, negligible) * (1 + rounding))


def flat_directions(result: PolynomialFit, target: float) -> int:
    """How many modes keep more than their part of the target at the best rate, on their side."""
    lr, modes = result.analysis.lr_best or 0.0, result.analysis.modes
    return sum(
        lr * mode.eigenvalue <= 1
        and (1 - lr * mode.eigenvalue) ** (2 * result.steps) * mode.start**2 > target / len(modes)
        for mode in modes
    )


@given(
    random_specs(steps=1),
    st.sampled_from([1, 2, 10, 100, 1000]),
    st.sampled_from([1e-3, 1.0, 1.0, 1.0]),
)
def test_each_claim_is_that_of_the_losses(spec: dict[str, Any], steps: int, factor: float) -> None:
    asked = spec | {"steps": steps, "lr": spec["lr"] * factor}
    result = fit(**asked)
    message, facts, y = (
        result.verdict.message.en,
        result.verdict.facts,
        np.frombuffer(spec["data"].y),
    )
    lowest, variance = result.optimum.loss, float(np.var(y))
    excess = np.array(result.losses) - lowest

    if "that is the best fit" in message or "is the best fit" in message:
        assert within_target(result, result.loss, y)
    if "still falling" in message:
        assert fit(**asked | {"steps": steps + 1}).loss < result.loss
    if "hardly falls any more" in message:
        assert abs(excess[steps // 2] - excess[-1]) <= 0.01001 * excess[-1]
    if "a bad fit" in message:
        assert excess[-1] > 0.05 * variance
    if "nearly there" in message:
        assert excess[-1] < 0.01001 * excess[0]
        assert len(set(y)) == 1 or excess[-1] <= 0.02001 * variance
    if "closer to the bottom" in message:
        steepest = next(mode for mode in result.analysis.modes if mode.start)
        assert steepest.multiplier
        assert -1 < steepest.multiplier < 0
        assert facts.closer_percent == pytest.approx(100 * (1 + steepest.multiplier), abs=1e-6)
    if "At this rate the best fit takes " in message and facts.steps_needed is not None:
        needed = facts.steps_needed
        assert within_target(result, fit(**asked | {"steps": needed}).loss, y)
        before = fit(**asked | {"steps": needed - 1}).loss
        assert not within_target(result, before, y, -1e-6)
    if " directions " in message:
        target = 0.01 * max(lowest, 1e-6 * variance)
        assert facts.flat_directions == flat_directions(result, target)
    assert message.count(". ") <= 3


@given(random_specs(steps=1), st.sampled_from([1, 2, 10, 60]), st.sampled_from([0.5, 0.9, 0.99]))
def test_each_claim_about_momentum_is_that_of_the_losses(
    spec: dict[str, Any], steps: int, keeps: float
) -> None:
    asked = spec | {"steps": steps, "optimizer": Sgd(momentum=keeps)}
    result = fit(**asked)
    message, facts, y = (
        result.verdict.message.en,
        result.verdict.facts,
        np.frombuffer(spec["data"].y),
    )

    assert "closer to the bottom" not in message
    assert "still falling" not in message
    if "the loss was highest" in message:
        assert facts.peak_loss == pytest.approx(max(result.losses), rel=1e-9)
        assert facts.peak_step == int(np.argmax(result.losses))
        assert facts.peak_loss is not None
        assert facts.peak_loss > result.losses[0]
    if "higher than at any step before" in message:
        assert max(result.losses) == result.losses[-1]
    if "only in passing" in message and facts.passed_step is not None:
        passed = result.losses[facts.passed_step]
        assert within_target(result, passed * (1 - 1e-6), y)
        assert not within_target(result, result.loss * (1 + 1e-6), y)
    if "further steps swing away" in message:
        longer = fit(**asked | {"steps": steps + 1000}).losses[steps + 1 :]
        assert not all(within_target(result, loss, y) for loss in longer)


def test_a_swing_that_has_not_crossed_the_valley_yet_is_not_mentioned() -> None:
    asked: dict[str, Any] = {"scale": "standardize", "lr": 0.002, "optimizer": Sgd(momentum=0.9)}
    early, late = (lecture(**asked, steps=steps).verdict for steps in (3, 60))

    assert early.overshoots
    assert "swings" not in early.message.en
    assert "swings across the valley" in late.message.en
