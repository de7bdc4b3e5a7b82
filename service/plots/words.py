"""The text that describes a picture."""

from math import isfinite

from service.descent.answers.results import Fit
from service.descent.judging.messages import number, steps_en
from service.plots.losses import aimed
from service.plots.steepest import Flatter, Route, can_be_walked, walk

EXACT = 1e-9
"""The fraction of the distance below which a step leaves only rounding errors."""


def rate_words(fit: Fit) -> str:
    """Describe the learning rate relative to its limit, from which upward the loss grows."""
    limit, lr = fit.analysis.lr_limit, fit.resolved.lr
    if limit is None:
        return f"lr = {number(lr)}"
    share = lr / limit
    if share < 2:
        return f"lr = {percentage(share)} of the limit"
    if isfinite(share):
        return f"lr = {number(share)} times the limit"
    return "lr is far beyond the limit"


def percentage(share: float) -> str:
    """Format a fraction as a percentage with three digits, or four near 100%."""
    if 0.99 < share < 1.01:
        return f"{100 * share:.4g}%"
    return f"{number(100 * share)}%"


def step_words(steps: Route) -> str:
    """Describe what a step does to the distance to the bottom."""
    left = steps.pace - 1
    if not steps.moves:
        return "the start is at the bottom: nothing moves"
    if not isfinite(left):
        return "a step overflows"
    if abs(left) < EXACT:
        return "a step goes all the way to the bottom"
    if left < 0:
        return f"a step goes {percentage(steps.pace)} of the way to the bottom"
    if left <= 1 + EXACT:
        return f"a step jumps across, leaves {percentage(left)} of the way"
    return f"a step jumps across, {number(left)} times as far out"


def way_words(flatter: Flatter) -> tuple[str, str]:
    """Describe the direction that holds the loss, and how far the descent has come in it."""
    covered = f"{percentage(flatter.way)} of the way"
    if flatter.flattest:
        return "In the flattest direction:", covered
    return "In a flatter direction:", covered


def description(fit: Fit) -> str:
    """Describe the panels for people who cannot see them."""
    words = f"{_curve_words(fit)} {_loss_words(fit)}"
    if can_be_walked(fit):
        steps = walk(fit, view=1)
        words += f" The walk, along the steepest direction: {rate_words(fit)}; {step_words(steps)}."
        if steps.elsewhere is not None:
            words += f" {' '.join(way_words(steps.elsewhere))}."
    return words


def _curve_words(fit: Fit) -> str:
    assert fit.data is not None
    t, y, held = fit.data.t, fit.data.y, ""
    if fit.data.held_out:
        held = f", {len(fit.data.held_out):,} of them held out"
    return (
        f"The curve: {len(t):,} points{held}, t from {number(min(t))} to {number(max(t))}, "
        f"y from {number(min(y))} to {number(max(y))}; "
        f"{fit.resolved.model.title} from the start to step {fit.steps:,}"
        f"{', and the optimum, dotted' if fit.optimum else ''}."
    )


def _loss_words(fit: Fit) -> str:
    aim = aimed(fit)
    words = f"The loss: from {number(fit.losses[0])} to {number(fit.loss)} "
    words += f"after {steps_en(fit.steps)}"
    if fit.diverged_at is not None:
        words += f"; at step {fit.diverged_at:,} it is no longer a number"
    if aim is not None:
        words += f"; the optimum's is {number(aim)}"
    if fit.validation_losses is not None:
        words += f". Validation loss: {number(fit.validation_losses[-1])} at the end, "
        words += f"at its best {number(fit.best.loss)} at step {fit.best.step:,}"
    return f"{words}."
