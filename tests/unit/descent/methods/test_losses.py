from collections.abc import Sized
from math import inf

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from service.descent.methods.losses import Loss
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mse import Mse
from service.descent.methods.method import Criterion
from tests.support import peers
from tests.support.registered import registered
from tests.support.tolerances import EPS

EACH: list[Loss] = [*registered(Loss), Huber(delta=2.0)]
LOSSES = st.sampled_from(EACH) | st.floats(1e-6, 1e6).map(lambda delta: Huber(delta=delta))
SIZES = st.floats(1e-100, 1e100) | st.floats(1e-3, 1e3)
"""Their squares are normal numbers: of others, no two ways of rounding leave the same."""
VALUES = st.sampled_from([0.0, 1.0, -1.0, 2.0, -2.0]) | SIZES | SIZES.map(lambda size: -size)
PAIRS = st.lists(
    st.tuples(VALUES, VALUES | st.just(0.0)) | VALUES.map(lambda value: (value, value)),
    min_size=1,
    max_size=30,
)
any_loss = pytest.mark.parametrize("loss", EACH, ids=str)


TEN_ROUNDINGS = 10 * EPS
"""More than a gradient of one residual is made of."""


def of_a_sum(values: Sized) -> float:
    """Return what rounding does to a mean of squares: no term is negative, so none cancels."""
    return len(values) * EPS + TEN_ROUNDINGS


def split(pairs: list[tuple[float, float]]) -> tuple[Tensor, Tensor]:
    preds, targets = torch.tensor(pairs, dtype=torch.float64).T
    return preds, targets


def gradient(criterion: Criterion, preds: Tensor, targets: Tensor) -> Tensor:
    preds = preds.clone().requires_grad_()
    (slope,) = torch.autograd.grad(criterion(preds, targets, None).sum(), preds)
    return slope


@given(LOSSES, PAIRS)
def test_the_value_is_torchs(loss: Loss, pairs: list[tuple[float, float]]) -> None:
    preds, targets = split(pairs)

    assert loss.criterion(preds, targets).item() == pytest.approx(
        peers.criterion(loss)(preds, targets, None).item(), rel=of_a_sum(pairs), abs=0
    )


@given(LOSSES, PAIRS)
def test_the_gradient_is_torchs(loss: Loss, pairs: list[tuple[float, float]]) -> None:
    preds, targets = split(pairs)

    slope = gradient(loss.criterion, preds, targets)

    assert slope.tolist() == pytest.approx(
        gradient(peers.criterion(loss), preds, targets).tolist(), rel=TEN_ROUNDINGS, abs=0
    )


@any_loss
def test_what_overflows_is_infinite_where_torchs_is(loss: Loss) -> None:
    preds, targets = split([(1e200, 0.0), (-1e308, 1e308), (1.0, 1.0)])

    assert (
        loss.criterion(preds, targets).item()
        == peers.criterion(loss)(preds, targets, None).item()
        == inf
    )


@any_loss
def test_what_overflows_pulls_as_torchs_does(loss: Loss) -> None:
    preds, targets = split([(1e200, 0.0), (-1e308, 1e308), (1.0, 1.0)])

    assert (
        gradient(loss.criterion, preds, targets).tolist()
        == gradient(peers.criterion(loss), preds, targets).tolist()
    )


@any_loss
def test_where_all_fits_the_loss_is_flat(loss: Loss) -> None:
    preds = torch.tensor([0.0, -3.0, 1e300], dtype=torch.float64)

    assert gradient(loss.criterion, preds, preds.clone()).tolist() == [0, 0, 0]


@given(st.lists(VALUES, min_size=1, max_size=30))
def test_huber_within_its_delta_is_half_the_mean_square(residuals: list[float]) -> None:
    preds = torch.tensor(residuals, dtype=torch.float64)
    zeros = torch.zeros_like(preds)

    within = Huber(delta=max(map(abs, residuals)) or 1.0).criterion(preds, zeros).item()

    half = Mse().criterion(preds, zeros).item() / 2
    assert within == pytest.approx(half, rel=of_a_sum(residuals), abs=0)


@given(LOSSES, st.integers(1, 20), st.integers(1, 8), st.integers(0, 2**32))
def test_each_column_has_its_own_loss(loss: Loss, n: int, rates: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    preds = 3 * torch.randn(n, rates, generator=generator, dtype=torch.float64)
    targets = torch.randn(n, generator=generator, dtype=torch.float64)

    losses = loss.criterion(preds, targets[:, None])

    assert losses.tolist() == pytest.approx(
        [loss.criterion(column, targets).item() for column in preds.T],
        rel=of_a_sum(targets),
        abs=0,
    )


@given(LOSSES, st.integers(1, 20), st.integers(1, 8), st.integers(0, 2**32))
def test_each_column_has_its_own_gradient(loss: Loss, n: int, rates: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    preds = 3 * torch.randn(n, rates, generator=generator, dtype=torch.float64)
    targets = torch.randn(n, generator=generator, dtype=torch.float64)

    slopes = gradient(loss.criterion, preds, targets[:, None])

    for slope, column in zip(slopes.T, preds.T, strict=True):
        assert slope.tolist() == pytest.approx(
            gradient(loss.criterion, column, targets).tolist(), rel=TEN_ROUNDINGS, abs=0
        )
