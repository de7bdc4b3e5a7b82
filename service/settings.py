"""The settings of an operator, from environment variables: COASTER_PORT=9000 sets `port`."""

from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    ValidationError,
)
from pydantic_core import ErrorDetails

from service.cores import usable_cores
from service.logs import LogFormat

VARIABLE_PREFIX = "COASTER_"
FITS_PER_WORKER = 4
"""The default number of fits of one client per worker, if other machines can reach the service."""
REASONS = {
    "extra_forbidden": "unknown setting",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be greater than {gt:g}",
    "less_than_equal": "must be at most {le}",
    "bool_parsing": "must be true or false",
    "literal_error": "must be {expected}",
    "ip_any_network": "must be IP addresses or networks",
    "string_unicode": "must be valid UTF-8",
    "string_pattern_mismatch": "must begin with sqlite:// or postgresql://",
}
"""The reasons for which a setting is invalid, by the names that pydantic gives to its errors."""


class SettingsError(Exception):
    """A setting is unknown or invalid; the message says which and why."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    return value


class Settings(BaseModel):
    """The settings of a process. Every field has its unit in its name or its docstring."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """The port to listen on. 0 selects a free port."""
    workers: int = Field(default_factory=usable_cores, ge=1, le=256)
    """The number of worker processes that one client can keep busy with long fits. By default, one
    for each core that the process may use. Two more serve other clients and short fits.
    """
    api_keys_file: Path | None = None
    """The file of the API keys, with a name and a hash on each line, as `python -m service key
    NAME` prints them. If omitted, clients need no key.
    """
    allow_anyone: bool = False
    """If true, the service starts without API keys even if other machines can reach it."""
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(_split)] = ()
    """The origins of web pages that may call the service, separated by commas or spaces. By
    default, there are none.
    """
    allowed_hosts: Annotated[tuple[str, ...], BeforeValidator(_split)] = ()
    """The names under which clients reach the service, separated by commas or spaces, or `*` for
    any. Addresses, `localhost` and names without a dot are always allowed.
    """
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(_split)] = ()
    """The addresses or networks of proxies, separated by commas or spaces. A request from one of
    them belongs to the client that its `X-Forwarded-For` names. By default, there are none.
    """
    max_body_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    """The maximum size of a request body, in bytes."""
    max_upload_bytes: int = Field(default=96 * 1024 * 1024, ge=1024)
    """The maximum size of a file, in bytes."""
    max_job_file_bytes: int = Field(default=1024**3, ge=1024)
    """The maximum size of a file of CSV of a job, in bytes. Above `max_upload_bytes`, it is read in
    parts.
    """
    max_held_bytes: int = Field(default=96 * 1024 * 1024, ge=64 * 1024 * 1024)
    """The maximum size of all large bodies that arrive and all large answers that wait for their
    clients, in bytes. It is never below the maximum size of a body or a file. A client that holds
    some of them may hold half of what is free for another request.
    """
    max_head_seconds: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    """The longest time that a client may take to send the head of a request, in seconds."""
    max_body_seconds: float = Field(default=10.0, gt=0, allow_inf_nan=False)
    """The longest time that a client may take to send the body of a request, in seconds. A file of
    a job above `max_upload_bytes` has as much more time.
    """
    max_connections: int = Field(default=4096, ge=1)
    """The maximum number of open connections. Beyond it, a connection that is not being answered
    gives way to a new one.
    """
    max_fit_seconds: float = Field(default=10.0, gt=0, allow_inf_nan=False)
    """The maximum predicted cost of a fit, in CPU seconds. If a fit takes three times this maximum
    on the wall clock, its worker is killed.
    """
    max_worker_bytes: int = Field(default=1024 * 1024 * 1024, ge=512 * 1024 * 1024)
    """The maximum memory of a worker, in bytes. An idle worker uses 270 MB, most of it shared."""
    database_url: str = Field(default="sqlite:///coaster.db", pattern="^(sqlite|postgresql)://")
    """The database of the jobs: a SQLite file (sqlite:///relative or sqlite:////absolute), or a
    PostgreSQL server (postgresql://...) that several machines share.
    """
    job_workers: int = Field(default_factory=usable_cores, ge=1, le=256)
    """The number of large jobs of one client that run at once, each in a worker process of low
    priority. By default, one for each core that the process may use. Two more workers run the large
    jobs of other clients and small jobs.
    """
    max_job_seconds: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    """The maximum predicted cost of a job, in CPU seconds. If a job takes twice this maximum of CPU
    time, its worker is killed.
    """
    max_waiting_jobs: int = Field(default=1000, ge=1)
    """The maximum number of waiting jobs. One client, which is an API key or, without keys, an
    address, may have three quarters of them.
    """
    max_jobs_per_key: int = Field(default=100, ge=1)
    """The maximum number of waiting and running jobs per API key."""
    max_kept_jobs: int = Field(default=10_000, ge=1)
    """The maximum number of jobs that are kept after they end."""
    job_kept_seconds: float = Field(default=86_400.0, gt=0, allow_inf_nan=False)
    """The time for which a job is kept after it ends, in seconds."""
    max_store_bytes: int = Field(default=8 * 1024**3, ge=1024 * 1024)
    """The maximum size of all jobs, in bytes: their requests, logs and results, as predicted for
    jobs that have not ended.
    """
    waiting_per_worker: int = Field(default=4, ge=1)
    """The maximum number of waiting fits per worker. Up to 128 more may wait if they are small."""
    max_fits_per_client: int | None = Field(default=None, ge=1)
    """The maximum number of running and waiting fits per client: per API key or, without keys, per
    address. By default, 4 per worker, or no limit if the host is a loopback address.
    """
    max_wait_seconds: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    """The longest time that a fit waits for a worker, in seconds."""
    max_streams: int = Field(default=256, ge=1)
    """The maximum number of open streams."""
    max_stream_seconds: float = Field(default=300.0, gt=0, allow_inf_nan=False)
    """The longest time that a stream may be open, in seconds."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The log level: `debug` logs every request, `info` only requests that are rejected or fail."""
    log_format: LogFormat = "auto"
    """The log format: `text`, `json` (one object per line) or `auto`, which is text on a terminal
    and JSON elsewhere.
    """
    shutdown_seconds: int = Field(default=8, ge=1)
    """The longest time that a shutdown may take, in seconds. Open requests may use all but the last
    two seconds of it.
    """

    @property
    def in_a_cluster(self) -> bool:
        """True if other machines share the jobs."""
        return self.database_url.startswith("postgresql:")

    @property
    def jobs_in(self) -> str:
        """The location of the jobs for the log, without the password that their URL can hold."""
        if self.in_a_cluster:
            return "PostgreSQL"
        return str(Path(self.database_url.removeprefix("sqlite:///")).absolute())

    @property
    def on_loopback(self) -> bool:
        """True if only this machine can reach the service."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def open_to_anyone(self) -> bool:
        """True if other machines can reach the service and need no key."""
        return not self.on_loopback and self.api_keys_file is None

    @property
    def fits_per_client(self) -> int | None:
        """The maximum number of running and waiting fits per client, or None for no limit."""
        if self.max_fits_per_client is None and not self.on_loopback:
            return FITS_PER_WORKER * self.workers
        return self.max_fits_per_client

    @property
    def held_bytes(self) -> int:
        """The maximum size of all large bodies and answers in memory, in bytes."""
        return max(self.max_held_bytes, self.max_upload_bytes, self.max_body_bytes)

    @property
    def waiting_jobs_per_client(self) -> int:
        """The maximum number of waiting jobs of one client, which leaves a quarter to others."""
        return self.max_waiting_jobs - self.max_waiting_jobs // 4

    @property
    def waiting(self) -> int:
        """The maximum number of waiting fits."""
        return self.waiting_per_worker * self.workers


def variable(name: str) -> str:
    """Return the name of the environment variable of a setting."""
    return f"{VARIABLE_PREFIX}{name.upper()}"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Return the settings of an environment. Raises SettingsError."""
    given = {
        name.removeprefix(VARIABLE_PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(VARIABLE_PREFIX)
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError("; ".join(map(_explained, error.errors()))) from None


def _explained(error: ErrorDetails) -> str:
    """Return the name of the setting and what is wrong with it. The value is not repeated, because
    it can hold a password.
    """
    name = str(error["loc"][0])
    reason = REASONS[error["type"]].format_map(error.get("ctx", {}))
    if error["type"] == "extra_forbidden":
        for near in get_close_matches(name, list(Settings.model_fields), n=1):
            reason += f", did you mean {variable(near)}?"
    return f"{variable(name)}: {reason}"
