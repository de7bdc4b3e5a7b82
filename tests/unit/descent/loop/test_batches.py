from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from service.descent.loop.batches import KINDS, Batch, epochs, whole
from service.descent.questions.options import Batches, Synthetic
from service.descent.questions.setting import Setting
from tests.support.specs import made
from tests.support.tolerances import EPS

THREE_ROUNDINGS = 3 * EPS
any_kind = pytest.mark.parametrize("kind", KINDS)
N = SIZE = st.integers(1, 40)
SEEDS = st.integers(0, 2**53 - 1)


def drawn(kind: Batches, n: int, size: int, seed: int = 42) -> Iterator[Batch]:
    """Of points that are their own numbers, and weigh as much."""
    y = torch.arange(n)
    return KINDS[kind]((y[:, None], y, y.double()), size, Generator().manual_seed(seed))


def targets(kind: Batches, n: int, size: int, seed: int = 42, *, steps: int) -> list[list[int]]:
    return [y.tolist() for _, y, _ in islice(drawn(kind, n, size, seed), steps)]


def epoch(n: int, size: int, seed: int = 42) -> Iterator[list[list[int]]]:
    """The batches of each epoch of shuffled points, by their count alone."""
    batches = drawn("shuffled", n, size, seed)
    while True:
        yield [y.tolist() for _, y, _ in islice(batches, -(-n // size))]


@given(N, SIZE, SEEDS)
def test_every_epoch_sees_each_point_once(n: int, size: int, seed: int) -> None:
    for batches in islice(epoch(n, size, seed), 3):
        assert sorted(chain(*batches)) == [*range(n)]


def test_the_last_batch_of_an_epoch_is_what_remains() -> None:
    assert [len(batch) for batch in targets("shuffled", 20, 6, steps=8)] == [6, 6, 6, 2, 6, 6, 6, 2]


def test_every_epoch_has_another_order() -> None:
    first, second, third = (tuple(chain(*batches)) for batches in islice(epoch(20, 6), 3))

    assert len({first, second, third, tuple(range(20))}) == 4


@given(N, SIZE, SEEDS)
def test_independent_batches_are_all_of_one_size(n: int, size: int, seed: int) -> None:
    assert [len(batch) for batch in targets("independent", n, size, seed, steps=5)] == [size] * 5


@given(N, SIZE, SEEDS)
def test_independent_batches_hold_nothing_but_the_points(n: int, size: int, seed: int) -> None:
    assert set(chain(*targets("independent", n, size, seed, steps=5))) <= set(range(n))


def test_an_independent_batch_may_hold_more_than_there_are_points() -> None:
    (batch,) = targets("independent", 3, 10, steps=1)

    assert len(batch) > len(set(batch))


def test_independent_batches_see_every_point_in_the_end() -> None:
    assert set(chain(*targets("independent", 20, 1, steps=400))) == set(range(20))


@any_kind
@given(n=N, size=SIZE, seed=SEEDS)
def test_points_keep_their_targets(kind: Batches, n: int, size: int, seed: int) -> None:
    for x, y, _ in islice(drawn(kind, n, size, seed), 5):
        assert x.tolist() == y[:, None].tolist()


@any_kind
@given(n=N, size=SIZE, seed=SEEDS)
def test_points_keep_their_weights(kind: Batches, n: int, size: int, seed: int) -> None:
    for _, y, weights in islice(drawn(kind, n, size, seed), 5):
        assert weights is not None
        assert weights.tolist() == y.tolist()


@any_kind
def test_the_same_seed_draws_the_same_batches(kind: Batches) -> None:
    assert targets(kind, 20, 6, seed=7, steps=12) == targets(kind, 20, 6, seed=7, steps=12)


@any_kind
def test_another_seed_draws_others(kind: Batches) -> None:
    assert targets(kind, 20, 6, seed=7, steps=12) != targets(kind, 20, 6, seed=8, steps=12)


def test_the_whole_is_all_points_all_the_time() -> None:
    points = torch.randn(20, 3), torch.randn(20), None

    assert all(batch is points for batch in islice(whole(points), 100))


@any_kind
@given(n=N, size=SIZE, steps=st.integers(0, 200))
def test_epochs_are_how_often_the_points_are_seen(
    kind: Batches, n: int, size: int, steps: int
) -> None:
    seen = sum(map(len, targets(kind, n, size, steps=steps)))

    setting = Setting(batch_size=size, batches=kind)
    assert epochs(setting, n, steps) == pytest.approx(seen / n, rel=THREE_ROUNDINGS)


@given(N, SIZE, st.integers(0, 10**6))
def test_whole_epochs_are_counted_to_the_bit(n: int, size: int, count: int) -> None:
    assert epochs(Setting(batch_size=size), n, count * -(-n // size)) == count


def test_a_fit_reports_how_often_it_has_seen_the_points() -> None:
    """Four batches are an epoch, and the last of them holds two of the twenty points."""
    asked: dict[str, Any] = {"synthetic": Synthetic(), "solver": "loop", "steps": 10}

    assert made(**asked, batch_size=6).epochs == 2 + 12 / 20
    assert made(**asked, batch_size=6, batches="independent").epochs == 60 / 20
    assert made(**asked).epochs is None


def test_a_batch_loss_is_that_of_the_batch_drawn_after_noise_start_and_split() -> None:
    generator = Generator().manual_seed(42)
    torch.randn(20, generator=generator)
    start = torch.randn(3, generator=generator).double().numpy()
    chosen = torch.randperm(20, generator=generator)[:6].numpy()

    result = made(synthetic=Synthetic(), solver="loop", steps=1, batch_size=6, include=("data",))

    assert result.data
    squares = (np.vander(np.array(result.data.t, float), 3) @ start - result.data.y) ** 2
    assert result.batch_losses
    assert result.batch_losses[0] == pytest.approx(np.mean(squares[chosen]), rel=20 * EPS)
    assert result.losses[0] == pytest.approx(np.mean(squares), rel=30 * EPS)
    assert made(synthetic=Synthetic(), solver="loop", steps=1).batch_losses is None
