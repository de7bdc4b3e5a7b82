"""The sharpness of a loss: the largest eigenvalue of its Hessian, which is never formed."""

from collections.abc import Callable
from math import isfinite

import numpy as np
import torch
from torch import Generator, Tensor

from service.descent.loop.curves import Evaluation

ITERATIONS = 60
"""The maximum number of products with the Hessian."""
TOLERANCE = 1e-5
"""The residual, relative to the eigenvalue of largest magnitude, at which the iteration stops."""


def sharpness(loss: Evaluation, params: Tensor) -> float | None:
    """Return the sharpness at params (p,), or None if it is not finite.

    It needs only Hessian-vector products (B. A. Pearlmutter, Fast exact multiplication by the
    Hessian, 1994).
    """
    params = params.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(params), params, create_graph=True)

    def product(vector: Tensor) -> Tensor:
        (along,) = torch.autograd.grad(
            gradient @ vector, params, retain_graph=True, materialize_grads=True
        )
        return along

    return largest_eigenvalue(product, len(params), params.dtype)


def largest_eigenvalue(
    product: Callable[[Tensor], Tensor], p: int, dtype: torch.dtype
) -> float | None:
    """Return the largest eigenvalue of a symmetric matrix (p, p), given its product with vectors
    (p,), or None if a product is not finite.

    The method is that of C. Lanczos (1950): power iteration that keeps its vectors. The products of
    a random vector span better and better subspaces. In them the matrix is tridiagonal, and its
    largest eigenvalue is computed. Plain power iteration would be slow far from a minimum, where
    eigenvalues of both signs have similar magnitudes.
    """
    vector = torch.randn(p, dtype=dtype, generator=Generator().manual_seed(0))
    basis = (vector / vector.norm())[None]
    diagonal: list[float] = []
    off_diagonal: list[float] = []
    largest = 0.0
    for _ in range(min(p, ITERATIONS)):
        turned = product(basis[-1])
        diagonal.append((basis[-1] @ turned).item())
        if not isfinite(diagonal[-1]):
            return None
        for _again in range(2):  # once would leave rounding errors along the basis
            turned = turned - basis.T @ (basis @ turned)
        values, vectors = np.linalg.eigh(
            np.diag(diagonal) + np.diag(off_diagonal, 1) + np.diag(off_diagonal, -1)
        )
        largest, rest = values[-1].item(), turned.norm().item()
        if rest * abs(vectors[-1, -1]) <= TOLERANCE * np.abs(values).max():
            break
        off_diagonal.append(rest)
        basis = torch.cat([basis, (turned / rest)[None]])
    return largest
