"""The conversion of requests to stored jobs and back."""

import hashlib
import secrets

from service.api.limits import MAX_SEED
from service.api.schemas.questions import FitRequest, JobRequest
from service.descent.questions.specs import FitSpec
from service.jobs.job import Claim, Submission


def submission(body: JobRequest, key: str | None, *, owner: str) -> Submission:
    """Return the request with its seed, so that every run gives the same answer. Its points are
    stored separately, as they are not read with the request.
    """
    as_sent = _json(body)
    points = body.data.model_dump_json().encode() if body.data else None
    digest = hashlib.sha256(
        b"\n".join((as_sent, points or b"", repr(sorted(body.metadata.items())).encode()))
    )
    seeded = (
        body
        if body.seed is not None
        else body.model_copy(update={"seed": secrets.randbelow(MAX_SEED + 1)})
    )
    recording = body.recording()
    return Submission(
        request=_json(seeded),
        points=points,
        metadata=body.metadata,
        key=key,
        digest=digest.hexdigest(),
        steps=recording.steps,
        record_every=recording.record_every,
        owner=owner,
    )


def _json(body: JobRequest) -> bytes:
    return body.model_dump_json(
        by_alias=True, exclude_unset=True, exclude={"data", "metadata"}
    ).encode()


def spec_of(claim: Claim) -> FitSpec:
    """Return the fit of a claimed job."""
    data = b'{"data":' + claim.points + b"," if claim.points else b"{"
    return FitRequest.model_validate_json(data + claim.request.removeprefix(b"{")).spec()
