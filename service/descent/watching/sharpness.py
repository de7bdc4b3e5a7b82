"""The curvature of a loss where it is steepest: the largest eigenvalue of its Hessian, which is
never formed.
"""

from collections.abc import Callable
from math import isfinite

import numpy as np
import torch
from torch import Generator, Tensor

from service.descent.loop.evaluation import Evaluation

ITERATIONS = 60
TOLERANCE = 1e-5
"""What is left over, relative to the largest magnitude, at which the eigenvalue is found."""

Product = Callable[[Tensor], Tensor]
"""A symmetric matrix (p, p) times a vector (p,)."""


def sharpness(loss: Evaluation, params: Tensor) -> float | None:
    """At params (p,); None where it is no number.

    From Hessian-vector products alone (B. A. Pearlmutter, Fast exact multiplication by the Hessian,
    1994).
    """
    return largest_eigenvalue(hessian(loss, params), len(params), params.dtype)


def hessian(loss: Evaluation, params: Tensor) -> Product:
    """The Hessian at params (p,) times a vector: the gradient of the gradient along it."""
    params = params.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(params), params, create_graph=True)

    def product(vector: Tensor) -> Tensor:
        (along,) = torch.autograd.grad(
            gradient @ vector, params, retain_graph=True, materialize_grads=True
        )
        return along

    return product


def largest_eigenvalue(product: Product, p: int, dtype: torch.dtype) -> float | None:
    """By the method of C. Lanczos (1950): power iteration that keeps its vectors. Far from a
    minimum eigenvalues of both signs are close.

    The products of a random vector span ever better subspaces; in them the matrix is tridiagonal,
    and its largest eigenvalue is found.
    """
    vector = torch.randn(p, dtype=dtype, generator=Generator().manual_seed(0))
    basis = (vector / vector.norm())[None]
    diagonal: list[float] = []
    beside: list[float] = []
    largest = 0.0
    for _ in range(min(p, ITERATIONS)):
        turned = product(basis[-1])
        diagonal.append((basis[-1] @ turned).item())
        if not isfinite(diagonal[-1]):
            return None
        for _again in range(2):  # once is not enough: rounding would bring back what was taken out
            turned = turned - basis.T @ (basis @ turned)
        values, vectors = np.linalg.eigh(
            np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        )
        largest, rest = values[-1].item(), turned.norm().item()
        if rest * abs(vectors[-1, -1]) <= TOLERANCE * np.abs(values).max():
            break
        beside.append(rest)
        basis = torch.cat([basis, (turned / rest)[None]])
    return largest
