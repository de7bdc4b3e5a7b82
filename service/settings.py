"""What an operator may choose, from the environment: COASTER_PORT=9000 sets `port`."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from service.logs import AnyForm

PREFIX = "COASTER_"
FITS_PER_WORKER = 4
"""Of one client, where others come from elsewhere."""


class SettingsError(Exception):
    """The environment holds a setting that is unknown or has no sense; the message says which and
    why.
    """


def _split(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


class Settings(BaseModel):
    """Every field has its unit in its name or its docstring."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """The port to listen on; 0 takes a free one."""
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    """Processes that fit; by default one a core."""
    api_keys_file: Path | None = None
    """The file of the API keys: a name and a hash a line, as `python -m service key NAME` prints
    them. Without one nobody needs a key.
    """
    allow_anyone: bool = False
    """Whether the service may listen to other machines without keys."""
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(_split)] = ()
    """Origins of pages that may call the service, separated by commas or spaces; none by
    default.
    """
    max_body_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    """The largest request body, in bytes."""
    max_head_seconds: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    """How long the head of a request may take, in seconds."""
    max_body_seconds: float = Field(default=10.0, gt=0, allow_inf_nan=False)
    """How long its body may take."""
    max_connections: int = Field(default=4096, ge=1)
    """Connections that may be open at once."""
    max_fit_seconds: float = Field(default=10.0, gt=0, allow_inf_nan=False)
    """The largest predicted cost of a fit, in CPU seconds; its worker is killed at twice as much of
    wall clock.
    """
    max_worker_bytes: int = Field(default=1024 * 1024 * 1024, ge=512 * 1024 * 1024)
    """The memory that a worker may have, in bytes; at rest it has 270 MB, most of them shared."""
    database_url: str = Field(default="sqlite:///coaster.db", pattern="^(sqlite|postgresql)://")
    """Where jobs are kept: a SQLite file, sqlite:///relative or sqlite:////absolute, or a
    PostgreSQL server that several machines share.
    """
    job_workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    """Processes that run jobs, where others need the processor less; by default one a core."""
    max_job_seconds: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    """The largest predicted cost of a job, in CPU seconds; its worker is killed at twice as much of
    wall clock.
    """
    max_waiting_jobs: int = Field(default=1000, ge=1)
    """Jobs that may wait."""
    max_jobs_per_key: int = Field(default=100, ge=1)
    """Jobs of one key that may wait and run."""
    max_kept_jobs: int = Field(default=10_000, ge=1)
    """Jobs that are kept after their end."""
    job_kept_seconds: float = Field(default=86_400.0, gt=0, allow_inf_nan=False)
    """How long a job is kept after its end, in seconds."""
    waiting_per_worker: int = Field(default=4, ge=1)
    """Fits that may wait, for each worker."""
    max_fits_per_client: int | None = Field(default=None, ge=1)
    """Fits that may run and wait, of one key or, without keys, one address; by default 4 for each
    worker, on a loopback host any number.
    """
    max_wait_seconds: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    """The longest a fit waits for a worker, in seconds."""
    max_streams: int = Field(default=256, ge=1)
    """Streams that may be open at once."""
    max_stream_seconds: float = Field(default=300.0, gt=0, allow_inf_nan=False)
    """How long one stream may be open, in seconds."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is logged: debug has a line for every request, info for those that are refused or
    fail.
    """
    log_format: AnyForm = "auto"
    """How: text, a JSON object a line, or auto, which is text on a terminal and JSON elsewhere."""
    shutdown_seconds: int = Field(default=8, ge=1)
    """How long the service may take to end, in seconds; requests that are open then have all but
    the last two of them.
    """

    @property
    def in_a_cluster(self) -> bool:
        """Whether other machines share the jobs."""
        return self.database_url.startswith("postgresql:")

    @property
    def jobs_in(self) -> str:
        """The place of the jobs as an operator looks for it: a file, or PostgreSQL. A URL may hold
        a password.
        """
        if self.in_a_cluster:
            return "PostgreSQL"
        return str(Path(self.database_url.removeprefix("sqlite:///")).absolute())

    @property
    def on_loopback(self) -> bool:
        """Whether this machine alone reaches the service."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def open_to_anyone(self) -> bool:
        """Whether other machines reach the service, and need no key."""
        return not self.on_loopback and self.api_keys_file is None

    @property
    def fits_per_client(self) -> int | None:
        """Fits of one client that may run and wait; None where any number may."""
        if self.max_fits_per_client is None and not self.on_loopback:
            return FITS_PER_WORKER * self.workers
        return self.max_fits_per_client

    @property
    def waiting(self) -> int:
        """Fits that may wait, in all."""
        return self.waiting_per_worker * self.workers


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment.

    Raises SettingsError.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        problems = (
            f"{PREFIX}{str(part['loc'][0]).upper()}: {part['msg']}" for part in error.errors()
        )
        raise SettingsError("; ".join(problems)) from None
