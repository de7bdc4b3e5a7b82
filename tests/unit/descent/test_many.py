from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from service.descent.answers.results import Fit
from service.descent.arrays import Array
from service.descent.fit import collect, events
from service.descent.many import ManyFits, fit_many
from service.descent.methods.models.polynomial import Polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import PartOfLimit, Scale
from service.descent.questions.points import Points

SAMPLES = 8
"""The number of samples that are computed together."""


def named(params: Array) -> dict[str, float]:
    """The coefficients of a polynomial by their names."""
    return dict(zip("abcdef"[: len(params)], params.tolist(), strict=True))


def settings(generator: np.random.Generator) -> dict[str, Any]:
    """Random settings of plain descents."""
    degree = int(generator.integers(1, 6))
    rates = [
        None,
        "best",
        PartOfLimit(generator.uniform(0.01, 1.3)),
        10 ** generator.uniform(-8, 1),
    ]
    starts = ["random", "zeros", named(generator.normal(size=degree + 1))]
    scales: list[Scale | str] = ["auto", "none", "standardize", "orthonormal"]
    return {
        "lr": rates[generator.integers(4)],
        "steps": int(generator.choice([1, 2, 10, 100, 1000])),
        "seed": int(generator.integers(1000)),
        "model": Polynomial(degree=degree),
        "scale": scales[generator.integers(4)],
        "init": starts[generator.integers(3)],
        "at": (0.5, 3.0),
    }


def samples(generator: np.random.Generator) -> tuple[Array, Array]:
    """Random points, among them samples with equal t, equal y, or y on a parabola."""
    shape = SAMPLES, int(generator.integers(1, 30))
    t = generator.uniform(-3, 8, shape) * 10 ** generator.uniform(-3, 3)
    y = generator.normal(size=shape) * 10 ** generator.uniform(-3, 3)
    t += generator.choice([0, 1e3, 1e6])
    y += generator.choice([0, 5, 1e4])
    t[0], y[1], y[2] = 2.0, 3.0, t[2] ** 2
    return t, y


def alone(spec: FitSpec, t: Array, y: Array) -> Fit:
    return collect(events(replace(spec, data=Points(t.tobytes(), y.tobytes()))))


def row(many: ManyFits, number: int) -> list[object]:
    r2 = many.r2[number].item()
    return [
        many.params[number].tolist(),
        many.loss[number],
        many.optimum[number],
        None if np.isnan(r2) else r2,
        many.rate[number],
        many.reach[number],
        many.steps_needed[number],
        many.predictions[number].tolist(),
    ]


def row_of(fit: Fit) -> list[object]:
    assert isinstance(fit.params, dict)
    assert fit.optimum
    return [
        [*fit.params.values()],
        fit.loss,
        fit.optimum.loss,
        fit.r2,
        fit.verdict.rate,
        fit.verdict.reach,
        fit.verdict.facts.steps_needed,
        fit.predictions_at,
    ]


@pytest.mark.parametrize("seed", range(10))
def test_many_fits_are_those_of_their_samples_alone_to_the_last_bit(seed: int) -> None:
    generator, ordinary, different = np.random.default_rng(seed), 0, []
    for _ in range(25):
        given, (t, y) = settings(generator), samples(generator)
        spec = FitSpec(data=Points(t[0].tobytes(), y[0].tobytes()), **given)
        many = fit_many(replace(spec, record_every=spec.steps), t, y, [0, spec.steps])
        for number in np.flatnonzero(many.ordinary).tolist():
            ordinary += 1
            fit = alone(replace(spec, record_every=spec.steps), t[number], y[number])
            if row(many, number) != row_of(fit) or many.losses[number].tolist() != fit.losses:
                different.append((given, number))

    assert different == []
    assert ordinary > 100


def test_the_fits_next_to_it_change_no_fit() -> None:
    t, y = samples(np.random.default_rng(1))
    spec = FitSpec(data=Points(t[0].tobytes(), y[0].tobytes()), seed=1, steps=100)

    together = fit_many(spec, t, y, [])

    for number in range(3, SAMPLES):
        one = fit_many(spec, t[number, None], y[number, None], [])
        assert row(one, 0) == row(together, number)


def test_what_cannot_be_computed_together_is_left_to_the_fit() -> None:
    """Equal t, a start at the optimum, numbers of extreme size, and momentum."""
    t = np.tile(np.arange(5.0), (4, 1))
    y = np.array([[1.0, 2, 4, 3, 5]] * 4)
    t[0], y[1], y[2] = 2.0, 0.0, y[2] * 1e60
    spec = FitSpec(data=Points(t[0].tobytes(), y[0].tobytes()), init="zeros", steps=10)

    assert fit_many(spec, t, y, []).ordinary.tolist() == [False, False, False, True]
