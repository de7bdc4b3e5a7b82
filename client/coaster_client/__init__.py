"""A client of Coaster, which fits a curve to points by gradient descent over HTTP."""

from typing import TYPE_CHECKING

from coaster_client.client import Coaster
from coaster_client.errors import (
    CoasterError,
    ConflictError,
    InvalidRequestError,
    JobFailedError,
    NotFoundError,
    ProblemError,
    UnauthorizedError,
    UnavailableError,
    UnreachableError,
)
from coaster_client.fits import AsyncFit, Fit, Picture
from coaster_client.models import PortableFactor, SeriesResult, SweepResult
from coaster_client.requests import (
    AnalysisRequest,
    FitRequest,
    JobRequest,
    SeriesRequest,
    SweepRequest,
)
from coaster_client.retries import Retries
from coaster_client.version import VERSION

if TYPE_CHECKING:
    from coaster_client.async_client import AsyncCoaster

__all__ = [
    "VERSION",
    "AnalysisRequest",
    "AsyncCoaster",
    "AsyncFit",
    "Coaster",
    "CoasterError",
    "ConflictError",
    "Fit",
    "FitRequest",
    "InvalidRequestError",
    "JobFailedError",
    "JobRequest",
    "NotFoundError",
    "Picture",
    "PortableFactor",
    "ProblemError",
    "Retries",
    "SeriesRequest",
    "SeriesResult",
    "SweepRequest",
    "SweepResult",
    "UnauthorizedError",
    "UnavailableError",
    "UnreachableError",
]


def __getattr__(name: str) -> object:
    """Import AsyncCoaster when it is first used: asyncio takes longer than all that is above."""
    if name == "AsyncCoaster":
        from coaster_client.async_client import AsyncCoaster  # noqa: PLC0415 - see above

        return AsyncCoaster
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
