from typing import Any

import numpy as np
import pytest
import torch

from service.descent.answers.explanation import Verdict
from service.descent.answers.results import Fit
from service.descent.errors import NotComputableError
from service.descent.judging.observed import curvature, judge
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.optimizers import Optimizer
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.schedules.constant import Constant
from service.descent.methods.schedules.cosine import Cosine
from service.descent.methods.schedules.listed import RateList
from service.descent.methods.schedules.step import StepDecay
from service.descent.points.dataset import Dataset
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Points, Stop, Synthetic, Validation
from service.descent.task import prepare
from service.descent.watching.observation import Seen
from service.descent.watching.outcome import Descent
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
    assert "7.30 is possible" in verdict.message.en


def test_where_no_optimum_is_known_a_plateau_is_the_end() -> None:
    verdict = made(
        synthetic=Synthetic(),
        solver="loop",
        scale="standardize",
        loss=Huber(delta=5.0),
        lr=0.3,
        steps=200,
    ).verdict

    assert (verdict.rate, verdict.reach, verdict.stalled) == ("good", "converged", False)
    assert verdict.message.en.startswith("Settled.")


def test_the_message_has_the_limit_of_independent_batches() -> None:
    message = batches(batches="independent", batch_size=1).verdict.message

    assert "can diverge at batch 1" in message.en
    assert "배치 1" in message.ko


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

    assert "On the points held out the loss is" in result.verdict.message.en


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
    assert "has not settled" in verdict.message.en


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


UNKNOWN = prepare(
    FitSpec(synthetic=Synthetic(), seed=42, lr=0.05, steps=100, solver="loop", loss=Huber())
)
"""A descent whose lowest loss is not known."""
SAME_WAY = [0.95] * 10


def judged(first: float, half: float, last: float, cosines: list[float], **given: Any) -> Verdict:
    ended: dict[str, Any] = {"lr": 0.05, "steps": 100, "loss": last, "params": np.zeros(3)}
    descent = Descent(**ended | given)
    return judge(UNKNOWN, descent, Seen(first, half, last, cosines))


@pytest.mark.parametrize(
    ("first", "half", "last", "cosines", "rate"),
    [
        (1, 1, 1.001e6, [], "diverging"),
        (1, 1, 0.999e6, [], "bouncing"),
        (1, 1, 1.011, [], "bouncing"),
        (1, 1, 1.009, [], "good"),
        (1, 0.5, 0.5, [-0.6] * 6 + [1.0] * 4, "bouncing"),
        (1, 0.5, 0.5, [-0.6] * 5 + [1.0] * 5, "good"),
        (1, 0.5, 0.9e-9, SAME_WAY, "good"),
        (1, 0.5, 1.1e-9, SAME_WAY, "too_small"),
        (1, 0.5051, 0.5, SAME_WAY, "too_small"),
        (1, 0.5049, 0.5, SAME_WAY, "good"),
        (1, 0.6, 0.5, [0.91] * 10, "too_small"),
        (1, 0.6, 0.5, [0.89] * 10, "good"),
        (1, 0.991, 0.991, [0.01] * 10, "too_small"),
        (1, 0.991, 0.991, [-0.01] * 10, "good"),
        (1, 0.991, 0.991, [], "good"),
        (100, 99, 99, [0.01] * 10, "good"),
        (1, 0.989, 0.989, [0.01] * 10, "good"),
    ],
)
def test_a_rate_is_judged_by_its_losses_and_turns(
    first: float, half: float, last: float, cosines: list[float], rate: str
) -> None:
    assert judged(first, half, last, cosines).rate == rate


@pytest.mark.parametrize(
    ("half", "steps", "reach"),
    [
        (0.5, 10, "converged"),
        (0.5, 9, "unfinished"),
        (0.5049, 10, "converged"),
        (0.5051, 10, "unfinished"),
        (0.4999, 10, "unfinished"),
    ],
)
def test_a_descent_has_settled_where_its_second_half_takes_off_less_than_a_hundredth(
    half: float, steps: int, reach: str
) -> None:
    """In at least ten steps."""
    assert judged(1, half, 0.5, [], steps=steps).reach == reach


@pytest.mark.parametrize(("half", "settled"), [(3e-9, True), (4e-9, False)])
def test_next_to_nothing_settles_by_a_billionth_of_the_first_loss(
    half: float, *, settled: bool
) -> None:
    assert (judged(1, half, 2.5e-9, []).reach == "converged") is settled


def test_a_descent_that_diverges_has_not_converged() -> None:
    verdict = judged(1, 0.5, 0.5, [], diverged_at=3)

    assert (verdict.rate, verdict.reach) == ("diverging", "diverged")


@pytest.mark.parametrize(
    ("cosines", "overshoots"), [([-0.1] * 6 + [1.0] * 4, True), ([0.1] * 10, False), ([], False)]
)
def test_it_overshoots_where_half_of_the_steps_turn(
    cosines: list[float], *, overshoots: bool
) -> None:
    assert judged(1, 0.5, 0.5, cosines).overshoots is overshoots


@pytest.mark.parametrize(("batch_size", "mentioned"), [(50, True), (1000, False)])
def test_a_limit_of_batches_is_mentioned_where_it_is_clearly_lower(
    batch_size: int, *, mentioned: bool
) -> None:
    result = batches(batches="independent", batch_size=batch_size, steps=10)
    limits = result.analysis
    assert limits.lr_limit_mean_square
    assert limits.lr_limit

    assert (limits.lr_limit_mean_square < 0.99 * limits.lr_limit) is mentioned
    assert ("can diverge at batch 1" in result.verdict.message.en) is mentioned


@pytest.mark.parametrize(("points", "every"), [(1000, 1), (1001, 2), (2001, 3)])
def test_of_many_points_the_sharpness_is_that_of_a_thousand_at_most(
    points: int, every: int
) -> None:
    t = np.linspace(-1, 1, points)
    data = Points.of(t, np.sin(9 * t))
    task = prepare(FitSpec(data=data, seed=1, lr=1, steps=1, solver="loop", loss=Huber(delta=0.5)))

    chosen = task.loss_of(Dataset(t[::every], np.sin(9 * t)[::every]))
    assert curvature(task, task.start) == sharpness(chosen, torch.tensor(task.start))
