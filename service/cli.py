"""The command line: settings, logging and the role of the process."""

import asyncio
import logging
import os
import signal
import sys
from argparse import ArgumentParser, Namespace

from service import logs
from service.api.keys import KeysError, made
from service.app import create_app, telemetry_of
from service.jobs.errors import StoreUnopenedError
from service.running import run_jobs
from service.server import AddressError, serve
from service.settings import Settings, SettingsError, from_environment, variable

log = logging.getLogger("service")

FLAGS = ("host", "port", "workers")
"""The settings that are also options of the command line."""
UNABLE = 1
"""The exit code of a process that cannot start, for example because its port is in use."""
INVALID = 2
"""The exit code for an invalid setting, argument or file of keys, as argparse uses it."""
OPEN_TO_ANYONE = (
    "other machines can reach the service at {host} without an API key: "
    "set COASTER_API_KEYS_FILE to a file of keys, or set COASTER_ALLOW_ANYONE=true"
)
NO_CLUSTER = "a worker needs the database of the cluster: set COASTER_DATABASE_URL=postgresql://..."


def main(arguments: list[str] | None = None) -> int:
    """Serve, run jobs or create a key. Return the exit code: 0 after an orderly end, or one of
    UNABLE and INVALID.
    """
    given = _parser().parse_args(arguments)
    try:
        if given.role == "key":
            key, line = made(given.name)  # it is not stored, and cannot be printed again
            sys.stdout.write(f"API key, for the client: {key}\n")
            sys.stdout.write(f"Line for the file of {variable('api_keys_file')}: {line}\n")
        else:
            _run(given.role, _settings(given))
    except (SettingsError, KeysError) as error:
        return _refused(error, INVALID)
    except (StoreUnopenedError, AddressError) as error:
        return _refused(error, UNABLE)
    return 0


def _refused(error: Exception, code: int) -> int:
    """Print the reason for which the process ends, and return its exit code."""
    sys.stderr.write(f"coaster: {error}\n")
    return code


def _run(role: str | None, settings: Settings) -> None:
    """Run the role until a signal ends the process. Raises KeysError, AddressError or
    StoreUnopenedError.
    """
    logs.configure(settings.log_format, settings.log_level)
    if role == "worker":
        asyncio.run(run_jobs(settings))
        return
    for each in (signal.SIGINT, signal.SIGTERM):
        # for a signal before uvicorn handles it, and when uvicorn raises it again at the end
        signal.signal(each, lambda *_: sys.exit(0))
    app = create_app(settings, telemetry_of(os.environ))
    if settings.open_to_anyone:
        log.warning("open_to_anyone", extra={"fields": {"host": settings.host}})
    serve(app, settings)


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
        parser.add_argument(f"--{name}", help=f"{field.description} (also {variable(name)})")
    return parser


def _settings(arguments: Namespace) -> Settings:
    """Return the settings of the environment and the command line. Raises SettingsError."""
    given = {
        variable(name): value for name in FLAGS if (value := getattr(arguments, name)) is not None
    }
    settings = from_environment({**os.environ, **given})
    if arguments.role == "worker" and not settings.in_a_cluster:
        raise SettingsError(NO_CLUSTER)
    if arguments.name:
        raise SettingsError("only the role `key` takes a name: python -m service key NAME")
    if arguments.role is None and settings.open_to_anyone and not settings.allow_anyone:
        raise SettingsError(OPEN_TO_ANYONE.format(host=settings.host))
    return settings
