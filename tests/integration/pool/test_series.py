"""Files that go to a real worker, also if it dies on the way."""

import json
import os
import signal
from contextlib import aclosing
from pickle import PickleBuffer

import numpy as np
import pytest

from service.descent.questions.series import SeriesChoices, SeriesQuestion, SeriesStream
from service.descent.questions.table import File
from service.pool.memory import Mapping, SharedMemory
from service.pool.pool import Pool
from tests.support.processes import LARGE, QUICK, SMALL, pids, with_pool
from tests.support.tables import Y, npy

CHOICES = SeriesChoices(seed=42, steps=10)
SERIES = 2000
PIECE_BYTES = 4096


def file(array: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> File:
    content = npy(array)
    pieces = range(0, len(content), PIECE_BYTES)
    return File("npy", [PickleBuffer(content[i : i + PIECE_BYTES]) for i in pieces])


def many() -> File:
    """Return series of which every hundredth has no points."""
    t = np.tile(np.arange(5.0), (SERIES, 1))
    y = np.random.default_rng(1).normal(size=(SERIES, 5))
    y[::100] = np.nan
    return file(np.stack([t, y], axis=1))


def test_a_file_of_megabytes_arrives_in_its_pieces() -> None:
    async def test(pool: Pool) -> None:
        rows = np.full((20, 2, 50_000), np.nan)  # 16 MB
        rows[:, 0, :5], rows[:, 1, :5] = range(5), Y
        question = SeriesQuestion(choices=CHOICES, points=file(rows), max_seconds=10.0)

        answer = json.loads(await pool.answer(question, LARGE))

        assert answer["params"]["a"] == [pytest.approx(1.3082748909676316)] * 20
        assert len(answer["ids"]) == 20

    with_pool(test)


def test_a_worker_that_dies_is_followed_by_one_that_goes_on_after_the_last_row() -> None:
    async def test(pool: Pool) -> None:
        stream = SeriesStream(choices=CHOICES, points=many(), max_seconds=10.0)
        async with aclosing(pool.stream(stream, LARGE)) as events:
            received = [await anext(events)]
            os.kill(pids()[0], signal.SIGKILL)
            received += [event async for event in events]

        *blocks, done = [json.loads(event.body) for event in received]
        rows = [name for block in blocks for name in block["ids"]]
        assert rows == [str(row) for row in range(SERIES)]
        assert (done["result"]["series"], done["result"]["failed"]) == (SERIES, SERIES // 100)

    with_pool(test)


def test_a_worker_that_dies_is_followed_by_one_that_reads_the_same_shared_memory() -> None:
    async def test(pool: Pool) -> None:
        memory = SharedMemory()
        for piece in many().pieces:
            memory.write(piece.raw())
        points = File("npy", [PickleBuffer(Mapping(memory))])
        stream = SeriesStream(choices=CHOICES, points=points, max_seconds=10.0)
        async with aclosing(pool.stream(stream, LARGE)) as events:
            received = [await anext(events)]
            os.kill(pids()[0], signal.SIGKILL)
            received += [event async for event in events]

        *blocks, _ = [json.loads(event.body) for event in received]
        assert sum(len(block["ids"]) for block in blocks) == SERIES

    with_pool(test)


def test_a_worker_answers_other_questions_after_a_file() -> None:
    async def test(pool: Pool) -> None:
        question = SeriesQuestion(choices=CHOICES, points=many(), max_seconds=10.0)

        await pool.answer(question, LARGE)

        assert await pool.answer(QUICK, SMALL)

    with_pool(test)
