"""Fits that are hard to draw, and their pictures: each is made once."""

import re
from collections.abc import Callable
from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox
from numpy.typing import ArrayLike

from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.questions.options import Form, Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.plots.picture import DPI, draw_figure, picture
from tests.support.specs import PolynomialFit, fit

LIMIT = 3.539862944089255e-05
"""The limit of the learning rate for the lecture's points."""
UNIX = 1.7e9 + np.linspace(0, 86400, 60) ** 1.01
DAYS = 1.7e9 + 86400 * np.arange(30)
MANY = np.linspace(-3, 3, 50_000)
OUTLIER = [1.2, 2.9, 5.3, 6.8, 9.1, 11.2, 12.8, 15.1, 40.0, 19.2]
DECAY = Sgd(weight_decay=1)


def shown(**given: object) -> PolynomialFit:
    """Return a fit of the lecture's points that can be drawn."""
    return fit(**{"synthetic": Synthetic(), "include": ("predictions", "data")} | given)


def through(t: ArrayLike, y: ArrayLike, **given: object) -> PolynomialFit:
    """Return a fit of other points that can be drawn."""
    points = Points.of(np.asarray(t, dtype=float).tolist(), np.asarray(y, dtype=float).tolist())
    return shown(synthetic=None, data=points, **given)


def wave(t: ArrayLike) -> ArrayLike:
    """Return some y."""
    return 20 + 5 * np.sin(np.linspace(0, 6, np.size(t)))


CASES: dict[str, Callable[[], PolynomialFit]] = {
    "lecture": shown,
    "too small": lambda: shown(lr=1e-8),
    "too small for long": lambda: shown(lr=1e-8, steps=10_000),
    "bouncing": lambda: shown(lr=3.4e-5, steps=20),
    "bouncing for long": lambda: shown(lr=3.53e-5, steps=300),
    "at the limit": lambda: shown(lr=LIMIT),
    "beyond the limit": lambda: shown(lr=LIMIT * 1.005, steps=60),
    "diverging": lambda: shown(lr=1e-4),
    "diverged": lambda: shown(lr=1e-3, steps=200),
    "climbing": lambda: shown(lr=4e-5, steps=30),
    "diverged early": lambda: shown(lr=0.1, steps=50),
    "diverged at step 1": lambda: shown(lr=1e300),
    "standardized": lambda: shown(scale="standardize", lr="best", steps=60),
    "10,000 records": lambda: shown(scale="standardize", lr=0.01, steps=10_000),
    "some records": lambda: shown(steps=1000, record_every=130),
    "one step": lambda: shown(steps=1),
    "stopped": lambda: shown(scale="standardize", lr=0.2, steps=400, stop=Stop(gap=1e-6)),
    "validation": lambda: shown(
        scale="standardize", lr=0.1, steps=40, validation=Validation(0.25, "interleaved")
    ),
    "patience": lambda: shown(
        model=Polynomial(degree=9),
        scale="orthonormal",
        lr=0.02,
        steps=400,
        validation=Validation(0.4),
        stop=Stop(patience=10),
    ),
    "diverged with validation": lambda: shown(
        lr=1e-2, steps=300, validation=Validation(0.25, "interleaved")
    ),
    "batches": lambda: shown(scale="standardize", lr=0.3, steps=3000, batch_size=3, solver="loop"),
    "momentum": lambda: shown(lr=6e-5, steps=300, optimizer=Sgd(momentum=0.99)),
    "decay": lambda: shown(scale="standardize", lr=0.1, steps=300, optimizer=DECAY),
    "rising with decay": lambda: shown(
        init=shown(scale="standardize", lr="best", steps=60).params,
        scale="standardize",
        lr=0.1,
        steps=300,
        optimizer=DECAY,
    ),
    "huber": lambda: through(
        range(10), OUTLIER, model=Polynomial(degree=1), scale="standardize", lr=1, loss=Huber()
    ),
    "mae": lambda: through(
        3600 * np.arange(10) + 1.7e9, OUTLIER, scale="standardize", lr=1, steps=100, loss=Mae()
    ),
    "adam": lambda: shown(lr=2, steps=400, optimizer=Adam()),
    "network": lambda: shown(model=Mlp(hidden=(8, 8)), lr=0.03, steps=200, optimizer=Adam()),
    "degree 1": lambda: shown(model=Polynomial(degree=1), lr=1e-3, steps=30),
    "degree 10": lambda: shown(model=Polynomial(degree=10), scale="orthonormal", lr=0.2),
    "float32 loop": lambda: shown(solver="loop", precision="float32"),
    "one point": lambda: through([3], [5], lr=0.01),
    "one t": lambda: through([2] * 5, range(5), lr=0.01),
    "fewer points than coefficients": lambda: through(
        range(4), [1, 3, 2, 5], model=Polynomial(degree=6), scale="orthonormal", lr=0.2
    ),
    "Unix seconds": lambda: through(
        UNIX, wave(UNIX), model=Polynomial(degree=6), scale="standardize", lr="best", steps=200
    ),
    "Unix seconds as they are": lambda: through(UNIX, wave(UNIX), lr=1e-38),
    "a point a day": lambda: through(
        DAYS, wave(DAYS), model=Polynomial(degree=5), scale="standardize", lr="best", steps=100
    ),
    "noise": lambda: through(
        range(80), np.random.default_rng(3).normal(size=80), scale="standardize", lr=0.1, steps=20
    ),
    "constant y": lambda: through(range(10), [5] * 10, lr=1e-4),
    "nothing moves": lambda: through(range(3), [0] * 3, init="zeros", lr=0.1),
    "perfect": lambda: through(
        range(5), range(1, 11, 2), model=Polynomial(degree=1), scale="orthonormal", lr=0.5
    ),
    "50,000 points": lambda: through(
        MANY, MANY**2 + np.random.default_rng(1).normal(size=len(MANY)), lr=0.02
    ),
    "huge y": lambda: through(range(20), 1e150 * (np.arange(20) - 9)),
    "huge t": lambda: through(
        1e150 * np.arange(5),
        [1, 2, 3, 2, 1],
        model=Polynomial(degree=1),
        scale="standardize",
        lr=0.2,
    ),
    "tiny y": lambda: through(
        range(20), 1e-150 * (np.arange(20) - 9.0) ** 2, scale="standardize", lr=0.2, init="zeros"
    ),
}


@cache
def case(name: str) -> PolynomialFit:
    """Return a fit by its name."""
    return CASES[name]()


@cache
def figure(name: str) -> Figure:
    """Return the drawing of a fit, which tests only look at."""
    return draw_figure(case(name))


def panels(name: str) -> tuple[Axes, Axes, Axes]:
    """Return the panels of the curve, the loss and the walk."""
    curve, loss, walk = figure(name).axes
    return curve, loss, walk


def bounds(text: Text) -> Bbox:
    """Return the box of a text in a PNG, in points of the figure."""
    assert isinstance(text.figure, Figure)
    text.figure.dpi = DPI
    box = text.get_window_extent()
    text.figure.dpi = 72
    return box.transformed(Affine2D().scale(72 / DPI))


@cache
def rendered(name: str, form: Form) -> bytes:
    """Return the picture of a fit as a file."""
    return picture(case(name), form)


def without_numbers(svg: bytes) -> list[bytes]:
    """Return the words of an SVG that stand where a finite number should."""
    return re.findall(rb"\b(?:nan|inf)\b", svg)
