"""The id, the answer and the log entry of each request.

Successful requests are logged at DEBUG, as a log entry costs a tenth of a request.
"""

import asyncio
import logging
import re
import secrets
from time import perf_counter

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.disconnect import ClientLeftError
from service.api.failures import PROBLEMS, explained, left
from service.api.measuring.measures import Measures
from service.api.middleware.tracing import PROBES, name_span
from service.api.problems import Code, ProblemError
from service.api.responses import respond
from service.api.streaming.response import EventStream

log = logging.getLogger(__name__)

EXIT_STACKS = {"fastapi_inner_astack", "fastapi_function_astack", "fastapi_middleware_astack"}
"""The exit stacks of FastAPI, one kilobyte each. They are not needed after a stream begins."""
IDS = {"request_id", "job_id", "client"}
SANE = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class Requests:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        name_span(scope, request_id)
        began, status = perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        problem = await self._problem(scope, receive, answer)
        if problem and not status:
            await respond(Request(scope), problem)(scope, receive, answer)
        seconds = perf_counter() - began
        self._measures.request(scope, status, seconds)
        level = logging.DEBUG if status < 400 else logging.INFO
        if log.isEnabledFor(level) and scope["path"] not in PROBES:
            _log(level, scope, status, seconds)

    async def _problem(self, scope: Scope, receive: Receive, send: Send) -> ProblemError | None:
        """Run the application or its stream, and return the problem that it did not answer."""
        try:
            await self._app(scope, receive, send)
            if stream := scope["state"].pop("stream", None):
                await _stream(stream, scope, receive, send)
        except asyncio.CancelledError:
            return ProblemError(Code.SHUTTING_DOWN, "The service shut down before it could answer.")
        except PROBLEMS as error:
            return explained(error)
        except Exception:
            log.exception(
                "request_failed", extra={"fields": {"request_id": scope["state"]["request_id"]}}
            )
            return ProblemError(Code.INTERNAL_ERROR, "The service made a mistake; it was logged.")
        return None


async def _stream(stream: EventStream, scope: Scope, receive: Receive, send: Send) -> None:
    """Run a stream.

    Raises one of PROBLEMS before the first event.
    """
    for stack in EXIT_STACKS & scope.keys():
        del scope[stack]
    try:
        await stream.run(send)
    except ClientLeftError:
        await left()(scope, receive, send)


def _log(level: int, scope: Scope, status: int, seconds: float) -> None:
    """Log a request, with its id, its client and the id of the job that it created."""
    ids = {name: value for name, value in scope["state"].items() if name in IDS}
    fields = {
        "method": scope["method"],
        "path": scope["raw_path"].decode(),
        "status": status,
        "ms": round(1000 * seconds, 1),
    }
    log.log(level, "request", extra={"fields": ids | fields})


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode() if SANE.fullmatch(given) else secrets.token_hex(8)
