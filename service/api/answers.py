"""What is answered, for the contract: the workers write it."""

from dataclasses import dataclass

from service.descent.result import Fit


@dataclass(frozen=True, kw_only=True)
class FitResult(Fit):
    """A whole fit, as it is answered. What does not apply is left out."""

    elapsed_ms: float
    """Time of the fit itself, in milliseconds."""
