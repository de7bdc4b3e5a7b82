"""The way in: what happens to each request before the router, and to its answer.

A request gets an id, shows its key, and is rejected if it needs a worker and the queue has no
space. Its answer is measured and logged. An exception becomes a problem here and nowhere else.
Successful requests are logged at DEBUG, as a log entry costs a tenth of a request.
"""

import logging
import re
from asyncio import CancelledError
from collections.abc import Mapping
from contextlib import suppress
from os import urandom
from time import perf_counter

from opentelemetry.trace import get_current_span
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.disconnect import DisconnectError
from service.api.endpoints import ASKING_PATHS
from service.api.failures import explained, respond
from service.api.keys import Keys, is_open
from service.api.measures import Measures
from service.api.problems import ProblemError
from service.api.requests import header
from service.api.state import client, state_of
from service.api.streaming import RUN_LATER
from service.pool.interface import QueueFullError

log = logging.getLogger(__name__)

DISCONNECTED = 499
"""The status of a request whose client disconnects before the answer. It is for the log only."""
PROBES = {"/livez", "/readyz", "/metrics"}
"""The paths that are requested every few seconds. Their logs and spans would hide the others."""
LOGGED = {"request_id", "job_id", "client", "code", "pointer"}
"""The names in the state of a request that its log line repeats."""
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
    ) -> None:
        self._app = app
        self._measures = measures
        self._keys = keys
        self._direct = direct or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = header(scope, b"x-request-id")
        request_id = given if given and SANE.fullmatch(given) else urandom(8).hex()
        scope.setdefault("state", {})["request_id"] = request_id
        if not self._direct:
            get_current_span().set_attribute("coaster.request_id", request_id)
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
        self._note(scope, status, perf_counter() - began)

    def _admit(self, scope: Scope) -> bool:
        """Store the name of the key, and reject a request for which the queue has no space. Return
        whether the request is a question to a worker.

        The busier the service is, the cheaper a rejection must be, so it happens before the router.
        Raises ProblemError and QueueFullError.
        """
        if self._keys and not is_open(scope["path"]):
            scope["state"]["client"] = self._keys.client(header(scope, b"authorization"))
        asked = scope["path"] in ASKING_PATHS and scope["method"] == "POST"
        if asked and state_of(scope["app"]).pool.full_for(client(scope)):
            raise QueueFullError
        return asked

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, and then the stream that it may have left for later."""
        later: list[ASGIApp] = []
        scope["state"][RUN_LATER] = later.append
        inner = dict(scope)  # what the application adds is freed before the stream
        try:
            await self._app(inner, receive, send)
        finally:
            scope["route"] = inner.get("route")
        del inner
        for stream in later:
            await stream(scope, receive, send)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request that has ended, and log it with what its state says about it."""
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


def _store_cause(scope: Scope, problem: ProblemError) -> None:
    """Store the code of a rejection for the log, and the position of the first broken rule."""
    scope["state"]["code"] = problem.code
    if problem.errors:
        scope["state"]["pointer"] = problem.errors[0].pointer
