"""The questions of each command, and the texts of their answers."""

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from coaster_client.answer import Answer
from coaster_client.client import Coaster
from coaster_client.command.progress import Progress
from coaster_client.command.requests import request_of, series_request_of
from coaster_client.command.tables import analysis_table, fit_table, series_table, sweep_table
from coaster_client.models import PortableFactor, SeriesResult, SweepResult

A = TypeVar("A", bound=Answer)


def fit(client: Coaster, given: Namespace) -> str:
    """Fit a curve to the points of a file and, if there is a factor of earlier ones, to these."""
    if given.factor is None:
        return _text(client.fit(**request_of(given, given.file)), fit_table, given)
    found = client.append(_factor(given.factor), **request_of(given, given.file))
    given.factor.write_text(json.dumps(found.raw["factor"]), encoding="utf-8")
    return _text(found, fit_table, given)


def sweep(client: Coaster, given: Namespace) -> str:
    """Compare learning rates."""
    return _text(client.sweep(**request_of(given, given.file)), sweep_table, given)


def analysis(client: Coaster, given: Namespace) -> str:
    """Say what each learning rate would do."""
    return _text(client.analysis(**request_of(given, given.file)), analysis_table, given)


def series(client: Coaster, given: Namespace) -> str:
    """Fit many series."""
    return _text(client.series(**series_request_of(given)), series_table, given)


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


def _factor(file: Path) -> PortableFactor | None:
    """Return the factor in a file, or None if there is no file. Raises ValueError."""
    if not file.exists():
        return None
    try:
        return PortableFactor(json.loads(file.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"The file {file} has no factor in JSON. {error}.") from None


def _text(answer: A, table: Callable[[A], str], given: Namespace) -> str:
    """Return an answer as JSON or as a table."""
    return f"{json.dumps(answer.raw)}\n" if given.json else table(answer)
