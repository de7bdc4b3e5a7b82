"""The points of a part of a file, reduced to their factor."""

from service.descent.points.dataset import posted
from service.descent.points.merging import merged_with
from service.descent.questions.factors import PortableFactor
from service.descent.questions.file import FactorSpec
from service.descent.readonly import readonly


@readonly(kw_only=True)
class Reduced:
    """Points in compressed form. There is no factor if no point counts."""

    points: int
    """The number of points, including those that are left out."""
    missing: int
    """The number of points that were left out because a value is missing."""
    weightless: int
    """The number of points that were left out because their weight is 0."""
    factor: PortableFactor | None = None


def reduced(spec: FactorSpec) -> Reduced:
    """Return the points of a question in compressed form. Raises NotComputableError."""
    points, model = spec.data, spec.polynomial
    assert points is not None
    assert model
    factor = None
    if points.used:
        factor = merged_with(posted(points), points, model.degree, spec.unit)
    sent, missing = points.sent_points, points.missing
    return Reduced(
        points=sent, missing=missing, weightless=sent - len(points) - missing, factor=factor
    )
