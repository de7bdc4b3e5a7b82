"""Jobs about the points of other jobs, which they name by their IDs: `data.parts`."""

import re
from typing import Any

from orjson import JSONDecodeError, JSONEncodeError, dumps, loads
from pydantic import ValidationError
from starlette.requests import Request

from service.api.mistakes.bodies import invalid
from service.api.problems import Code, Error, ProblemError
from service.api.schemas.job import PartsOfPoints
from service.api.state import owner, state_of
from service.descent.questions.setting import adapter
from service.jobs.errors import (
    ExpiredJobError,
    NotFinishedError,
    StoreError,
    UnknownJobError,
)
from service.jobs.job import Failure
from service.jobs.jobs import LARGE_BYTES
from service.jobs.storage import queries

FACTOR_POINTER = re.compile("/data/factors/([0-9]+).*")


async def with_factors(request: Request, sent: bytes) -> bytes:
    """Return the body of a job with the factors of the jobs that its `data.parts` names in their
    place. Another body is returned as it is. Raises ProblemError or StoreError.
    """
    if b'"parts"' not in sent:
        return sent
    try:
        body = loads(sent)
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict) or "parts" not in data:
            return sent
        parts = _parts(data)
        factors = [await _factor(request, number, job_id) for number, job_id in enumerate(parts)]
        return dumps(body | {"data": {"factors": factors}})
    except (JSONDecodeError, JSONEncodeError):  # orjson writes fewer levels than it reads
        return sent  # its reading says what is wrong


def of_parts(error: Error) -> Error:
    """Return what is wrong with factors, for a caller who has sent the IDs of jobs instead."""
    pointer = FACTOR_POINTER.sub(r"/data/parts/\1", error.pointer)
    detail = error.detail.replace("`factors`", "`parts`")
    return error.model_copy(update={"pointer": pointer, "detail": detail})


def _parts(data: dict[str, Any]) -> tuple[str, ...]:
    """Return the IDs of the jobs in `data`. Raises ProblemError."""
    validator = adapter(PartsOfPoints)
    try:
        return validator.validate_json(dumps(data)).parts
    except ValidationError as error:
        raise invalid(error, validator).reworded(_in_data) from None


def _in_data(error: Error) -> Error:
    """Return what is wrong with the points, as a part of the body."""
    return error.model_copy(update={"pointer": f"/data{error.pointer}"})


async def _factor(request: Request, number: int, job_id: str) -> object:
    """Return the factor in the result of a job. Raises ProblemError or StoreError."""
    store = state_of(request.app).jobs.store
    try:
        ended = await store.read(queries.ended, job_id, owner=owner(request))
        if isinstance(ended, Failure):
            raise _refusal(number, Code.UNKNOWN_VALUE, "This job has no result")
        if ended.ending_bytes > LARGE_BYTES:
            raise _refusal(number, Code.UNKNOWN_VALUE, "The result of this job is too large")
        ending = await store.read(queries.ending, job_id, owner=owner(request))
    except (UnknownJobError, ExpiredJobError) as error:
        raise _refusal(number, Code.UNKNOWN_VALUE, _sentence(error)) from None
    except NotFinishedError as error:
        raise _refusal(number, Code.NOT_FINISHED, _sentence(error)) from None
    assert isinstance(ending, bytes)
    factor = loads(ending)["result"].get("factor")
    if factor is None:
        message = "The result of this job has no factor: create it with `include` factor"
        raise _refusal(number, Code.UNKNOWN_VALUE, message)
    return factor


def _sentence(error: StoreError) -> str:
    return str(error.__doc__).removesuffix(".")


def _refusal(number: int, code: Code, message: str) -> ProblemError:
    """Return the problem of the part with this number."""
    return ProblemError.of(
        [Error(pointer=f"/data/parts/{number}", code=code, detail=f"{message}.")]
    )
