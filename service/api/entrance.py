"""The way in: what happens to each request before the router, and to its answer.

A request gets an id, names its host, shows its key, and is rejected if it needs a worker and the
queue has no space. HEAD is answered like GET, without the body. The answer is measured and logged.
An exception becomes a problem here and nowhere else. Successful requests are logged at DEBUG, as a
log entry costs a tenth of a request.
"""

import logging
import re
from asyncio import CancelledError
from collections.abc import Mapping
from contextlib import suppress
from os import urandom
from time import perf_counter

from opentelemetry.trace import get_current_span
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.disconnect import DisconnectError
from service.api.endpoints import ASKING_PATHS
from service.api.failures import explained, respond
from service.api.keys import Keys, is_open
from service.api.measures import Measures
from service.api.origins import REJECTED_PREFLIGHT, Hosts
from service.api.problems import Code, ProblemError
from service.api.requests import header
from service.api.state import client, state_of
from service.api.streaming import RUN_LATER
from service.api.transfer.budget import HELD
from service.pool.interface import QueueFullError

log = logging.getLogger(__name__)

DISCONNECTED = 499
"""The status of a request whose client disconnects before the answer. It is for the log only."""
PROBES = {"/livez", "/readyz", "/metrics"}
"""The paths that are requested every few seconds. Their logs and spans would hide the others."""
LOGGED = {"request_id", "job_id", "client", "code", "pointer"}
"""The names in the state of a request that its log line repeats."""
METHODS = "DELETE, GET, HEAD, OPTIONS, POST"
"""The methods that at least one path supports."""
SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class Entrance:
    """ASGI middleware around the whole application, except for the answers to CORS preflights.

    `direct` has routes by path. A POST to one of them skips the router and the layers around it.
    Without `direct`, the router finds the same routes, and the span of a trace gets the request id.
    """

    def __init__(
        self,
        app: ASGIApp,
        measures: Measures,
        keys: Keys | None = None,
        direct: Mapping[str, ASGIApp] | None = None,
        hosts: Hosts | None = None,
    ) -> None:
        self._app = app
        self._measures = measures
        self._hosts = hosts or Hosts(())
        self._keys = keys
        self._direct = direct or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._identify(scope)
        if scope["method"] == "HEAD":
            send = _without_body(send)
        began, status = perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            try:
                await send(message)
            except OSError:
                raise DisconnectError from None

        try:
            asked = self._admit(scope)
            if asked and scope["path"] in self._direct:
                await self._direct[scope["path"]](scope, receive, answer)
            else:
                await self._run(scope, receive, answer)
        except (DisconnectError, ClientDisconnect):
            status = status or DISCONNECTED
        except (Exception, CancelledError) as error:  # noqa: BLE001 - it answers all of them
            problem = explained(error, request_id)
            if not status:
                _store_cause(scope, problem)
                with suppress(DisconnectError):
                    await respond(Request(scope), problem)(scope, receive, answer)
            del problem  # its traceback holds this frame: both, and the body, would stay for long
        self._end(scope, status, perf_counter() - began)

    def _identify(self, scope: Scope) -> str:
        """Store and return the id of a request, which its client may have chosen."""
        given = header(scope, b"x-request-id")
        request_id = given if given and SANE.fullmatch(given) else urandom(8).hex()
        scope.setdefault("state", {})["request_id"] = request_id
        if not self._direct:
            get_current_span().set_attribute("coaster.request_id", request_id)
        return request_id

    def _admit(self, scope: Scope) -> bool:
        """Store the name of the key, and reject a request for which the queue has no space. Return
        whether the request is a question to a worker.

        The busier the service is, the cheaper a rejection must be, so it happens before the router.
        Raises ProblemError, HTTPException and QueueFullError.
        """
        self._hosts.check(header(scope, b"host"))
        if scope["path"].endswith("\n"):  # a route would take it for its path
            raise HTTPException(404)
        if REJECTED_PREFLIGHT in scope["state"]:
            detail = "Its origin is not among those that may call the service."
            raise ProblemError(Code.PREFLIGHT_REJECTED, detail)
        if self._keys and not is_open(scope["path"]):
            scope["state"]["client"] = self._keys.client(header(scope, b"authorization"))
        asked = scope["path"] in ASKING_PATHS and scope["method"] == "POST"
        if asked and state_of(scope["app"]).pool.full_for(client(scope)):
            raise QueueFullError
        return asked

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, and then the stream that it may have left for later."""
        if scope["path"] == "*":  # OPTIONS, for the service as a whole
            await Response(status_code=204, headers={"Allow": METHODS})(scope, receive, send)
            return
        later: list[ASGIApp] = []
        scope["state"][RUN_LATER] = later.append
        inner = dict(scope)  # what the application adds is freed before the stream
        if scope["method"] == "HEAD":
            inner["method"] = "GET"
        try:
            await self._app(inner, receive, send)
        finally:
            scope["route"] = inner.get("route")
        del inner
        for stream in later:
            await stream(scope, receive, send)

    def _end(self, scope: Scope, status: int, seconds: float) -> None:
        """Release what a request holds, count it, and log it with what its state says about it."""
        if HELD in scope["state"]:
            scope["state"].pop(HELD).release()
        self._measures.request(scope, status, seconds)
        level = logging.DEBUG if status < 400 else logging.INFO
        if not log.isEnabledFor(level) or scope["path"] in PROBES:
            return
        known = {name: value for name, value in scope["state"].items() if name in LOGGED}
        fields = {
            "method": scope["method"],
            "path": (scope.get("raw_path") or scope["path"].encode("unicode_escape")).decode(),
            "status": status,
            "ms": round(1000 * seconds, 1),
        }
        log.log(level, "request", extra={"fields": known | fields})


def _without_body(send: Send) -> Send:
    """Return a function that sends the head of an answer, and ends an answer that is a stream."""

    async def head_only(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif message.get("more_body"):
            raise DisconnectError

    return head_only


def _store_cause(scope: Scope, problem: ProblemError) -> None:
    """Store the code of a rejection for the log, and the position of the first broken rule."""
    scope["state"]["code"] = problem.code
    if problem.errors:
        scope["state"]["pointer"] = problem.errors[0].pointer
