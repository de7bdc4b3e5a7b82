from decimal import Decimal
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Generator

from service.descent.errors import NotComputableError
from service.descent.points.dataset import draw_synthetic, hold_out, posted
from service.descent.questions.options import Curve, Synthetic, Validation
from service.descent.questions.points import Points
from tests.support.specs import fit
from tests.support.tolerances import EPS_FLOAT32, apart

FRACTIONS = st.integers(1, 999).map(lambda thousandths: thousandths / 1000)


def test_the_default_is_the_lectures_roller_coaster(lecture: dict[str, Any]) -> None:
    """To the digits of float32: torch's kernels draw normal numbers with other last digits on
    other processors.
    """
    drawn = draw_synthetic(Synthetic(), Generator().manual_seed(42))

    assert drawn.t.tolist() == lecture["t"]
    assert apart(drawn.y, lecture["y"]) <= 10 * EPS_FLOAT32 * max(lecture["y"])


def test_the_roller_coaster_is_computed_in_float32_as_the_lecture_does() -> None:
    t = torch.arange(20, dtype=torch.float32)
    noise = torch.randn(20, generator=Generator().manual_seed(42))

    drawn = draw_synthetic(Synthetic(), Generator().manual_seed(42))

    assert drawn.y.tolist() == (noise * 3 + 0.75 * (t - 9.5) ** 2 + 1).tolist()


def test_a_late_start_keeps_the_shape() -> None:
    late = Synthetic(start=1.7e9, curve=Curve(vertex=1.7e9 + 9.5))

    assert (
        draw_synthetic(late, Generator().manual_seed(42)).y.tolist()
        == draw_synthetic(Synthetic(), Generator().manual_seed(42)).y.tolist()
    )


def test_an_overflowing_curve_is_refused() -> None:
    with pytest.raises(NotComputableError, match="float32"):
        draw_synthetic(Synthetic(spacing=1e30), Generator().manual_seed(42))


def test_posted_points_are_those_posted() -> None:
    data = posted(Points.of([1, 2], [3, 4]))

    np.testing.assert_array_equal((data.t, data.y), [[1, 2], [3, 4]])


def held_out(t: list[float], validation: Validation, seed: int = 0) -> list[int]:
    """The positions held out."""
    positions = hold_out(
        posted(Points.of(t, t)), validation, Generator().manual_seed(seed)
    ).positions
    assert positions is not None
    return positions


def test_without_a_validation_every_point_is_seen() -> None:
    parts = hold_out(posted(Points.of([1, 2], [3, 4])), None, Generator())

    assert (parts.training.t.tolist(), parts.held_out, parts.positions) == ([1, 2], None, None)


@given(st.integers(2, 300), FRACTIONS)
def test_interleaved_holds_out_a_point_where_the_count_goes_up(n: int, fraction: float) -> None:
    exact = Decimal(str(fraction))

    positions = held_out([*range(n)], Validation(fraction, "interleaved"))

    assert positions == [i for i in range(n) if floor((i + 1) * exact) > floor(i * exact)]


def test_a_quarter_interleaved_is_every_fourth_point() -> None:
    assert held_out([*range(20)], Validation(0.25, "interleaved")) == [3, 7, 11, 15, 19]


@pytest.mark.parametrize("kind", ["interleaved", "tail", "random"])
def test_a_fraction_counts_as_it_is_written(kind: Any) -> None:
    """In binary 0.29 * 100 is less than 29, and 0.07 * 100 is more than 7."""
    assert [
        len(held_out([*range(100)], Validation(fraction, kind))) for fraction in (0.29, 0.07, 0.55)
    ] == [29, 7, 55]


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=30), FRACTIONS)
def test_the_tail_is_the_last_by_t_of_equals_the_later(t: list[int], fraction: float) -> None:
    count = ceil(len(t) * Decimal(str(fraction)))
    assume(count < len(t))

    ordered = sorted(range(len(t)), key=lambda place: (t[place], place))
    assert held_out([*map(float, t)], Validation(fraction, "tail")) == sorted(
        ordered[len(t) - count :]
    )


@pytest.mark.parametrize("init", ["random", "zeros", {"a": 1.0, "b": 2.0, "c": 3.0}])
def test_random_is_a_permutation_drawn_after_noise_and_start(init: Any) -> None:
    generator = Generator().manual_seed(42)
    torch.randn(20, generator=generator)
    torch.randn(3, generator=generator)

    data = fit(
        synthetic=Synthetic(), init=init, validation=Validation(0.33, "random"), include=("data",)
    ).data

    assert data
    assert data.held_out == sorted(torch.randperm(20, generator=generator)[:7].tolist())


def test_another_seed_holds_out_others() -> None:
    points, third = [*map(float, range(100))], Validation(0.33, "random")

    assert held_out(points, third, 1) == held_out(points, third, 1) != held_out(points, third, 2)


@pytest.mark.parametrize("kind", ["interleaved", "tail", "random"])
def test_both_parts_are_all_points_in_their_order(kind: Any) -> None:
    t = np.random.default_rng(1).normal(size=50)
    parts = hold_out(posted(Points.of(t, 2 * t)), Validation(0.3, kind), Generator())

    assert parts.held_out
    assert parts.held_out.t.tolist() == t[parts.positions].tolist()
    assert parts.training.t.tolist() == np.delete(t, parts.positions or []).tolist()
    assert parts.training.y.tolist() == (2 * parts.training.t).tolist()
