"""The command `coaster`: fits, sweeps and analyses of files, and jobs to watch."""

import os
import sys
from argparse import Namespace
from importlib.util import find_spec

from coaster_client.client import Coaster
from coaster_client.command.arguments import parser
from coaster_client.command.asking import ANSWERS
from coaster_client.errors import CoasterError, ProblemError, UnreachableError
from coaster_client.retries import RETRIES, Retries

DONE, FAILED, INTERRUPTED = 0, 1, 130
EXIT_CODES: dict[type[Exception], int] = {
    UnreachableError: 3,
    CoasterError: FAILED,
    OSError: 2,
    ValueError: 2,
}
"""The exit code of each failure. The first that fits counts. argparse exits with 2 too."""
A_FEW = Retries(attempts=4, seconds=20)
"""A person waits for the answer."""
OURS = {"COASTER_URL", "COASTER_API_KEY"}
"""The variables of this command, which the service would reject as unknown settings."""
NO_SERVICE = (
    "The service is not installed in this environment. In a clone of its repository, `make run` "
    "installs and starts it."
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["serve"]:  # everything after it is for the service
        return _serve(arguments[1:])
    try:
        sys.stdout.write(_answered(parser().parse_args(arguments)))
    except tuple(EXIT_CODES) as error:
        _complain([_reason(error), *_notes(error)])
        return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
    except KeyboardInterrupt as interruption:
        _complain(_notes(interruption))
        return INTERRUPTED
    return DONE


def _answered(given: Namespace) -> str:
    """Return what to print. Raises CoasterError, or OSError or ValueError for a bad file."""
    retries = RETRIES if given.command == "watch" or given.job else A_FEW
    with Coaster(given.url, os.environ.get("COASTER_API_KEY"), retries=retries) as client:
        try:
            return ANSWERS[given.command](client, given)
        except ProblemError as error:
            takes_job = given.command in {"fit", "sweep"} and not given.job
            if takes_job and error.code == "body_too_large":
                error.add_note("As a job, larger files of CSV can be fitted: add --job.")
            raise


def _complain(lines: list[str]) -> None:
    """Write lines to standard error."""
    sys.stderr.writelines(f"coaster: {line}\n" for line in lines)


def _notes(error: BaseException) -> list[str]:
    """Return the notes that were added to an error."""
    return getattr(error, "__notes__", [])


def _reason(error: Exception) -> str:
    if isinstance(error, UnreachableError):
        return f"The service cannot be reached. {error}"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _serve(arguments: list[str]) -> int:
    """Become the service, or return an exit code if it is not installed."""
    if find_spec("service") and find_spec("service.cli"):
        command = [sys.executable, "-m", "service", *arguments]
        environment = {name: os.environ[name] for name in os.environ.keys() - OURS}
        os.execve(sys.executable, command, environment)  # noqa: S606 - ours
    sys.stderr.write(f"coaster: {NO_SERVICE}\n")
    return FAILED
