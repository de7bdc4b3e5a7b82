"""The command line: settings, logging and the commands."""

import asyncio
import logging
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import service
from service import logs
from service.api.keys import KeysError, made
from service.api.transfer.uploads import SHARED_BYTES
from service.app import create_app, telemetry_of
from service.jobs.errors import CheckError, StoreUnopenedError
from service.jobs.storage.backup import BackupError, back_up
from service.pool.forkserver import forkserver
from service.running import RESERVED, SPARE, run_jobs
from service.server import AddressError, FilesError, possible_connections, serve
from service.settings import Settings, SettingsError, from_environment, variable
from service.signals import set_signals

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
NO_FILE = "a PostgreSQL database is backed up with its own program: pg_dump --format=custom"
NO_CLUSTER = "a worker needs the database of the cluster: set COASTER_DATABASE_URL=postgresql://..."


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Return the exit code: 0 after an orderly end, or one of UNABLE and INVALID."""
    _open_closed_streams()
    given = _parser().parse_args(arguments)
    try:
        _run(given)
    except (SettingsError, KeysError) as error:
        return _refused(error, INVALID)
    except (StoreUnopenedError, BackupError, CheckError, AddressError, FilesError) as error:
        return _refused(error, UNABLE)
    return 0


def _open_closed_streams() -> None:
    """Open the null device as each standard stream that is closed. Otherwise a socket would get its
    number, and the event loop would end the process for that.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free
            os.set_inheritable(null, True)  # noqa: FBT003 - it has no name
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _refused(error: Exception, code: int) -> int:
    """Print the reason for which the process ends, and return its exit code."""
    sys.stderr.write(f"coaster: {error}\n")
    return code


def _run(given: Namespace) -> None:
    """Run the command of the arguments. Raises the exceptions that `main` explains."""
    if given.command == "key":
        _print_key(given.name)
        return
    settings = _settings(given)
    if given.command == "backup":
        _back_up(settings, given.file)
    elif given.command == "check":
        _check(settings, given.file)
    elif given.command == "worker":
        _work(settings)
    else:
        _serve(settings)


def _print_key(name: str) -> None:
    """Print a new key, which is not stored, and its line. Raises KeysError."""
    key, line = made(name)
    sys.stdout.write(f"API key, for the client: {key}\n")
    sys.stdout.write(f"Line for the file of {variable('api_keys_file')}: {line}\n")


def _back_up(settings: Settings, file: Path) -> None:
    """Back up the store and print the number of its jobs. Raises SettingsError or BackupError."""
    if settings.in_a_cluster:
        raise SettingsError(NO_FILE)
    jobs = back_up(Path(settings.jobs_in), file)
    sys.stdout.write(f"Backed up {settings.jobs_in} to {file}. Number of jobs: {jobs}.\n")


def _check(settings: Settings, file: Path | None) -> None:
    """Check the store, or a backup of one, and print the number of its jobs. Raises CheckError."""
    # Other commands do without the driver of PostgreSQL, which takes long to import.
    from service.jobs.storage.checking import checked  # noqa: PLC0415

    logs.configure(settings.log_format, settings.log_level)
    url = settings.database_url if file is None else f"sqlite:///{file}"
    place = settings.jobs_in if file is None else file
    sys.stdout.write(f"Checked {place}. Number of jobs: {checked(url)}. None is damaged.\n")


def _work(settings: Settings) -> None:
    """Run jobs until a signal ends the process. Raises SettingsError or StoreUnopenedError."""
    if not settings.in_a_cluster:
        raise SettingsError(NO_CLUSTER)
    logs.configure(settings.log_format, settings.log_level)
    set_signals()
    with forkserver():
        asyncio.run(run_jobs(settings))


def _serve(settings: Settings) -> None:
    """Serve until a signal ends the process. Raises SettingsError, KeysError, AddressError,
    FilesError or StoreUnopenedError.
    """
    if settings.open_to_anyone and not settings.allow_anyone:
        raise SettingsError(OPEN_TO_ANYONE.format(host=settings.host))
    logs.configure(settings.log_format, settings.log_level)
    set_signals()  # uvicorn raises the signal again at the end
    settings = _with_possible_connections(settings)
    app = create_app(settings, telemetry_of(os.environ))
    if settings.open_to_anyone:
        log.warning("open_to_anyone", extra={"fields": {"host": settings.host}})
    with forkserver():
        serve(app, settings)


def _with_possible_connections(settings: Settings) -> Settings:
    """Return settings with fewer connections if the process may not open enough files for them.
    Raises FilesError if there are not even enough for its workers.
    """
    wanted = settings.max_connections
    workers = settings.workers + settings.job_workers + 2 * (SPARE + RESERVED)
    possible = possible_connections(wanted, workers, settings.held_bytes // SHARED_BYTES)
    if possible == wanted:
        return settings
    log.warning("few_files", extra={"fields": {"connections": possible, "wanted": wanted}})
    return settings.model_copy(update={"max_connections": possible})


def _settings(given: Namespace) -> Settings:
    """Return the settings of the environment and the command line. Raises SettingsError."""
    options = {
        variable(name): value for name in FLAGS if (value := getattr(given, name)) is not None
    }
    return from_environment({**os.environ, **options})


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m service",
        description="Fit curves by gradient descent over HTTP. Without a command, serve.",
    )
    parser.add_argument("--version", action="version", version=f"Coaster {service.VERSION}")
    for name in FLAGS:
        field = Settings.model_fields[name]
        parser.add_argument(f"--{name}", help=f"{field.description} (also {variable(name)})")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    commands.add_parser("worker", help="run the jobs of a cluster")
    key = commands.add_parser("key", help="print a new API key and its line for the file of keys")
    key.add_argument("name", metavar="NAME", help="the name of the key, which the log shows")
    backup = commands.add_parser("backup", help="back up the jobs while the service runs")
    backup.add_argument("file", metavar="FILE", type=Path, help="the new file of the backup")
    check = commands.add_parser("check", help="check that no stored job is damaged")
    check.add_argument("file", metavar="FILE", type=Path, nargs="?", help="a backup, not the store")
    return parser
