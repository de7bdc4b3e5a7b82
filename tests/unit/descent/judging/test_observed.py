from typing import Any

import numpy as np
import pytest
import torch

from service.descent.answers.results import Fit
from service.descent.errors import NotComputableError
from service.descent.judging.observed import curvature
from service.descent.judging.writing import number
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.losses.mse import Mse
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers import Optimizer
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.adamw import AdamW
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.schedules.constant import Constant
from service.descent.methods.schedules.cosine import Cosine
from service.descent.methods.schedules.listed import RateList
from service.descent.methods.schedules.step import StepDecay
from service.descent.points.dataset import Dataset
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.task import prepare
from service.descent.watching.sharpness import sharpness
from tests.support.specs import fit, largest_eigenvalue, made
from tests.support.tolerances import EPS

BATCHES: dict[str, Any] = {
    "synthetic": Synthetic(),
    "solver": "loop",
    "batch_size": 4,
    "scale": "standardize",
}
LIMIT = 2 / largest_eigenvalue(range(20), 2, "standardize")
"""Of the lecture's points, standardized: 2 / 4.9458."""


def batches(**given: Any) -> Fit:
    return made(**BATCHES | {"lr": 0.05, "steps": 400} | given)


@pytest.mark.parametrize(
    "given",
    [
        {"batch_size": 4},
        {"optimizer": Adam()},
        {"schedule": Cosine()},
        {"loss": Mae()},
        {"loss": Huber()},
        {"model": Mlp()},
    ],
    ids=str,
)
def test_what_has_no_closed_form_is_observed(given: dict[str, Any]) -> None:
    analysis = made(synthetic=Synthetic(), solver="loop", scale="standardize", **given).analysis

    assert analysis.basis == "observed"
    assert analysis.sharpness
    assert analysis.gradient_cosine is not None


@pytest.mark.parametrize(
    "optimizer",
    [Sgd(), Sgd(momentum=0.9), Sgd(momentum=0.9, nesterov=True), Sgd(weight_decay=0.1)],
    ids=str,
)
@pytest.mark.parametrize("solver", ["loop", "exact"])
def test_what_has_a_closed_form_is_exact_with_either_solver(
    optimizer: Optimizer, solver: str
) -> None:
    analysis = fit(synthetic=Synthetic(), solver=solver, optimizer=optimizer).analysis

    assert (analysis.basis, analysis.sharpness, analysis.gradient_cosine) == ("exact", None, None)


def test_batches_that_see_a_good_rate_converge_to_the_optimum() -> None:
    verdict = batches(batch_size=19, steps=600, lr=0.1, schedule=Cosine()).verdict

    assert (verdict.reach, verdict.suggestion) == ("converged", None)


def test_a_rate_that_is_too_small_goes_one_way_and_still_falls() -> None:
    verdict = made(
        synthetic=Synthetic(),
        solver="loop",
        scale="standardize",
        optimizer=Adam(),
        lr=0.01,
        steps=100,
    ).verdict

    assert (verdict.rate, verdict.reach, verdict.overshoots) == ("too_small", "unfinished", False)
    assert verdict.message.en.startswith("Too small.")


def test_a_rate_that_bounces_turns_back() -> None:
    result = made(
        synthetic=Synthetic(),
        solver="loop",
        scale="standardize",
        schedule=StepDecay(step_size=1000),
        lr=0.99 * LIMIT,
        steps=100,
    )

    assert (result.verdict.rate, result.verdict.overshoots) == ("bouncing", True)
    # The steepest direction alone is left, and each step jumps across: the next halves the others.
    assert result.analysis.gradient_cosine
    assert result.analysis.gradient_cosine < -1 + 1e-3


def test_a_loss_that_is_no_number_any_more_diverges() -> None:
    result = batches(lr=10, steps=2000)

    assert (result.outcome, result.verdict.rate, result.verdict.reach) == (
        "diverged",
        "diverging",
        "diverged",
    )
    assert f"At step {result.diverged_at} " in result.verdict.message.en


def test_a_loss_a_million_times_the_first_diverges_though_it_is_a_number() -> None:
    result = batches(lr=2, steps=30)

    assert (result.outcome, result.verdict.rate) == ("completed", "diverging")
    assert result.losses[-1] > 1e6 * result.losses[0]


