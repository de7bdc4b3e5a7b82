"""The questions of each command, and the texts of their answers."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from coaster_client.answer import Answer
from coaster_client.client import Coaster
from coaster_client.command.files import column_of, is_binary, read_points, read_series
from coaster_client.command.progress import Progress
from coaster_client.command.tables import analysis_table, fit_table, series_table, sweep_table
from coaster_client.models import PortableFactor, SeriesResult, SweepResult
from coaster_client.uploads import COLUMNS, content_of

A = TypeVar("A", bound=Answer)

FIELDS = ("lr", "lrs", "steps", "scale", "seed", "at")
"""The fields of a request that are arguments of the same name."""


def fit(client: Coaster, given: Namespace) -> str:
    """Fit a curve to the points of a file and, if there is a factor of earlier ones, to these."""
    if given.factor is None:
        return _text(client.fit(**_request(given)), fit_table, given)
    earlier = None
    if given.factor.exists():
        earlier = PortableFactor(json.loads(given.factor.read_text(encoding="utf-8")))
    found = client.append(earlier, **_request(given))
    given.factor.write_text(json.dumps(found.raw["factor"]), encoding="utf-8")
    return _text(found, fit_table, given)


def sweep(client: Coaster, given: Namespace) -> str:
    """Compare learning rates."""
    return _text(client.sweep(**_request(given)), sweep_table, given)


def analysis(client: Coaster, given: Namespace) -> str:
    """Say what each learning rate would do."""
    return _text(client.analysis(**_request(given)), analysis_table, given)


def series(client: Coaster, given: Namespace) -> str:
    """Fit many series."""
    data = read_series(_content(given), given.series, given.t, given.y)
    return _text(client.series(**_settings(given) | {"data": data}), series_table, given)


def watch(client: Coaster, given: Namespace) -> str:
    """Follow a job to its end, with a line of progress, and return its result."""
    job = client.jobs.get(given.job)
    with Progress(job.progress.steps) as progress:
        for event in client.jobs.events(given.job):
            if event.type == "steps":
                progress.show(event.last, event.loss)
    if job.kind == "sweep":
        return _text(client.jobs.wait(given.job, SweepResult), sweep_table, given)
    if job.kind == "series":
        return _text(client.jobs.wait(given.job, SeriesResult), series_table, given)
    return _text(client.jobs.wait(given.job), fit_table, given)


ANSWERS: dict[str, Callable[[Coaster, Namespace], str]] = {
    "fit": fit,
    "sweep": sweep,
    "analysis": analysis,
    "series": series,
    "watch": watch,
}
"""The function of each command."""


def _request(given: Namespace) -> Any:  # noqa: ANN401 - the service checks the options
    """Return the request in the arguments. Raises ValueError for a bad file."""
    content = _content(given)
    if is_binary(content):
        columns = {name: column_of(getattr(given, name)) for name in COLUMNS}
        return {"data": BytesIO(content)} | columns | _settings(given)
    more = {"weights": given.weights, "sigma": given.sigma}
    return {"data": read_points(content, given.t, given.y, **more)} | _settings(given)


def _content(given: Namespace) -> bytes:
    """Return the content of the file, or of standard input for `-`. Raises ValueError."""
    return content_of(sys.stdin.buffer if given.file == "-" else given.file)


def _settings(given: Namespace) -> Any:  # noqa: ANN401 - the service checks the options
    """Return the request in the arguments without its points."""
    settings: dict[str, Any] = {
        name: getattr(given, name) for name in FIELDS if getattr(given, name, None) is not None
    }
    if given.degree is not None:
        settings["model"] = {"kind": "polynomial", "degree": given.degree}
    return settings | given.options


def _text(answer: A, table: Callable[[A], str], given: Namespace) -> str:
    """Return an answer as JSON or as a table."""
    return f"{json.dumps(answer.raw)}\n" if given.json else table(answer)
