"""Test that every sentence about a descent in closed form is true. The oracle is the trajectory of
the losses, or numpy, not the condition that chose the sentence.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points
from tests.support.examples import fewer
from tests.support.specs import PolynomialFit, fit, random_specs

LINE = Polynomial(degree=1)
NOISY: dict[str, Any] = {
    "data": Points.of([0, 1, 2, 3, 4, 5], [1.2, 2.9, 5.3, 6.8, 9.1, 11.2]),
    "model": LINE,
    "scale": "none",
}
"""A noisy line."""


def lecture(**given: Any) -> PolynomialFit:
    return fit(**{"synthetic": Synthetic()} | given)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_ordinary_rounding_decides_nothing(precision: str) -> None:
    for fraction in (0.01, 0.5, 0.97, 1.0, 1.5):
        facts = lecture(
            lr=fraction * 3.53986294e-5, steps=200, precision=precision, solver="loop"
        ).verdict.facts

        assert facts.exact_loss is None


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


def test_the_best_curve_may_explain_little() -> None:
    y = [0.0, 5, 1, 4, 2, 5, 0, 4, 1, 5]
    result = fit(data=Points.of(range(10), y), lr="best", steps=100, scale="orthonormal")
    residual = y - np.polyval(np.polyfit(range(10), y, 2), range(10))
    explained = 1 - np.mean(residual**2) / np.var(y)

    assert result.verdict.message.en.endswith(
        f"Even the best parabola explains only {100 * explained:.0f}% of the variation of these "
        "points."
    )


def test_the_best_curve_may_explain_next_to_nothing() -> None:
    y = [4.0, 1, 0, 1, 4]
    result = fit(data=Points.of(range(-2, 3), y), model=LINE, lr="best", steps=100)

    assert result.verdict.message.en.endswith(
        "Even the best line explains less than 2% of the variation of these points."
    )


def test_a_swing_beyond_the_largest_double_has_no_peak() -> None:
    """The sum of squares overflows, and what is left of it per point does not."""
    result = fit(
        data=Points.of([-3000, 3000], [1, -1]),
        model=LINE,
        scale="none",
        init={"a": 1e150, "b": 0},
        lr=2.09e-7,
        steps=30,
        optimizer=Sgd(momentum=0.99),
    )
    facts = result.verdict.facts

    assert (result.diverged_at, facts.diverged_at) == (2, 2)
    assert result.verdict.message.en == "Too large. At step 2 the loss no longer fits a number."
    assert (facts.peak_loss, facts.peak_step) == (None, None)


def test_a_loop_that_starts_at_the_optimum_and_stays_there_has_a_good_rate() -> None:
    """Rounding has grown in ten steps, but not enough to be seen."""
    t, y = [*range(8)], [0.47, 2.18, 4.19, 6.62, 8.65, 10.67, 11.38, 13.56]
    verdict = fit(
        data=Points.of(t, y),
        model=LINE,
        scale="none",
        solver="loop",
        init={"a": 1.8940476190476192, "b": 0.5858333333333334},
        lr=0.206249554741696,
        steps=10,
    ).verdict

    assert verdict.message.en.startswith("Already there.")
    assert (verdict.rate, verdict.reach) == ("good", "converged")


def test_a_smaller_rate_is_not_suggested_where_rounding_loses_the_updates() -> None:
    """The slope bounces at its limit, and the updates of the constant are below half an ulp."""
    verdict = fit(
        data=Points.of([-64, 0, 64], [8200] * 3),
        model=LINE,
        scale="none",
        solver="loop",
        precision="float32",
        init={"a": 0.001, "b": 8199.2},
        lr=3 / 8192,
        steps=3000,
    ).verdict

    assert verdict.message.en.startswith("On the edge. Rounding in float32 decides: ")
    assert verdict.suggestion is None


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

    if "is practically the best fit" in message or "is the best fit" in message:
        assert within_target(result, result.loss, y)
    if "still falling" in message:
        assert fit(**asked | {"steps": steps + 1}).loss < result.loss
        assert abs(excess[steps // 2] - excess[-1]) >= 0.00999 * excess[-1]
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
@fewer(2)
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