def test_where_it_is_known_what_is_possible_a_plateau_is_stalled() -> None:
    verdict = made(
        synthetic=Synthetic(),
        solver="loop",
        lr=1e-5,
        steps=200,
        schedule=StepDecay(step_size=1, gamma=0.5),
        optimizer=Sgd(),
    ).verdict

    assert (verdict.reach, verdict.stalled) == ("unfinished", True)
    assert verdict.message.en.endswith("and that of the best parabola is 7.30.")


@pytest.mark.parametrize("lr", [0.003, 0.009, 0.02, 0.03])
def test_a_loss_that_falls_slowly_and_steadily_is_no_plateau(lr: float) -> None:
    verdict = made(
        synthetic=Synthetic(),
        init={"a": -1.2, "b": 0.2, "c": 1.0},
        scale="standardize",
        solver="loop",
        lr=lr,
        steps=60,
        optimizer=Adam(),
    ).verdict

    assert verdict.rate == "too_small"
    assert verdict.message.en.startswith("Too small.")


def test_where_no_optimum_is_known_a_plateau_is_the_end() -> None:
    verdict = made(
        synthetic=Synthetic(),
        model=Mlp(hidden=(8, 8), activation="tanh"),
        optimizer=Adam(),
        lr=0.03,
        steps=300,
        solver="loop",
    ).verdict

    assert (verdict.rate, verdict.reach, verdict.stalled) == ("good", "converged", False)
    assert verdict.message.en.startswith("Settled, but a weak fit.")


def test_the_message_has_the_limit_of_independent_batches() -> None:
    message = batches(batches="independent", batch_size=1).verdict.message

    assert message.en.endswith(
        "In batches of 1, a rate that is safe for all points can diverge: the limit is 0.404 for "
        "all points and 0.140 for these batches."
    )
    assert "크기가 1인 배치" in message.ko


def test_a_rate_safe_for_all_points_diverges_at_batch_1_as_the_message_says() -> None:
    result = batches(batches="independent", batch_size=1, lr=0.95 * LIMIT, steps=200)

    limits = result.analysis
    assert limits.lr_limit_mean_square
    assert limits.lr_limit
    assert limits.lr_limit_mean_square < 0.95 * LIMIT < limits.lr_limit
    assert result.verdict.rate == "diverging"


def test_the_message_says_that_a_rule_stopped_it() -> None:
    verdict = batches(lr=0.1, stop=Stop(gap=400.0)).verdict

    assert verdict.message.en.startswith("Stopped as asked.")


def test_the_message_has_the_loss_of_the_points_held_out() -> None:
    result = batches(validation=Validation(0.25, "interleaved"), batch_size=5, steps=50)

    assert "On the held-out points the loss is" in result.verdict.message.en


def test_limits_are_reported_where_they_are_of_this_optimizer() -> None:
    batch, adam = batches(steps=10).analysis, batches(optimizer=Adam(), steps=10).analysis

    assert batch.lr_limit == pytest.approx(LIMIT, rel=10 * 20 * 3 * EPS)
    assert adam.lr_limit is None
    assert adam.condition == batch.condition
    assert batch.lr_best is None


def test_another_loss_has_no_modes() -> None:
    analysis = made(
        synthetic=Synthetic(), solver="loop", loss=Huber(), schedule=Constant()
    ).analysis

    assert (analysis.modes, analysis.condition, analysis.lr_limit) == ([], None, None)


def test_a_start_at_the_optimum_is_an_answer_too() -> None:
    result = made(
        data=Points.of([0, 1, 2], [0, 0, 0]),
        init="zeros",
        solver="loop",
        batch_size=2,
        batches="independent",
        lr=0.1,
        steps=3,
    )

    assert result.losses == [0, 0, 0, 0]
    assert result.analysis.gradient_cosine == 0


@pytest.mark.parametrize(
    "given", [{"model": Mlp()}, {"loss": Mae()}, {"optimizer": Adam()}, {"batch_size": 19}], ids=str
)
def test_a_rate_that_moves_nothing_is_too_small(given: dict[str, Any]) -> None:
    verdict = made(
        synthetic=Synthetic(), solver="loop", scale="standardize", lr=1e-12, steps=50, **given
    ).verdict

    assert (verdict.rate, verdict.reach) == ("too_small", "unfinished")


def test_the_message_does_not_say_that_a_rising_loss_falls() -> None:
    verdict = made(
        synthetic=Synthetic(),
        solver="loop",
        lr=1e-6,
        steps=38,
        optimizer=Sgd(momentum=0.99),
        schedule=RateList(lrs=(1e-6,) * 38),
    ).verdict

    assert verdict.rate == "good"
    assert "Not settled yet." in verdict.message.en


