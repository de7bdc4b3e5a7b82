"""The arguments of the command."""

import json
import os
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from coaster_client.calls import URL
from coaster_client.command.files import exact, parsed
from coaster_client.models import ScaleChoice
from coaster_client.version import VERSION

FILE = "CSV, TSV, JSON, Parquet, Arrow or NPY; - is standard input"
SERIES = "CSV, TSV, JSON, an Arrow stream or NPY; - is standard input"
"""The help of the arguments with the points and with the series."""
JOB = "run as a job, for large files: show the progress, and then the result"
"""The help of the option that creates a job."""
EPILOG = """\
exit codes: 0 done; 1 rejected, or the job failed; 2 wrong arguments or file; 3 not reachable
environment: COASTER_URL is the default of --url, COASTER_API_KEY
  has the API key"""


def parser() -> ArgumentParser:
    """Return the parser of the command line."""
    command = ArgumentParser(
        prog="coaster",
        description="Fit curves by gradient descent.",
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    command.set_defaults(job=False)  # for the commands without this option
    command.add_argument("--version", action="version", version=f"coaster {VERSION}")
    commands = command.add_subparsers(dest="command", required=True, metavar="COMMAND")

    fit = commands.add_parser("fit", help="fit a curve to the points of a file")
    _add_files(fit)
    _add_columns(fit)
    _add_weights(fit)
    _add_descent(fit)
    _add_lr(fit, "the learning rate: {}; by default, the best one")
    fit.add_argument("--at", type=_exact_t, nargs="+", metavar="T", help="predict y at each t")
    either = fit.add_mutually_exclusive_group()
    either.add_argument(
        "--factor",
        type=Path,
        metavar="FILE",
        help="add the points to those of the factor in this file, and replace it by that of all",
    )
    either.add_argument("--job", action="store_true", help=JOB)

    sweep = commands.add_parser("sweep", help="compare learning rates")
    _add_files(sweep)
    _add_columns(sweep)
    _add_weights(sweep)
    _add_descent(sweep)
    sweep.add_argument(
        "--lrs", type=float, nargs="+", required=True, metavar="LR", help="the rates to compare"
    )
    sweep.add_argument("--job", action="store_true", help=JOB)

    analysis = commands.add_parser("analysis", help="say what each rate would do, without a step")
    analysis.add_argument("file", metavar="FILE", help=FILE)
    _add_columns(analysis)
    _add_weights(analysis)
    _add_descent(analysis)
    _add_lr(analysis, "the learning rate to judge: {}; by default, none")

    series = commands.add_parser("series", help="fit many series at once")
    series.add_argument("file", metavar="FILE", help=SERIES)
    _add_columns(series)
    series.add_argument(
        "--series", metavar="COLUMN", help="the column of names; by default, series or the first"
    )
    _add_descent(series)
    _add_lr(series, "the learning rate: {}; by default, the best one of each series")
    series.add_argument("--at", type=_t, nargs="+", metavar="T", help="predict y at each t")
    series.add_argument("--job", action="store_true", help=JOB)

    watch = commands.add_parser("watch", help="follow a job to its end")
    watch.add_argument("job", metavar="JOB", help="the id of the job")

    commands.add_parser("serve", help="run the service; takes the options of the service")

    for each in (fit, sweep, analysis, series, watch):
        each.add_argument(
            "--url",
            default=os.environ.get("COASTER_URL", URL),
            help="the address of the service; by default, %(default)s",
        )
        each.add_argument("--json", action="store_true", help="print the answer as JSON")
    return command


def _add_files(command: ArgumentParser) -> None:
    command.add_argument(
        "files", nargs="+", metavar="FILE", help=f"{FILE}; with --job, several are added up"
    )


def _add_columns(command: ArgumentParser) -> None:
    command.add_argument(
        "--t", metavar="COLUMN", help="the column of t; by default, t or the first"
    )
    command.add_argument(
        "--y", metavar="COLUMN", help="the column of y; by default, y or the second"
    )


def _add_weights(command: ArgumentParser) -> None:
    command.add_argument("--weights", metavar="COLUMN", help="the column of weights")
    command.add_argument(
        "--sigma", metavar="COLUMN", help="the column of standard deviations of the errors of y"
    )


def _add_descent(command: ArgumentParser) -> None:
    command.add_argument("--steps", type=int, help="the number of steps; by default, 100")
    command.add_argument("--degree", type=int, help="the degree; by default, 2, a parabola")
    command.add_argument("--seed", type=int, help="the seed; by default, a random one")
    command.add_argument(
        "--scale",
        choices=get_args(ScaleChoice),
        help="the coordinates of the descent; by default, auto",
    )
    command.add_argument(
        "--options", type=_object, default={}, metavar="JSON", help="further fields of the request"
    )


def _add_lr(command: ArgumentParser, described: str) -> None:
    forms = "a number, a part of the limit such as 50%%, or best"
    command.add_argument("--lr", type=_rate, help=described.format(forms))


def _exact_t(text: str) -> float | str:
    """Return a number or the text of a time stamp. Raises ArgumentTypeError."""
    return exact(_t(text), text)


def _t(text: str) -> float | datetime:
    """Return a number or a time. Raises ArgumentTypeError."""
    value = parsed(text)
    if value is None:
        raise ArgumentTypeError(f"{text} is neither a number nor a time stamp")
    return value


def _rate(text: str) -> float | str | dict[str, float]:
    """Return a learning rate. Raises ArgumentTypeError."""
    if text == "best":
        return text
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        raise ArgumentTypeError(f"{text} is neither a number, a percentage nor best") from None
    return {"of_limit": value / 100} if text.endswith("%") else value


def _object(text: str) -> dict[str, Any]:
    """Return a JSON object. Raises ArgumentTypeError."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ArgumentTypeError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ArgumentTypeError("not a JSON object")
    return value
