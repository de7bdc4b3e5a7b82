"""Options of requests, as keyword arguments or as dicts, and as the service takes them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypeAlias, TypedDict

from coaster_client import models
from coaster_client.points import FACTORS, Points, as_points, numbers, raw_factors, stamp, times
from coaster_client.series import ManySeries
from coaster_client.uploads import Source

COLUMNS = ("t", "y", "weights", "sigma")
"""The options that name columns."""
FILE_FIELDS = ("data", *COLUMNS, "sigma_is")
"""The options that belong to a file."""


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

    data: Required[ManySeries | Source]
    """The points of the series, as `as_series` takes them, or a file of Arrow or NPY that is sent
    as it is: its path, or an open file.
    """


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


def content(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request of a caller as the service takes it: its points and `at` as lists, and its
    factors and `sigma_is` among its points.

    Raises ValueError if there are no points in `data`.
    """
    sent = dict(request)
    names = {name: sent.pop(name, None) for name in COLUMNS}
    if sent.get("data") is not None:
        sent["data"] = as_points(sent["data"], **names)
        if "sigma_is" in sent:
            sent["data"]["sigma_is"] = sent.pop("sigma_is")
    for name in FACTORS:
        if factors := sent.pop(name, None):
            points = sent.get("data") or {}
            sent["data"] = points | {name: [*points.get(name, ()), *raw_factors(factors)]}
    if parts := sent.pop("parts", None):
        sent["data"] = {"parts": list(parts)}
    at = sent.get("at")
    if isinstance(at, Mapping):
        sent["at"] = {name: stamp(value) for name, value in at.items()}
    elif at is not None:
        sent["at"] = times(at)
    return sent


def of_file(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a request whose points are a file. Raises ValueError for factors."""
    if any(request.get(name) for name in FACTORS):
        raise ValueError(
            "Factors cannot be combined with a file. To add its points to those of a factor, call "
            "append."
        )
    settings = {name: value for name, value in request.items() if name not in {"data", *COLUMNS}}
    columns = {name: request[name] for name in COLUMNS if request.get(name) is not None}
    return settings | ({"columns": columns} if columns else {})


def without_file(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request without the options that belong to its file."""
    return {name: value for name, value in request.items() if name not in FILE_FIELDS}


def of_series(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a request for many series, with Unix seconds in `t` and `at`."""
    settings = {name: value for name, value in request.items() if name != "data"}
    for name in ("t", "at"):
        if settings.get(name) is not None:
            settings[name] = numbers(settings[name])
    return settings
