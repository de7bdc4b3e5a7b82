"""python -m service: the service from a command line."""

import argparse
import logging.config
import os
import signal
import sys

import uvicorn
from fastapi import FastAPI

from service.app import create_app
from service.settings import PREFIX, Settings, SettingsError, from_environment

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"events": {"()": "service.logs.Events"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
}


def main(arguments: list[str]) -> int:
    """Serves until it is told to stop; 2 where the settings have no sense."""
    try:
        settings = _settings(arguments)
    except SettingsError as error:
        sys.stderr.write(f"coaster: {error}\n")
        return 2
    logging.config.dictConfig(LOGGING)
    logging.getLogger("service").setLevel(settings.log_level.upper())
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _ended)
    serve(create_app(settings), settings)
    return 0


def serve(app: FastAPI, settings: Settings) -> None:
    """Runs the one API process until it is told to stop."""
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        server_header=False,
        proxy_headers=False,
    )


def _ended(*_: object) -> None:
    """Before uvicorn listens to signals; and after, as it raises the one that ended it once more when everything is closed."""
    sys.exit(0)


def _settings(arguments: list[str]) -> Settings:
    """The environment's settings, and the command line's above them."""
    parser = argparse.ArgumentParser(prog="python -m service", description="Fit curves by gradient descent over HTTP.")
    for name in ("host", "port", "workers"):
        field = Settings.model_fields[name]
        parser.add_argument(f"--{name}", help=f"{field.description} (also {PREFIX}{name.upper()})")
    given = {f"{PREFIX}{name.upper()}": value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    return from_environment({**os.environ, **given})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
