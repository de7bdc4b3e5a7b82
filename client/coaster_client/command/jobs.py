"""Jobs of files, and jobs that are followed to their end."""

from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from coaster_client.client import Coaster
from coaster_client.command.progress import Progress, steps_line
from coaster_client.command.requests import points_of, request_of, series_request_of, settings
from coaster_client.command.tables import fit_table, printed, series_table, sweep_table
from coaster_client.errors import ProblemError, UnavailableError, UnreachableError
from coaster_client.models import Job, JobEvent, SeriesResult, SweepResult
from coaster_client.models import Progress as JobProgress

OF_POINTS = ("model", "sigma_is")
"""The settings that decide what the factor of a file is."""


def watch(client: Coaster, given: Namespace) -> str:
    """Follow a job to its end, and return its result as text."""
    with Progress() as progress:
        return _followed(client, given, client.jobs.get(given.job), progress)


def of_points(client: Coaster, given: Namespace) -> str:
    """Fit or sweep the points of one or several files as a job, and return its result as text."""
    with Progress() as progress:
        if len(given.files) == 1:
            progress.show(f"sending {given.files[0]}")
            request = request_of(given, given.files[0])
        else:
            request = settings(given) | {"parts": _parts(client, given, progress)}
            request.pop("sigma_is", None)  # the parts have it
        job = client.jobs.create(kind=given.command, **request)
        return _followed(client, given, job, progress)


def of_series(client: Coaster, given: Namespace) -> str:
    """Fit the series of a file as a job, and return its result as text."""
    with Progress() as progress:
        progress.show(f"sending {given.file}")
        job = client.jobs.create(kind="series", **series_request_of(given))
        return _followed(client, given, job, progress)


def _parts(client: Coaster, given: Namespace, progress: Progress) -> list[str]:
    """Reduce each of several files to its factor by a job, and return the ids of these jobs. If one
    fails, or if the user interrupts them, cancel the others.
    """
    chosen = settings(given)
    needed = {name: chosen[name] for name in OF_POINTS if name in chosen}
    ids: list[str] = []
    try:
        for file in given.files:
            progress.show(f"sending {file}")
            with _naming(file):
                points = points_of(given, file)
                ids.append(client.jobs.create(**points, **needed, include=["factor"]).id)
        for file, job_id in zip(given.files, ids, strict=True):
            with _naming(file):
                client.jobs.wait(job_id, progress=partial(_show_reading, progress, file))
    except (KeyboardInterrupt, ProblemError, ValueError):
        for job_id in ids:
            client.jobs.cancel(job_id)
        raise
    return ids


def _show_reading(progress: Progress, file: str, seen: JobProgress) -> None:
    """Show how far the job is that reads one of several files."""
    progress.show(f"{file}: {seen.points_read or 0:,} points read")


@contextmanager
def _naming(file: str) -> Iterator[None]:
    """Add the name of one of several files to an error."""
    try:
        yield
    except (ProblemError, ValueError) as error:
        error.add_note(f"This is about {file}.")
        raise


def _followed(client: Coaster, given: Namespace, job: Job, progress: Progress) -> str:
    """Show the progress of a job to its end, and return its result as text. An interruption gets a
    note that says how to continue.
    """
    try:
        progress.show(f"job {job.id}")
        _show(client.jobs.events(job.id), job.progress.steps, progress)
        return _result(client, given, job)
    except (KeyboardInterrupt, UnavailableError, UnreachableError) as error:
        command = f"coaster watch {job.id} --url {given.url}"
        error.add_note(f"The job continues. To follow it, run: {command}")
        raise


def _show(events: Iterable[JobEvent], steps: int, progress: Progress) -> None:
    """Show the events of a job as a line of progress."""
    losses: list[float] = []
    for event in events:
        if event.type == "reading":
            progress.show(f"{event.points_read:,} points read")
        elif event.type == "steps":
            losses += event.loss
            progress.show(steps_line(event.last, steps, losses))
        elif event.type == "rows":
            progress.show(f"{event.last + 1:,} series fitted")


def _result(client: Coaster, given: Namespace, job: Job) -> str:
    """Return the result of a job that has ended as text. Raises JobFailedError."""
    if job.kind == "sweep":
        return printed(client.jobs.wait(job.id, SweepResult), sweep_table, given)
    if job.kind == "series":
        return printed(client.jobs.wait(job.id, SeriesResult), series_table, given)
    return printed(client.jobs.wait(job.id), fit_table, given)
