"""Streams of events: lines to events, and the position from which a broken stream continues."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Generic, TypeAlias, TypeVar

from coaster_client.calls import JSON, NDJSON, Call, Lost, Response
from coaster_client.errors import UnreachableError
from coaster_client.models import (
    DoneEvent,
    FailedEvent,
    JobDoneEvent,
    ReadingEvent,
    RowsEvent,
    StartedEvent,
    StepsEvent,
)
from coaster_client.retries import Attempts

Part: TypeAlias = bytes | Response | Lost
"""A part of a stream: bytes of its body, an answer that is not a stream, or how it broke off."""
ACCEPT = f"{NDJSON}, {JSON};q=0.5"
"""Lines of JSON for events, and JSON for problems."""
ENDS = (DoneEvent, JobDoneEvent, FailedEvent)
"""The last events of streams."""
BROKEN_OFF = Lost("The stream ended before its last event.")


E = TypeVar("E")
"""The union of the events of a stream."""


class Position:
    """The steps or rows that a reader has received, to leave out those that arrive again.

    A stream that continues may repeat the events before the first step, or begin with a block of
    steps of which the reader has some.
    """

    def __init__(self, last: int | None = None) -> None:
        self.last = last
        """The number of the last step or row received, which is where to continue; None at the
        start.
        """
        self._started = last is not None
        self._points_read = 0
        self._every = 1

    def new(self, event: Any) -> Any:  # noqa: ANN401 - an event of either union, or None
        """Return an event without the steps received before, or None if nothing of it is new. A
        block of rows is never sent in part.
        """
        if isinstance(event, StepsEvent | RowsEvent):
            return self._after_last(event)
        if isinstance(event, StartedEvent | ReadingEvent):
            return event if self._is_new(event) else None
        return event if isinstance(event, ENDS) else None  # later versions may have other events

    def _after_last(self, event: StepsEvent | RowsEvent) -> StepsEvent | RowsEvent | None:
        """Return what is new in an event with steps or rows, and remember its end."""
        if self.last is not None and event.last <= self.last:
            return None
        rest = event
        if isinstance(event, StepsEvent):
            rest = self._rest(event)
            self._learn_distance(rest)
        self.last = event.last
        return rest

    def _is_new(self, event: StartedEvent | ReadingEvent) -> bool:
        """Return whether an event before the first step did not arrive before."""
        if isinstance(event, ReadingEvent):
            known = self._points_read
            self._points_read = max(known, event.points_read)
            return event.points_read > known
        is_new, self._started = not self._started, True
        return is_new

    def _rest(self, event: StepsEvent) -> StepsEvent:
        if self.last is None or self.last < event.first:
            return event
        known = (self.last - event.first) // self._every + 1
        columns = {name: _without(column, known) for name, column in event.raw.items()}
        first = min(event.first + known * self._every, event.last)
        return StepsEvent(columns | {"first": first})

    def _learn_distance(self, event: StepsEvent) -> None:
        """Remember how far apart the recorded steps are. The last step of a fit may come sooner,
        but no steps follow it.
        """
        count = len(event.raw["loss"])
        if count > 1:
            self._every = (event.last - event.first) // (count - 1) or 1
        elif self.last is not None:
            self._every = event.first - self.last


def _without(column: Any, known: int) -> Any:  # noqa: ANN401 - a member of the event
    """Return a column, or the column of each coefficient, without its first entries."""
    if isinstance(column, list):
        return column[known:]
    if isinstance(column, dict):
        return {name: values[known:] for name, values in column.items()}
    return column


class Reading(Generic[E]):
    """A stream that is being read, whatever reads it.

    The reader sends `call`, passes each part of the answer to `receive`, which returns events,
    waits for `pause` seconds, and begins again until the stream has `ended`. The events of a job
    continue after their last step. A stream that is not a job (`resumes` is false) is sent again
    only if it has not begun.
    """

    def __init__(
        self, call: Call[E], attempts: Attempts, *, resumes: bool, after: int | None = None
    ) -> None:
        self._call: Call[E] = replace(call, headers={**call.headers, "Accept": ACCEPT})
        self._attempts = attempts
        self._resumes = resumes
        self._position = Position(after)
        self._begun = False
        self.ended = False

    def call(self) -> Call[E]:
        """Return the call that opens the stream after the last step received."""
        self._rest_of_line = b""
        self._outcome: Response | Lost = BROKEN_OFF
        if self._position.last is None:
            return self._call
        headers = {**self._call.headers, "Last-Event-ID": str(self._position.last)}
        return replace(self._call, headers=headers)

    def receive(self, part: Part) -> Iterator[E]:
        """Yield the new events in a part of the stream. A line that broke off is left out."""
        if not isinstance(part, bytes):
            self._outcome = part
            self.ended |= isinstance(part, Response) and part.status == 204
            return
        self._attempts.begin()
        *lines, self._rest_of_line = (self._rest_of_line + part).split(b"\n")
        for line in filter(None, lines):
            event = self._position.new(self._event(line))
            if event is not None:
                self._begun = True
                self.ended = isinstance(event, ENDS)
                yield event

    def _event(self, line: bytes) -> E:
        """Return the event in a line. Raises UnreachableError if the line is not JSON."""
        try:
            return self._call.read(line)
        except ValueError as error:
            raise UnreachableError(f"The stream is not that of Coaster: {error}") from error

    def pause(self) -> float:
        """Return the seconds to wait before the stream is opened again.

        Raises UnreachableError or ProblemError if it may not be opened again.
        """
        if self.ended:
            return 0.0
        if self._begun and not self._resumes:
            raise UnreachableError(f"{_reason(self._outcome)} A stream of a fit cannot continue.")
        pause = self._attempts.pause(self._call, self._outcome)
        if pause is None:
            self._call.result(self._outcome)
            raise UnreachableError(_reason(self._outcome))
        return pause


def _reason(outcome: Response | Lost) -> str:
    return outcome.reason if isinstance(outcome, Lost) else f"The status is {outcome.status}."
