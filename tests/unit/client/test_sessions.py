"""Both sessions, over transports whose outcomes a test lists."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from typing import Any

import pytest

from coaster_client import calls
from coaster_client.async_sessions import AsyncSession
from coaster_client.calls import Call, Lost, Response
from coaster_client.errors import InvalidRequestError, NotFoundError, UnreachableError
from coaster_client.events import Part
from coaster_client.models import JobEvent
from coaster_client.retries import Retries
from coaster_client.sessions import Session
from coaster_client.transport import AsyncTransport, Transport

JOB = Response(202, {}, b'{"id": "1", "status": "queued"}')
BUSY = Response(503, {}, b"")
GONE = Response(404, {}, b"")
STEPS = b'{"type": "steps", "first": 0, "last": 3, "loss": [1, 2, 3, 4]}\n'
DONE = b'{"type": "done", "result": {}}\n'


class Scripted(Transport):
    """Answers calls with these outcomes, one after the other, and remembers the calls."""

    def __init__(self, outcomes: list[Any]) -> None:
        self.outcomes: Iterator[Any] = iter(outcomes)
        self.sent: list[Call[Any]] = []

    def send(self, call: Call[Any]) -> Response | Lost:
        self.sent.append(call)
        outcome: Response | Lost = next(self.outcomes)
        return outcome

    def stream(self, call: Call[Any]) -> Generator[Part, None, None]:
        self.sent.append(call)
        yield from next(self.outcomes)


class AsyncScripted(AsyncTransport):
    """The same for tasks."""

    def __init__(self, script: Scripted) -> None:
        self.script = script

    async def send(self, call: Call[Any]) -> Response | Lost:
        return self.script.send(call)

    async def stream(self, call: Call[Any]) -> AsyncGenerator[Part, None]:
        for part in self.script.stream(call):
            yield part


RETRIES = Retries(attempts=3)
Send = Callable[[Scripted, Call[Any]], Any]
Follow = Callable[[Scripted], list[JobEvent]]


def send(script: Scripted, call: Call[Any]) -> Any:
    return Session(script, RETRIES).send(call)


def send_async(script: Scripted, call: Call[Any]) -> Any:
    return asyncio.run(AsyncSession(AsyncScripted(script), RETRIES).send(call))


def follow(script: Scripted) -> list[JobEvent]:
    return list(Session(script, RETRIES).follow(calls.job_events("1"), resumes=True))


def follow_async(script: Scripted) -> list[JobEvent]:
    async def run() -> list[JobEvent]:
        session = AsyncSession(AsyncScripted(script), RETRIES)
        return [each async for each in session.follow(calls.job_events("1"), resumes=True)]

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coaster_client.retries.FIRST_SECONDS", 0.0)


both_send = pytest.mark.parametrize("send", [send, send_async])
both_follow = pytest.mark.parametrize("follow", [follow, follow_async])


@both_send
def test_a_call_is_sent_until_it_succeeds(send: Send) -> None:
    assert send(Scripted([BUSY, Lost("cut"), JOB]), calls.job("1")).id == "1"


@both_send
def test_a_job_is_created_once_however_often_it_is_sent(send: Send) -> None:
    script = Scripted([BUSY, Lost("cut"), JOB])

    send(script, calls.create_job({}))

    assert len(script.sent) == 3
    assert len({call.headers["Idempotency-Key"] for call in script.sent}) == 1


@both_send
def test_a_rejected_request_is_sent_once(send: Send) -> None:
    script = Scripted([Response(422, {}, b"")])

    with pytest.raises(InvalidRequestError):
        send(script, calls.job("1"))
    assert len(script.sent) == 1


@both_send
def test_a_job_that_is_gone_when_its_deletion_is_sent_again_was_deleted(send: Send) -> None:
    script = Scripted([Lost("cut"), GONE])

    send(script, calls.delete_job("1"))

    assert len(script.sent) == 2


@both_send
def test_a_job_that_does_not_exist_cannot_be_deleted(send: Send) -> None:
    with pytest.raises(NotFoundError):
        send(Scripted([GONE]), calls.delete_job("1"))


@both_send
def test_the_last_failure_is_raised(send: Send) -> None:
    with pytest.raises(UnreachableError, match="third"):
        send(Scripted([BUSY, BUSY, Lost("third")]), calls.job("1"))


@both_follow
def test_a_stream_is_opened_again_after_its_last_step(follow: Follow) -> None:
    script = Scripted([[STEPS, Lost("cut")], [BUSY], [DONE]])

    events = follow(script)

    assert [event.type for event in events] == ["steps", "done"]
    assert [call.headers.get("Last-Event-ID") for call in script.sent] == [None, "3", "3"]
