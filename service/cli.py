"""The command line: settings, logging and the role of the process."""

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
from service.running import run_jobs
from service.server import serve
from service.settings import VARIABLE_PREFIX, Settings, SettingsError, from_environment

log = logging.getLogger("service")

FLAGS = ("host", "port", "workers")
"""The settings that are also options of the command line."""
OPEN_TO_ANYONE = (
    "other machines can reach the service at {host} without an API key: "
    "set COASTER_API_KEYS_FILE to a file of keys, or set COASTER_ALLOW_ANYONE=true"
)


def main(arguments: list[str] | None = None) -> int:
    """Serve, run jobs or create a key, and return the exit code.

    The code is 0 after an orderly end, 1 if the process cannot start, and 2 if a setting or an
    argument is invalid.
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
    """Print a new key. It is not stored, and cannot be printed again.

    Raises KeysError.
    """
    key, line = made(name)
    sys.stdout.write(f"API key, for the client: {key}\n")
    sys.stdout.write(f"Line for the file of {VARIABLE_PREFIX}API_KEYS_FILE: {line}\n")
    return 0


def _run(role: str | None, settings: Settings) -> None:
    """Run the role until a signal ends the process.

    Raises KeysError or StoreUnopenedError.
    """
    if role == "worker":
        run_jobs(settings)
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
    """Exit with code 0 on a signal.

    This applies before uvicorn handles signals. It also applies at the end, because uvicorn raises
    the signal that ended it again after everything is closed.
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
        help="`worker` runs the jobs of a cluster, `key` creates an API key; by default, serve",
    )
    parser.add_argument("name", nargs="?", default="", help="The name of the new API key.")
    for name in FLAGS:
        field = Settings.model_fields[name]
        parser.add_argument(
            f"--{name}", help=f"{field.description} (also {VARIABLE_PREFIX}{name.upper()})"
        )
    return parser


def _settings(arguments: Namespace) -> Settings:
    """Return the settings of the environment, overridden by those of the command line.

    Raises SettingsError.
    """
    given = {
        f"{VARIABLE_PREFIX}{name.upper()}": value
        for name in FLAGS
        if (value := getattr(arguments, name)) is not None
    }
    settings = from_environment({**os.environ, **given})
    if arguments.role == "worker" and not settings.in_a_cluster:
        raise SettingsError(
            "a worker needs the database of the cluster: set COASTER_DATABASE_URL=postgresql://..."
        )
    if arguments.name:
        raise SettingsError("only the role `key` takes a name: python -m service key NAME")
    if arguments.role is None and settings.open_to_anyone and not settings.allow_anyone:
        raise SettingsError(OPEN_TO_ANYONE.format(host=settings.host))
    return settings
