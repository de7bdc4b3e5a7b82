"""The command line: settings, logging, and the role."""

import logging
import os
import signal
import sys
from argparse import ArgumentParser, Namespace

from service import logs
from service.api.keys import KeysError, made
from service.api.middleware.tracing import telemetry
from service.app import create_app
from service.jobs.errors import StoreUnopenedError
from service.server import serve
from service.settings import PREFIX, Settings, SettingsError, from_environment

log = logging.getLogger("service")

FLAGS = ("host", "port", "workers")
"""Settings that the command line has too."""
OPEN = (
    "others reach the service at {host}, and nobody would need a key: "
    "name a file of keys in COASTER_API_KEYS_FILE, or set COASTER_ALLOW_ANYONE=true"
)


def main(arguments: list[str] | None = None) -> int:
    """Serves, or runs jobs, until it is told to stop, or makes a key; 1 where it could not begin, 2
    where the settings have no sense.
    """
    given = _parser().parse_args(arguments)
    try:
        if given.role == "key":
            return _make_key(given.name)
        settings = _settings(given)
    except (SettingsError, KeysError) as error:
        return _refused(error, 2)
    logs.configure(logs.chosen(settings.log_format), settings.log_level)
    try:
        _run(given.role, settings)
    except KeysError as error:
        return _refused(error, 2)
    except StoreUnopenedError as error:
        return _refused(error, 1)
    return 0


def _make_key(name: str) -> int:
    """Prints a new key: it is not kept, and cannot be printed again.

    Raises KeysError.
    """
    key, line = made(name)
    sys.stdout.write(
        f"The key, for whoever asks: {key}\n"
        f"The line, for the file of {PREFIX}API_KEYS_FILE: {line}\n"
    )
    return 0


def _run(role: str | None, settings: Settings) -> None:
    """Raises KeysError or StoreUnopenedError."""
    if role == "worker":
        # Only a cluster needs Procrastinate, which takes half a second to import.
        from service.job_runner import work  # noqa: PLC0415

        work(settings)
        return
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _ended)
    app = create_app(settings, telemetry(os.environ))
    if settings.open_to_anyone:
        log.warning("open_to_anyone", extra={"fields": {"host": settings.host}})
    serve(app, settings)


def _refused(error: Exception, code: int) -> int:
    sys.stderr.write(f"coaster: {error}\n")
    return code


def _ended(*_: object) -> None:
    """Before uvicorn listens to signals; and after, as it raises the one that ended it once more
    when everything is closed.
    """
    sys.exit(0)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m service", description="Fit curves by gradient descent over HTTP."
    )
    parser.add_argument(
        "role",
        nargs="?",
        choices=["worker", "key"],
        help="runs the jobs of a cluster, or makes an API key; else it serves",
    )
    parser.add_argument("name", nargs="?", default="", help="of the new key")
    for name in FLAGS:
        field = Settings.model_fields[name]
        parser.add_argument(f"--{name}", help=f"{field.description} (also {PREFIX}{name.upper()})")
    return parser


def _settings(arguments: Namespace) -> Settings:
    """The environment's settings, and the command line's above them.

    Raises SettingsError.
    """
    given = {
        f"{PREFIX}{name.upper()}": value
        for name in FLAGS
        if (value := getattr(arguments, name)) is not None
    }
    settings = from_environment({**os.environ, **given})
    if arguments.role == "worker" and not settings.in_a_cluster:
        raise SettingsError(
            "a worker needs COASTER_DATABASE_URL=postgresql://..., the database that it shares "
            "with the others"
        )
    if arguments.name:
        raise SettingsError("a name is of a new key: python -m service key NAME")
    if arguments.role is None and settings.open_to_anyone and not settings.allow_anyone:
        raise SettingsError(OPEN.format(host=settings.host))
    return settings
