"""Clients that ask for fits and write down how each ended."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import httpx

from tests.support.server import PATIENCE_SECONDS
from tests.support.streams import Json, folded, sse, timeless

RIGHT = "right"


@dataclass
class Clients:
    """Half of the clients ask for whole fits, half for streams, one after the other."""

    url: str
    body: Json
    number: int
    endings: Counter[str] = field(default_factory=Counter)
    """How many fits were right, and how many ended with each problem."""

    def __post_init__(self) -> None:
        self._enough = threading.Event()
        self._answers: dict[int, Json] = {}

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Let the clients ask until the block ends; then each waits for its last answer."""
        threads = [
            threading.Thread(target=self._ask, args=(number,)) for number in range(self.number)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._enough.set()
            for thread in threads:
                thread.join()

    def _ask(self, number: int) -> None:
        """Ask with two seeds, so that each answer can be compared with an undisturbed one."""
        ask = _streamed if number % 2 else _fitted
        with httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS) as client:
            for turn in count(number):
                if self._enough.is_set():
                    return
                body = self.body | {"seed": turn % 2}
                try:
                    self.endings[self._judged(turn % 2, ask(client, body))] += 1
                except Exception as error:  # noqa: BLE001 - any failure is written down
                    self.endings[repr(error)] += 1

    def learn(self) -> None:
        """Ask for the right answers, while the service is not disturbed."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS) as client:
            self._answers = {
                seed: timeless(client.post("/fit", json=self.body | {"seed": seed}).json())
                for seed in (0, 1)
            }

    def _judged(self, seed: int, answer: Json | str) -> str:
        if isinstance(answer, str):
            return answer
        return RIGHT if answer == self._answers[seed] else "wrong"


def _fitted(client: httpx.Client, body: Json) -> Json | str:
    answer = client.post("/fit", json=body)
    return (
        timeless(answer.json())
        if answer.status_code == 200
        else f"{answer.status_code} {answer.json()['code']}"
    )


def _streamed(client: httpx.Client, body: Json) -> Json | str:
    answer = client.post("/fit/stream", json=body)
    if answer.status_code != 200:
        return f"{answer.status_code} {answer.json()['code']}"
    events = [event.content for event in sse(answer.content)]
    if events[-1]["type"] == "failed":
        return f"failed {events[-1]['problem']['code']}"
    return folded(events)
