"""What is known of a fit before its first step."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator

from service.descent.arrays import Array
from service.descent.dataset import Dataset, load
from service.descent.factor import Factor, factorize
from service.descent.scaling import Coordinates, Frame, check_powers, coordinates, frame
from service.descent.spec import FitSpec, Scaled


@dataclass(frozen=True)
class Problem:
    """The points, their factor, the coordinates stepped in and the start (p,) in them."""

    spec: FitSpec
    points: Dataset
    factor: Factor
    coordinates: Coordinates
    start: Array

    @property
    def frame(self) -> Frame:
        """The scaled coordinate."""
        return self.coordinates.frame


def prepare(spec: FitSpec) -> Problem:
    """Draws, scales and compresses.

    Raises NotComputableError where t or y are too large.
    """
    generator = Generator().manual_seed(spec.seed)
    points = load(spec, generator)
    degree = spec.model.degree
    scaled = frame(points.t)
    if spec.scale == "none":
        check_powers(points.t, scaled, degree)
    factor = factorize(scaled.x(points.t), points.y, degree)
    stepped = coordinates(spec.scale, scaled, factor)
    return Problem(spec, points, factor, stepped, start(spec, stepped, generator))


def start(spec: FitSpec, stepped: Coordinates, generator: Generator) -> Array:
    """The initial parameters (p,) in the coordinates stepped in."""
    if spec.init == "random":
        return np.array(torch.randn(len(spec.names), generator=generator).tolist())
    if spec.init == "zeros":
        return np.zeros(len(spec.names))
    if isinstance(spec.init, Scaled):
        return stepped.from_scaled @ stepped.frame.from_frame(spec.model.degree, spec.init) @ row(spec, spec.init.params)
    if spec.scale == "none":
        return row(spec, spec.init)
    return stepped.from_scaled @ stepped.frame.from_caller(spec.model.degree) @ row(spec, spec.init)


def row(spec: FitSpec, params: dict[str, float]) -> Array:
    """Named parameters in the order a, b, c, ..."""
    return np.array([params[name] for name in spec.names])
