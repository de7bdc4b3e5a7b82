"""The requests that the arguments of the command describe."""

import sys
from argparse import Namespace
from typing import Any

from coaster_client.command.files import chosen_columns, is_for_service, read_points, read_series
from coaster_client.requests import COLUMNS
from coaster_client.uploads import CSV, Upload, upload_of

FIELDS = ("lr", "lrs", "steps", "scale", "seed", "at")
"""The fields of a request that are arguments of the same name."""


def request_of(given: Namespace, file: str) -> Any:  # noqa: ANN401 - the service checks the options
    """Return the request about the points of a file. Raises ValueError for a bad file."""
    return points_of(given, file) | settings(given)


def points_of(given: Namespace, file: str) -> Any:  # noqa: ANN401 - points or a file
    """Return the fields of a request that are the points of a file. Raises ValueError."""
    upload = _upload(file)
    if is_for_service(upload):
        columns = chosen_columns(upload, {name: getattr(given, name) for name in COLUMNS})
        return {"data": upload} | columns
    more = {"weights": given.weights, "sigma": given.sigma}
    return {"data": read_points(b"".join(upload.pieces()), given.t, given.y, **more)}


def series_request_of(given: Namespace) -> Any:  # noqa: ANN401 - the service checks the options
    """Return the request about the series of a file. Raises ValueError for a bad file."""
    upload = _upload(given.file)
    if upload.media_type == CSV:
        content = b"".join(upload.pieces())
        data = read_series(content, given.series, given.t, given.y)
        return {"data": data} | settings(given)
    if given.series or given.t or given.y:
        raise ValueError(
            "Only the columns of CSV, TSV and JSON can be chosen. In other files, name them "
            "series, t and y."
        )
    return {"data": upload} | settings(given)


def settings(given: Namespace) -> dict[str, Any]:
    """Return the settings in the arguments."""
    chosen: dict[str, Any] = {
        name: getattr(given, name) for name in FIELDS if getattr(given, name, None) is not None
    }
    if given.degree is not None:
        chosen["model"] = {"kind": "polynomial", "degree": given.degree}
    chosen.update(given.options)
    return chosen


def _upload(file: str) -> Upload:
    """Return the file of this name, or standard input for `-`. Raises ValueError."""
    return upload_of(sys.stdin.buffer if file == "-" else file)
