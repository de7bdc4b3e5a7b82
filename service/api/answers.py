"""What is answered, for the contract: the workers write it."""

from service.descent.documented import Documented
from service.descent.frozen import frozen
from service.descent.result import Fit, Forecast, Sweep


@frozen(kw_only=True)
class Timed(Documented):
    """What every answer of a worker has."""

    elapsed_ms: float
    """Time of the computation itself, in milliseconds."""


@frozen(kw_only=True)
class FitResult(Timed, Fit):
    """A whole fit, as it is answered. What does not apply is left out."""


@frozen(kw_only=True)
class SweepResult(Timed, Sweep):
    """Several rates compared, as it is answered. What does not apply is left out."""


@frozen(kw_only=True)
class AnalysisResult(Timed, Forecast):
    """What is known without a step, as it is answered. What does not apply is left out."""