def test_a_loss_that_ends_above_the_first_is_not_good() -> None:
    result = batches(batches="independent", batch_size=1, lr=0.2, steps=100)

    assert result.losses[0] < result.losses[-1] < 1e6 * result.losses[0]
    assert (result.verdict.rate, result.verdict.message.en[:21]) == (
        "bouncing",
        "Too large to go down.",
    )


def test_a_loss_of_next_to_nothing_is_good() -> None:
    verdict = made(
        data=Points.of([1], [5]),
        model=Mlp(),
        scale="standardize",
        solver="loop",
        lr=0.1,
        seed=1,
        steps=50,
    ).verdict

    assert verdict.rate == "good"


def test_a_descent_of_no_steps_has_reached_nothing() -> None:
    result = made(
        synthetic=Synthetic(),
        model=Mlp(),
        scale="standardize",
        solver="loop",
        stop=Stop(gradient=1e100),
    )

    assert (result.steps, result.verdict.reach) == (0, "unfinished")


def test_a_delta_that_float32_does_not_have_is_refused() -> None:
    with pytest.raises(NotComputableError, match="delta"):
        made(synthetic=Synthetic(), solver="loop", precision="float32", loss=Huber(delta=1e150))


@pytest.mark.parametrize(("points", "every"), [(1000, 1), (1001, 2), (2001, 3)])
def test_of_many_points_the_sharpness_is_that_of_a_thousand_at_most(
    points: int, every: int
) -> None:
    t = np.linspace(-1, 1, points)
    data = Points.of(t, np.sin(9 * t))
    task = prepare(FitSpec(data=data, seed=1, lr=1, steps=1, solver="loop", loss=Huber(delta=0.5)))

    chosen = task.loss_of(Dataset(t[::every], np.sin(9 * t)[::every]))
    assert curvature(task, task.start) == sharpness(chosen, torch.tensor(task.start))


ADAM: dict[str, Any] = {
    "synthetic": Synthetic(),
    "scale": "standardize",
    "solver": "loop",
    "optimizer": Adam(),
}


@pytest.mark.parametrize("loss", [Huber(), Mae()], ids=str)
def test_outliers_do_not_hide_that_a_robust_loss_has_arrived(loss: Huber | Mae) -> None:
    """Of y = 2 t + 1 with two outliers, the loss is nearly all theirs at the start and the end."""
    t = np.arange(20.0)
    y = 2 * t + 1
    y[[3, 15]] = 1e6, -1e8

    result = fit(
        data=Points.of(t, y),
        model=Polynomial(degree=1),
        loss=loss,
        lr=0.5,
        steps=2000,
        seed=1,
        scale="standardize",
        schedule=Cosine(),
        solver="loop",
    )

    assert result.losses[0] == pytest.approx(result.loss, rel=1e-5)
    assert result.params == pytest.approx({"a": 2, "b": 1}, abs=0.2)
    assert (result.verdict.rate, result.verdict.reach) == ("good", "converged")
    assert "that is practically the best fit" in result.verdict.message.en


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("part", [1e-4, 0.05, 0.5, 0.95, 1.5])
def test_any_rate_of_batches_that_neither_rises_nor_arrives_is_that_of_all_points(
    part: float, momentum: float
) -> None:
    asked: dict[str, Any] = {"lr": part * LIMIT, "steps": 6, "optimizer": Sgd(momentum=momentum)}
    full = made(**BATCHES | asked | {"batch_size": None}).verdict

    result = batches(**asked, batch_size=19)

    lowest = result.optimum.loss if result.optimum else 0.0
    assert result.loss - lowest > 0.01 * lowest
    risen = result.loss > 1.01 * result.losses[0]
    assert result.verdict.rate == full.rate or risen


def test_steps_go_the_same_way_only_if_most_do() -> None:
    """The median cosine of these batches of a robust loss is far below 0.9."""
    result = batches(loss=Huber(), batch_size=1, lr=1e-6, steps=60, seed=1)

    assert result.analysis.gradient_cosine
    assert 0 < result.analysis.gradient_cosine < 0.9
    assert result.verdict.rate == "too_small"
    assert "same way" not in result.verdict.message.en
    assert "In 60 steps the loss hardly changes" in result.verdict.message.en


