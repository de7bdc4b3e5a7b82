"""Digests of what the store holds, so that damage on the disk is noticed and not sent as a number.

Each digest covers the place of its data too: data that were moved or lost are noticed as well.
"""

import logging
from hashlib import blake2b
from typing import Any

from orjson import OPT_SORT_KEYS, dumps
from sqlalchemy import Row

from service.jobs.errors import DamagedJobError
from service.jobs.job import StoredJob
from service.jobs.submission import Submission

log = logging.getLogger(__name__)

DIGEST_BYTES = 16
"""The size of a digest in bytes. It protects against accidents, not against people."""


def digest_of_event(job_id: str, after: int | None, last: int, body: bytes) -> bytes:
    """Return the digest of an event in the log of a job, which comes after the event that ends with
    the step or row `after`, or first for None.
    """
    return _digest(f"event {job_id} {after} {last} ", body)


def digest_of_ending(job_id: str, body: bytes) -> bytes:
    """Return the digest of the last event of a job."""
    return _digest(f"ending {job_id} ", body)


def digest_of_points(job_id: str, body: bytes) -> bytes:
    """Return the digest of the points of a job."""
    return _digest(f"points {job_id} ", body)


def digest_of_piece(job_id: str, number: int, body: bytes) -> bytes:
    """Return the digest of a piece of the file of a job."""
    return _digest(f"file {job_id} {number} ", body)


def digest_of_request(
    request: Submission | StoredJob | Row[Any], *, job_id: str, owner: str
) -> bytes:
    """Return the digest of what the owner of a job asked for, without its points."""
    numbers = request.steps, request.record_every
    described = dumps(
        [job_id, owner, request.question, request.metadata, *numbers], option=OPT_SORT_KEYS
    )
    return _digest(f"request {described.decode()} ", request.request)


def check(job_id: str, stored: bytes | None, computed: bytes) -> None:
    """Compare the digest in the store with that of the data. A store from before version 4 has
    none. Raises DamagedJobError.
    """
    if stored is not None and stored != computed:
        raise damaged(job_id)


def damaged(job_id: str) -> DamagedJobError:
    """Log that the data of a job are damaged, and return the error."""
    log.error("job_damaged", extra={"fields": {"job_id": job_id}})
    return DamagedJobError()


def _digest(place: str, body: bytes) -> bytes:
    digest = blake2b(place.encode(), digest_size=DIGEST_BYTES)
    digest.update(body)
    return digest.digest()
