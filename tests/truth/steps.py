"""The steps and the slopes of a descent, from the parameters that it reports."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import mpmath as mp
import numpy as np
import torch

from tests.truth.runs import ACTIVATIONS, Array, Run

LAST = 10
"""The number of last steps that sentences speak of."""
TORCH: dict[str, Callable[..., torch.Tensor]] = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "gelu": torch.nn.functional.gelu,
}
assert TORCH.keys() == ACTIVATIONS.keys()


def rows(run: Run) -> Array:
    """Return the parameters (steps + 1, p) in the coordinates of the descent."""
    params = run.answer["history"]["params"]
    if isinstance(params, dict):
        return np.array(list(params.values())).T @ to_descent(run).T
    mean, deviation = run.frame
    if run.resolved["scale"] == "none":
        mean, deviation = 0.0, 1.0
    return np.array([flat(each["layers"], mean, deviation) for each in params])


def to_descent(run: Run) -> Array:
    """Return the matrix (p, p) from coefficients of powers of t to the descent's coordinates."""
    q = run.polynomial
    same = np.eye(q.degree + 1).tolist()
    columns = [q.from_caller([mp.mpf(value) for value in unit]) for unit in same]
    return np.array([[float(value) for value in column] for column in columns]).T


def flat(layers: list[Any], mean: float, deviation: float) -> Array:
    """Return a network of t as a row of parameters of x = (t - mean) / deviation."""
    first, *others = layers
    weight, bias = np.array(first["weight"]), np.array(first["bias"])
    parts = [weight * deviation, bias + weight[:, 0] * mean]
    for layer in others:
        parts += [np.array(layer["weight"]), np.array(layer["bias"])]
    return np.concatenate([part.ravel() for part in parts])


def turns(run: Run) -> Array:
    """Return the cosines of the angles between the last successive steps that were made."""
    made = np.diff(rows(run)[-LAST - 2 :], axis=0)
    lengths = np.linalg.norm(made, axis=1)
    lengths[lengths == 0] = np.inf
    units = made / lengths[:, None]
    cosines: Array = (units[1:] * units[:-1]).sum(axis=1)
    return cosines


def resolved_steps(run: Run) -> bool:
    """Return whether the last steps are long enough to be seen in the parameters reported."""
    last = rows(run)[-LAST - 2 :]
    lengths = np.linalg.norm(np.diff(last, axis=0), axis=1)
    eps = float(np.finfo(run.resolved["precision"]).eps)
    return bool((lengths > 1e3 * eps * np.abs(last).max()).all())


def slope(run: Run, step: int) -> float:
    """Return the length of the gradient of the loss of all points after this step."""
    return float(gradient(run, step).norm())


def gradient(run: Run, step: int) -> torch.Tensor:
    """Return the gradient (p,) of the loss of all points after this step."""
    t, y = (torch.tensor(each, dtype=torch.float64) for each in run.seen)
    params = torch.tensor(rows(run)[step], requires_grad=True)
    loss = criterion(run, curve(run, t, params), y)
    (found,) = torch.autograd.grad(loss, params)
    return found


def criterion(run: Run, curve: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return the loss of a curve, by torch."""
    loss = run.resolved["loss"]
    if loss["kind"] == "huber":
        return torch.nn.functional.huber_loss(curve, y, delta=loss["delta"])
    if loss["kind"] == "mae":
        return torch.nn.functional.l1_loss(curve, y)
    return torch.nn.functional.mse_loss(curve, y)


def curve(run: Run, t: torch.Tensor, params: torch.Tensor) -> torch.Tensor:
    """Return the curve of parameters in the coordinates of the descent."""
    model = run.resolved["model"]
    if model["kind"] == "polynomial":
        q = run.polynomial
        design = [[float(value) for value in column[: len(t)]] for column in q.columns]
        return torch.tensor(design).T.double() @ params
    mean, deviation = run.frame
    values = (t if run.resolved["scale"] == "none" else (t - mean) / deviation)[:, None]
    sizes, at = [1, *model["hidden"], 1], 0
    for inputs, units in pairwise(sizes):
        weight = params[at : at + inputs * units].view(units, inputs)
        bias = params[at + inputs * units : at + (inputs + 1) * units]
        at += (inputs + 1) * units
        values = values @ weight.T + bias
        if at < len(params):
            values = TORCH[model["activation"]](values)
    return values[:, 0]
