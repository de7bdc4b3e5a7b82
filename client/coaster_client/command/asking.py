"""The questions of each command, and the texts of their answers."""

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from coaster_client.client import Coaster
from coaster_client.command import jobs
from coaster_client.command.requests import request_of, series_request_of
from coaster_client.command.tables import (
    analysis_table,
    fit_table,
    printed,
    series_table,
    sweep_table,
)
from coaster_client.models import PortableFactor


def fit(client: Coaster, given: Namespace) -> str:
    """Fit a curve to the points of a file and, if there is a factor of earlier ones, to these."""
    if given.job:
        return jobs.of_points(client, given)
    request = request_of(given, _file(given))
    if given.factor is None:
        return printed(client.fit(**request), fit_table, given)
    found = client.append(_factor(given.factor), **request)
    given.factor.write_text(json.dumps(found.raw["factor"]), encoding="utf-8")
    return printed(found, fit_table, given)


def sweep(client: Coaster, given: Namespace) -> str:
    """Compare learning rates."""
    if given.job:
        return jobs.of_points(client, given)
    return printed(client.sweep(**request_of(given, _file(given))), sweep_table, given)


def analysis(client: Coaster, given: Namespace) -> str:
    """Say what each learning rate would do."""
    return printed(client.analysis(**request_of(given, given.file)), analysis_table, given)


def series(client: Coaster, given: Namespace) -> str:
    """Fit many series."""
    if given.job:
        return jobs.of_series(client, given)
    return printed(client.series(**series_request_of(given)), series_table, given)


ANSWERS: dict[str, Callable[[Coaster, Namespace], str]] = {
    "fit": fit,
    "sweep": sweep,
    "analysis": analysis,
    "series": series,
    "watch": jobs.watch,
}
"""The function of each command."""


def _file(given: Namespace) -> str:
    """Return the name of the only file. Raises ValueError if there are several."""
    if len(given.files) > 1:
        raise ValueError("Only a job adds up several files. Add --job.")
    return str(given.files[0])


def _factor(file: Path) -> PortableFactor | None:
    """Return the factor in a file, or None if there is no file. Raises ValueError."""
    if not file.exists():
        return None
    try:
        return PortableFactor(json.loads(file.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"The file {file} has no factor in JSON. {error}.") from None
