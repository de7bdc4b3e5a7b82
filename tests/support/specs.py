"""What tests ask and look at: random for hypothesis, and shorthands."""

import json
from functools import cache
from typing import Any, cast

import numpy as np
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from pydantic import TypeAdapter

from service.descent.answers.results import Columns, Fit, History, Optimum
from service.descent.fit import collect, events
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.parameters import Network, Params
from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.scaling import frame
from service.descent.quadratic.excess import Excess
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Scale
from service.descent.questions.points import Points
from service.descent.readonly import readonly
from tests.support.paths import DATA

LECTURE = Excess(
    [56499.36259084644, 15.978772391627148, 0.2586367619175292],
    [25146.813558730242, 2.988450834565488, 666.7028540945067],
    0.0,
)
"""What its descent holds, from its start with seed 42."""


@cache
def lecture_as_printed() -> dict[str, Any]:
    """Return the lecture's points and start, to the digits that the lecture prints.

    Drawn ones have other last digits on other processors, as torch's kernels round differently.
    """
    printed = json.loads((DATA / "lecture.json").read_text())
    return {"data": Points.of(printed["t"], printed["y"]), "init": printed["init"]}


def points_of(**columns: Any) -> Points:
    """Return points as a request has them. Arrays become lists."""
    sent = {
        name: column.tolist() if isinstance(column, np.ndarray) else column
        for name, column in columns.items()
    }
    return TypeAdapter(Points).validate_json(json.dumps(sent))


@readonly(kw_only=True)
class PolynomialHistory(History):
    params: Columns | None = None
    gradients: Columns | None = None


@readonly(kw_only=True)
class PolynomialFit(Fit):
    """What a fit of a polynomial is known to hold."""

    params: Params
    optimum: Optimum
    history: PolynomialHistory | None


@readonly(kw_only=True)
class NetworkFit(Fit):
    params: Network


def fit(**given: Any) -> PolynomialFit:
    return cast(PolynomialFit, made(**given))


def network_fit(**given: Any) -> NetworkFit:
    return cast(
        NetworkFit, made(**{"model": Mlp(), "scale": "standardize", "solver": "loop"} | given)
    )


def made(**given: Any) -> Fit:
    return collect(events(FitSpec(**{"seed": 42, "lr": 1e-5, "steps": 10} | given)))


def largest_eigenvalue(t: ArrayLike, degree: int, scale: Scale) -> float:
    """Of the loss in the coordinates stepped in; by numpy, from the design matrix itself."""
    if scale == "orthonormal":
        return 2.0
    x = np.asarray(t, float)
    if scale == "standardize":
        x = frame(x).x(x)
    return float(2 / len(x) * np.linalg.norm(np.vander(x, degree + 1), 2) ** 2)


@st.composite
def random_specs(draw: st.DrawFn, *, steps: int = 200) -> dict[str, Any]:
    """Points up to 1,000 away from 0, every degree and scale, rates from far below the limit to far
    above it.
    """
    degree = draw(st.integers(1, 10))
    n = draw(st.sampled_from([1, 2, 3, 5, 12, 20, 60, 200]))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    center, spread = generator.uniform(-1000, 1000), 10 ** generator.uniform(-1, 3)
    t = (center * draw(st.sampled_from([0, 1])) + spread * generator.uniform(-1, 1, n)).tolist()
    y = (10 ** generator.uniform(-3, 3) * generator.normal(size=n)).tolist()
    scale: Scale = draw(st.sampled_from(["none", "standardize", "orthonormal"]))
    names = Polynomial(degree=degree).names
    init = draw(
        st.sampled_from(
            [
                "random",
                "zeros",
                dict(zip(names, generator.normal(size=degree + 1).tolist(), strict=True)),
            ]
        )
    )
    rate = 10 ** draw(st.floats(-2, 1.5))
    return {
        "data": Points.of(t, y),
        "model": Polynomial(degree=degree),
        "seed": draw(st.integers(0, 2**53 - 1)),
        "init": init,
        "scale": scale,
        "lr": rate / largest_eigenvalue(t, degree, scale),
        "steps": steps,
    }


@st.composite
def excesses(draw: st.DrawFn) -> Excess:
    powers = draw(st.lists(st.floats(-8, 4), min_size=1, max_size=6))
    close = draw(st.lists(st.floats(-6, -0.1), max_size=2))
    eigenvalues = sorted(
        [*(10**power for power in powers), *(10 ** max(powers) * (1 - 10**gap) for gap in close)],
        reverse=True,
    )
    held = [10 ** draw(st.floats(-12, 6)) for _ in eigenvalues]
    return Excess(eigenvalues, held, 0.0)
