"""The limits of requests: those that do not come from a field of a question, and all as listed."""

from pydantic import BaseModel, ConfigDict, Field

from service.descent.methods import bounds
from service.descent.questions.records import MAX_NUMBERS, MAX_RECORDS

MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100
MAX_TARGET_BYTES = 8 * 1024
MAX_METADATA = 16
MAX_NAME = 64
MAX_NOTE = 512
"""The maximum length of a value in the metadata, in characters. `MAX_NAME` is that of a name."""
MAX_KEY = 255
MAX_PAGE = 100


class Limits(BaseModel):
    """The limits in force."""

    model_config = ConfigDict(use_attribute_docstrings=True, from_attributes=True)

    target_bytes: int = MAX_TARGET_BYTES
    """Maximum size of the path and query, in bytes."""
    head_bytes: int = MAX_HEAD_BYTES
    """Maximum size of the headers, in bytes."""
    headers: int = MAX_HEADERS
    """Maximum number of headers."""
    head_seconds: float = Field(validation_alias="max_head_seconds")
    """Maximum time for the head of a request to arrive, in seconds."""
    body_seconds: float = Field(validation_alias="max_body_seconds")
    """Maximum time for the body of a request to arrive, in seconds. A file of a job above
    `upload_bytes` has as much more time.
    """
    connections: int = Field(validation_alias="max_connections")
    """Maximum number of open connections."""
    body_bytes: int = Field(validation_alias="max_body_bytes")
    """Maximum size of the body, in bytes."""
    upload_bytes: int = Field(validation_alias="max_upload_bytes")
    """Maximum size of a file, in bytes."""
    job_file_bytes: int = Field(validation_alias="max_job_file_bytes")
    """Maximum size of a file of CSV of a job, in bytes."""
    held_bytes: int
    """Maximum size of all large bodies that arrive and all large answers that wait for their
    clients, in bytes.
    """
    points: int = bounds.MAX_POINTS
    """Maximum number of points of a fit in JSON, and of each series of `POST /series`."""
    points_in_file: int = bounds.MAX_FILE_POINTS
    """Maximum number of points in a file if all are needed at once: for the loop, batches, held-out
    points, networks and predictions of the points. Other questions take as many as a file holds.
    """
    series: int = bounds.MAX_SERIES
    """Maximum number of series in one file."""
    series_in_json: int = bounds.MAX_JSON_SERIES
    """Maximum number of series in one request in JSON."""
    values_in_json: int = bounds.MAX_JSON_VALUES
    """Maximum number of values of t and y of series in JSON, counted by their commas."""
    series_points: int = bounds.MAX_SERIES_POINTS
    """Maximum number of points of all series in one file, including missing ones."""
    series_id: int = bounds.MAX_ID
    """Maximum length of the name of a series, in characters."""
    degree: int = bounds.MAX_DEGREE
    """Maximum degree of a polynomial."""
    steps: int = bounds.MAX_STEPS
    """Maximum number of steps."""
    at: int = bounds.MAX_AT
    """Maximum number of values in `at`."""
    records: int = MAX_RECORDS
    """Maximum number of recorded steps in one answer."""
    numbers: int = MAX_NUMBERS
    """Maximum number of numbers in one answer: records x columns."""
    number: float = bounds.MAX_NUMBER
    """Maximum absolute value of t, y and coefficients."""
    lr: float = bounds.MAX_LR
    """Maximum learning rate."""
    lrs: int = bounds.MAX_LRS
    """Maximum number of rates in one sweep."""
    schedule: int = bounds.MAX_SCHEDULE
    """Maximum number of rates in a list."""
    layers: int = bounds.MAX_LAYERS
    """Maximum number of hidden layers in a network."""
    units: int = bounds.MAX_UNITS
    """Maximum number of units in one layer."""
    unit_values: int = bounds.MAX_UNIT_VALUES
    """Maximum number of points of a fit times the hidden units of its network."""
    seed: int = bounds.MAX_SEED
    """Maximum seed."""
    fit_seconds: float = Field(validation_alias="max_fit_seconds")
    """Maximum predicted CPU time of a fit, in seconds. Its wall-clock limit is three times that."""
    workers: int
    """Number of worker processes that one client can keep busy with long fits."""
    waiting_fits: int = Field(validation_alias="waiting")
    """Maximum number of fits that may wait while the workers run long ones. For each worker that is
    soon idle, 128 more small fits may wait.
    """
    fits_per_client: int | None = None
    """Maximum number of running and waiting fits of one client. Absent if there is no limit."""
    wait_seconds: float = Field(validation_alias="max_wait_seconds")
    """Maximum time that a fit waits for a worker, in seconds."""
    streams: int = Field(validation_alias="max_streams")
    """Maximum number of open streams."""
    stream_seconds: float = Field(validation_alias="max_stream_seconds")
    """Maximum time that a stream may be open, in seconds."""
    job_seconds: float = Field(validation_alias="max_job_seconds")
    """Maximum predicted CPU time of a job, in seconds. It may take twice that CPU time."""
    waiting_jobs: int = Field(validation_alias="max_waiting_jobs")
    """Maximum number of jobs that may wait."""
    waiting_jobs_per_client: int
    """Maximum number of jobs of one client that may wait: of a key or, without keys, an address."""
    jobs_per_key: int = Field(validation_alias="max_jobs_per_key")
    """Maximum number of jobs of one key that may wait and run at once."""
    kept_jobs: int = Field(validation_alias="max_kept_jobs")
    """Maximum number of jobs that are kept after their end."""
    job_kept_seconds: float
    """Time for which a job is kept after its end, in seconds."""
    store_bytes: int = Field(validation_alias="max_store_bytes")
    """Maximum size of all jobs that wait, run and are kept, in bytes."""
    metadata: int = MAX_METADATA
    """Maximum number of entries in the metadata of a job."""
    idempotency_key: int = MAX_KEY
    """Maximum length of an Idempotency-Key, in characters."""
    page: int = MAX_PAGE
    """Maximum number of jobs in one list."""
    shutdown_seconds: int
    """Maximum time that a shutdown may take, in seconds."""
