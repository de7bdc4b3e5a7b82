"""Options of requests, as keyword arguments or as dicts."""

from collections.abc import Mapping, Sequence
from typing import Literal, Required, TypeAlias, TypedDict

from coaster_client import models
from coaster_client.points import Points
from coaster_client.series import ManySeries
from coaster_client.uploads import Source


class _WithPoints(TypedDict, total=False):
    data: Points | Source
    """The points, as `as_points` takes them, or a file that is sent as it is: its path, or an open
    file. It is CSV, Parquet, Arrow or NPY.
    """
    t: str | int
    """The name of the column of `data` with the t of the points, if it is not `t`. Columns of a
    file can also be chosen by their numbers, from 1.
    """
    y: str | int
    """The name of the column of `data` with the y of the points, if it is not `y`."""
    weights: str | int
    """The name of the column of `data` with the weights of the points, if they have weights."""
    sigma: str | int
    """The name of the column of `data` with the standard deviations of the errors of y, if they are
    known.
    """
    sigma_is: models.SigmaIs
    """The meaning of the column `sigma`. Default: `"relative"`."""
    synthetic: models.SyntheticRequest
    """Points for the service to draw, instead of `data`."""


class _WithFactors(_WithPoints, total=False):
    factors: Sequence[models.PortableFactor | models.PortableFactorRequest]
    """The `factor` of each of several results. All their points are added to those of `data`."""
    remove: Sequence[models.PortableFactor | models.PortableFactorRequest]
    """The factors of points that are taken away again."""


class _WithParts(_WithFactors, total=False):
    parts: Sequence[str]
    """The ids of jobs whose results have a `factor`. The points are those of all of them, instead
    of `data`.
    """


class FitRequest(models.FitPointsRequest, _WithFactors, total=False):
    """Points and the settings of a fit."""


class SweepRequest(models.SweepPointsRequest, _WithFactors, total=False):
    """Points and the learning rates of a sweep."""


class SeriesRequest(models.SeriesFileRequest, total=False):
    """Many series and the settings of their fits."""

    data: Required[ManySeries]
    """The points of the series: see `as_series`."""


class AnalysisRequest(models.AnalysisPointsRequest, _WithFactors, total=False):
    """Points and the settings of an analysis."""


class FitJobRequest(models.FitJobPointsRequest, _WithParts, total=False):
    """Points and the settings of a fit that runs as a job."""


class SweepJobRequest(models.SweepJobPointsRequest, _WithParts, total=False):
    """Points and the learning rates of a sweep that runs as a job."""


class SeriesJobRequest(SeriesRequest, total=False):
    """Many series and the settings of their fits, which run as a job."""

    kind: Required[Literal["series"]]
    """The kind of the job."""
    metadata: Mapping[str, str]
    """Your own entries, which are returned with the job."""


JobRequest: TypeAlias = FitJobRequest | SweepJobRequest | SeriesJobRequest
"""A question that runs as a job."""
