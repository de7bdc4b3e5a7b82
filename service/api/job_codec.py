"""The conversion of requests to stored jobs and back."""

from hashlib import sha256

from orjson import OPT_SORT_KEYS, Fragment, dumps, loads

from service.api.requests import parse
from service.api.schemas.job import JobRequest
from service.descent.questions.fit import FitSpec
from service.jobs.job import Claim, Submission


def submission(sent: bytes, body: JobRequest, key: str | None, *, owner: str) -> Submission:
    """Return the request with its seed, so that every run gives the same answer. Its points are
    stored separately, as they are not read with the request.

    `sent` is the body as it was sent.
    """
    request = loads(sent)
    points = dumps(body.data.columns()) if body.data else None
    for stored_elsewhere in ("data", "metadata"):
        request.pop(stored_elsewhere, None)
    same = [request, body.metadata, Fragment(points or b"null")]
    return Submission(
        request=dumps(request | {"seed": body.seed}),
        points=points,
        metadata=body.metadata,
        key=key,
        digest=sha256(dumps(same, option=OPT_SORT_KEYS)).hexdigest(),
        steps=body.steps,
        record_every=body.every,
        owner=owner,
    )


def spec_of(claim: Claim) -> FitSpec:
    """Return the fit of a claimed job."""
    request = loads(claim.request)
    if claim.points:
        request["data"] = Fragment(claim.points)
    return parse(dumps(request), FitSpec)