def test_a_schedule_that_runs_out_after_it_has_arrived_is_good() -> None:
    result = batches(
        batch_size=None, lr=0.3, steps=400, schedule=StepDecay(step_size=50, gamma=0.1)
    )

    assert result.verdict.facts.last_rate == pytest.approx(3e-8)
    assert (result.verdict.rate, result.verdict.reach) == ("good", "converged")


def test_of_adam_on_a_network_it_is_only_known_that_the_loss_still_falls() -> None:
    asked: dict[str, Any] = {"model": Mlp(), "lr": 0.01, "steps": 1000, "optimizer": Adam()}
    result = made(synthetic=Synthetic(), solver="loop", **asked)

    assert result.analysis.gradient_cosine
    assert result.analysis.gradient_cosine > 0.9
    assert (result.verdict.rate, result.verdict.reach) == ("good", "unfinished")
    assert result.verdict.message.en.startswith("Not settled yet.")


def test_weight_decay_may_keep_a_descent_away_from_the_lowest_loss() -> None:
    """Adam comes to rest where the decay balances the slope."""
    verdict = made(**ADAM | {"optimizer": Adam(weight_decay=1)}, lr=0.3, steps=2000).verdict

    assert (verdict.rate, verdict.reach) == ("good", "converged")
    assert verdict.message.en.startswith("Settled. ")
    assert "the best parabola" not in verdict.message.en


def test_r2_stands_next_to_a_mean_squared_error_only() -> None:
    robust, squares = (
        made(**ADAM | {"loss": loss}, lr=0.1, steps=20).verdict for loss in (Huber(), Mse())
    )

    assert robust.facts.r2 is not None
    assert "R²" not in robust.message.en + robust.message.ko
    assert "R²" in squares.message.en


def test_the_best_curve_of_a_robust_loss_has_the_lowest_such_loss() -> None:
    line = Polynomial(degree=1)
    result = made(**ADAM | {"loss": Mae(), "model": line}, lr=0.1, steps=20)

    assert result.optimum
    assert f"that of the best line is {number(result.optimum.loss)}." in result.verdict.message.en


def test_points_whose_variance_is_0_in_a_double_have_no_r2() -> None:
    data = Points.of(range(20), [1e-310 * (1 + i % 7) for i in range(20)])

    assert made(data=data, synthetic=None, loss=Huber(delta=1e-312), lr=1e-3).r2 is None


def test_a_descent_that_is_nearly_there_has_a_good_rate() -> None:
    """With all points in each step, the rate would be too small to arrive."""
    verdict = batches(lr=0.065, steps=60).verdict

    assert (verdict.rate, verdict.reach) == ("good", "unfinished")
    assert verdict.message.en.startswith("Nearly there. After 60 steps the loss is ")


def test_a_rate_at_which_only_the_noise_of_batches_is_left_bounces() -> None:
    """With all points it arrives. The noise grows with the rate, so a smaller one ends lower."""
    large, smaller = batches(lr=0.35, steps=60, batch_size=5), batches(lr=0.15, steps=60)

    assert (large.verdict.rate, smaller.verdict.rate) == ("bouncing", "good")
    assert smaller.loss < large.loss / 2


def test_a_loss_that_rose_before_it_fell_and_is_not_nearly_there_bounces() -> None:
    network = Mlp(hidden=(8, 8), activation="gelu")
    verdict = made(
        synthetic=Synthetic(),
        model=network,
        scale="standardize",
        lr=0.015,
        steps=100,
        solver="loop",
    ).verdict

    assert verdict.rate == "bouncing"
    assert verdict.message.en.startswith("Bouncing. The loss rose to ")


@pytest.mark.parametrize(("lr", "rate"), [(0.5, "too_small"), (1.5, "good"), (10, "good")])
def test_a_rate_of_adam_is_not_too_small_once_the_loss_swings(lr: float, rate: str) -> None:
    verdict = made(**ADAM, lr=lr, steps=40).verdict

    assert verdict.rate == rate


def test_with_weight_decay_it_is_said_that_the_lowest_loss_is_not_reached() -> None:
    verdict = made(**ADAM | {"optimizer": AdamW(weight_decay=0.5)}, lr=2, steps=100).verdict

    assert verdict.rate == "good"
    assert verdict.message.en.endswith(
        "With weight decay it does not reach 7.30, the lowest possible loss."
    )
