"""Compare the two solvers: the closed form and the loop."""

from typing import Any

import numpy as np

from service.descent.points.dataset import posted
from tests.support.specs import PolynomialFit, fit, largest_eigenvalue


def curves_beyond_promise(spec: dict[str, Any]) -> dict[str, list[int]]:
    """Return the steps at which predictions or gradients differ by more than is promised.

    `docs/explanation/numerics.md` promises 1e-9 of the largest prediction of the step, of the start
    and of y, and 1e-9 of the longest gradient that the step can have, |X| |residual|, as its parts
    may cancel. A residual below 1e-4 of the first has lost digits of its own.
    """
    exact, loop = (
        fit(**spec, solver=solver, include=("predictions", "gradients"))
        for solver in ("exact", "loop")
    )
    t, y = posted(spec["data"]).t, posted(spec["data"]).y
    (ours, our_gradients), (theirs, their_gradients) = told(exact), told(loop)
    largest = np.abs(theirs).max(axis=1, keepdims=True) + np.abs(y).max() + np.abs(theirs[0]).max()
    residual = np.sqrt(loop.losses) + 1e-4 * np.sqrt(loop.losses[0] + np.mean(np.square(y)))
    longest = np.sqrt(2 * largest_eigenvalue(t, spec["model"].degree, spec["scale"])) * residual
    return {
        "predictions": steps_where(~(np.abs(ours - theirs) <= 1e-9 * largest).all(axis=1)),
        "gradients": steps_where(
            ~(np.abs(our_gradients - their_gradients) <= 1e-9 * longest).all(axis=0)
        ),
    }


def told(result: PolynomialFit) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the predictions (steps, n) and the gradients (p, steps)."""
    assert result.history
    assert result.history.predictions
    assert result.history.gradients
    gradients = np.array(list(result.history.gradients.values()))
    return np.array(result.history.predictions), gradients


def steps_where(mask: np.ndarray[Any, Any]) -> list[int]:
    return [int(step) for step in np.flatnonzero(mask)]
