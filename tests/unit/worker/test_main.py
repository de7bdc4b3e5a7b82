import json
import math
from dataclasses import replace
from socket import MSG_DONTWAIT, SHUT_WR, socketpair
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from service import VERSION
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.asked import Excerpt
from service.descent.questions.fit import FitSpec, PictureSpec, StreamSpec
from service.descent.questions.options import Include, Solver, Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.questions.series import SeriesChoices, SeriesForm, SeriesQuestion
from service.descent.questions.setting import Question
from service.descent.questions.sweep import SweepSpec
from service.descent.questions.table import Lists, Table
from service.pool.frames import (
    EventBytes,
    Reply,
    ReplyKind,
    Tally,
    complete,
    pack,
    unpack_reply,
)
from service.worker.answers import Answered, Parts
from service.worker.main import (
    SPARE_BYTES,
    answer_requests,
    answers_to,
    kind,
    lacks_memory,
    replies,
    reply_parts,
    reply_with,
)
from tests.support.specs import random_specs

LECTURE = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10)


def answer(spec: FitSpec) -> bytes:
    (reply,) = replies([spec])
    return reply.payload


def test_an_answer_leaves_out_what_does_not_apply() -> None:
    assert set(json.loads(answer(LECTURE))) == {
        *(
            "params",
            "scaled",
            "loss",
            "outcome",
            "steps",
            "best",
            "optimum",
            "analysis",
            "verdict",
            "resolved",
        ),
        *("losses", "record_every", "elapsed_ms"),
        *("converged", "r2", "progress"),
    }


def test_a_sentence_leaves_out_the_facts_that_do_not_apply() -> None:
    facts = json.loads(answer(LECTURE))["verdict"]["facts"]

    assert facts["steps"] == 10
    assert "diverged_at" not in facts


def test_an_optimum_tells_what_does_not_exist() -> None:
    lonely = FitSpec(data=Points.of([1], [2]), seed=1, lr=0.1, steps=1)

    assert json.loads(answer(lonely))["optimum"]["standard_errors"] is None


def test_what_cannot_be_computed_is_refused_with_a_reason() -> None:
    huge = FitSpec(data=Points.of([1e100], [2]), seed=1, lr=0.1, steps=1)

    (reply,) = replies([huge])

    assert reply.kind is ReplyKind.REJECTED
    assert b"scale" in reply.payload


def test_an_error_of_our_own_is_told_without_its_text() -> None:
    without_points = FitSpec(seed=42, lr=1e-5, steps=10)

    assert replies([without_points]) == [Reply(ReplyKind.FAILED)]


def test_fits_of_one_message_keep_their_own_answers() -> None:
    alone = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=3, solver="loop")
    refused, failed = (
        FitSpec(data=Points.of([1e100], [2]), seed=1, lr=0.1, steps=1),
        FitSpec(seed=42, lr=1e-5, steps=10),
    )

    together = replies([LECTURE, refused, alone, failed])

    assert [reply.kind for reply in together] == [
        ReplyKind.ANSWER,
        ReplyKind.REJECTED,
        ReplyKind.ANSWER,
        ReplyKind.FAILED,
    ]
    for spec, reply in zip((LECTURE, alone), (together[0], together[2]), strict=True):
        assert numbers(reply.payload) == numbers(answer(spec))


def numbers(payload: bytes) -> dict[str, object]:
    return {name: value for name, value in json.loads(payload).items() if name != "elapsed_ms"}


ALL: tuple[Include, ...] = get_args(Include)
HELD_OUT = [None, Validation(0.3, "tail"), Validation(0.2, "random")]
STOPS = [None, Stop(patience=2), Stop(gradient=1.0, min_improvement=1e-3)]


@given(
    spec=random_specs(steps=20),
    solver=st.sampled_from(["exact", "loop"]),
    validation=st.sampled_from(HELD_OUT),
    stop=st.sampled_from(STOPS),
    whole=st.booleans(),
)
def test_any_question_is_answered_or_refused(
    spec: dict[str, Any],
    solver: Solver,
    validation: Validation | None,
    stop: Stop | None,
    *,
    whole: bool,
) -> None:
    """Among what is written are numbers of numpy and torch, if one forgets to make them plain."""
    setting = spec | {"validation": validation if len(spec["data"]) >= 5 else None}
    others = {name: value for name, value in setting.items() if name != "lr"}
    questions: list[Question] = [
        FitSpec(
            **setting,
            solver=solver,
            stop=stop,
            include=ALL if whole else (),
            at=(0.5,) if whole else None,
        ),
        SweepSpec(
            **others,
            solver=solver,
            lrs=(spec["lr"], 3 * spec["lr"]),
            include=("losses",) if whole else (),
        ),
        AnalysisSpec(**others, lr=spec["lr"] if whole else None),
    ]

    for reply in replies(questions):
        assert reply.kind is not ReplyKind.FAILED
        if reply.kind is ReplyKind.ANSWER:
            json.loads(reply.payload, parse_constant=pytest.fail)


def tally(question: Question) -> Tally:
    (reply,) = replies([question])
    assert reply.tally
    return reply.tally


def test_an_answer_is_counted_by_its_outcome_steps_and_seconds() -> None:
    counted = tally(LECTURE)

    assert (counted.outcome, counted.steps) == ("completed", 10)
    assert 0 < counted.seconds < 10
    assert tally(FitSpec(synthetic=Synthetic(), seed=42, lr=1, steps=1000)).outcome == "diverged"


def test_of_a_sweep_the_steps_of_all_rates_are_counted_and_of_an_analysis_none() -> None:
    swept = tally(SweepSpec(synthetic=Synthetic(), seed=42, lrs=(1e-6, 1e-5), steps=10))
    forecast = tally(AnalysisSpec(synthetic=Synthetic(), seed=42, steps=10))

    assert (swept.outcome, swept.steps) == (None, 20)
    assert (forecast.outcome, forecast.steps) == (None, 0)


class Ticking:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


def test_an_answer_and_its_tally_tell_the_time_that_all_parts_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four parts: the start, two steps and the end, which the reply is made of."""
    monkeypatch.setattr("service.worker.main.perf_counter", Ticking())
    parts = [*reply_parts(replace(LECTURE, steps=1, solver="loop"), lambda _: None)]

    assert parts[-1]
    assert parts[-1].tally
    assert parts[-1].tally.seconds == len(parts) == 4
    assert json.loads(parts[-1].payload)["elapsed_ms"] == 1000 * len(parts)


def test_of_an_excerpt_only_the_members_asked_for_are_written() -> None:
    content: Parts = {"loss": 1.0, "losses": [1.0], "steps": 3}

    reply = reply_with(Excerpt(LECTURE, frozenset({"steps", "loss"})), Answered(content), 1.0)

    assert reply.payload == b'{"loss":1.0,"steps":3}'


def test_the_time_is_rounded_to_microseconds() -> None:
    reply = reply_with(LECTURE, Answered({}), 0.0123456789)

    assert json.loads(reply.payload) == {"elapsed_ms": 12.346}


def test_the_events_of_a_stream_are_told_on_the_way_and_its_answer_has_no_losses() -> None:
    sent: list[EventBytes] = []

    (reply,) = replies([StreamSpec(**vars(LECTURE))], [sent.append])

    assert [event.type for event in sent] == ["started", "steps"]
    whole = numbers(answer(LECTURE))
    del whole["losses"]
    assert numbers(reply.payload) == whole


class Memory:
    """Grants a number of requests for room, and no more, in place of numpy. It remembers the
    sizes.
    """

    uint8 = np.uint8

    def __init__(self, grants: float) -> None:
        self.sizes: list[int] = []
        self._grants = grants

    def empty(self, size: int, _type: object) -> None:
        self.sizes.append(size)
        if len(self.sizes) > self._grants:
            raise MemoryError


PICTURE = PictureSpec(**vars(LECTURE) | {"include": ("predictions", "data")}, form="svg")


def test_a_picture_is_bytes_and_is_counted_as_a_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no JSON: no room is asked for to write it."""
    memory = Memory(math.inf)
    monkeypatch.setattr("service.worker.main.np", memory)

    (reply,) = replies([PICTURE])

    assert reply.kind is ReplyKind.ANSWER
    assert reply.payload.startswith(b"<")
    assert reply.tally
    assert (reply.tally.outcome, reply.tally.steps) == ("completed", 10)
    assert set(memory.sizes) == {SPARE_BYTES}


def test_a_rate_of_a_sweep_that_diverges_counts_the_steps_before() -> None:
    swept = SweepSpec(synthetic=Synthetic(), seed=42, lrs=(1e-5, 1.0), steps=1000)
    (reply,) = replies([swept])
    runs = json.loads(reply.payload)["runs"]
    assert [run["outcome"] for run in runs] == ["completed", "diverged"]

    assert reply.tally
    assert reply.tally.steps == 1000 + runs[1]["diverged_at"] - 1


NO_ROOM = Reply(
    ReplyKind.REJECTED,
    b"The fit needs more memory than a worker has. Record fewer steps, or send fewer points.",
)


SETTING: dict[str, Any] = {"synthetic": Synthetic(), "seed": 42, "lr": 1e-5}
WATCHED: dict[str, StreamSpec] = {
    "one step": StreamSpec(**SETTING, steps=1),
    "in closed form": StreamSpec(**SETTING, steps=2500),
    "by the loop": StreamSpec(**SETTING, steps=100, solver="loop"),
    "in float32": StreamSpec(**SETTING, steps=100, solver="loop", precision="float32"),
    "thinned": StreamSpec(**SETTING, steps=5000, record_every=3),
    "diverging": StreamSpec(**SETTING | {"lr": 1e-4}, steps=2000),
    "diverging by the loop": StreamSpec(
        **SETTING | {"lr": 1e-4}, steps=2000, solver="loop", record_every=50
    ),
    "points held out": StreamSpec(
        **SETTING, steps=2500, validation=Validation(0.3), include=("gradients",)
    ),
    "stopped": StreamSpec(
        **SETTING, steps=2500, stop=Stop(gap=669.695), include=("params", "data")
    ),
    "with predictions": StreamSpec(**SETTING, steps=10, include=("predictions",), at=(0.5, 30.0)),
}


def folded(sent: list[EventBytes], reply: Reply) -> dict[str, object]:
    """The answer that the events of a stream and its reply add up to, without its time."""
    started, *steps = [json.loads(event.body) for event in sent]
    assert started["type"] == "started"
    assert {event["type"] for event in steps} == {"steps"}
    losses = [loss for event in steps for loss in event["loss"]]
    return numbers(reply.payload) | {"losses": losses}


def test_the_events_of_a_stream_and_its_reply_add_up_to_the_answer() -> None:
    different = []
    for name, spec in WATCHED.items():
        sent: list[EventBytes] = []
        (reply,) = replies([spec], [sent.append])
        fields = vars(spec).copy()
        del fields["after"]
        if folded(sent, reply) != numbers(answer(FitSpec(**fields))):
            different.append(name)

    assert different == []


def test_streams_of_one_message_keep_their_events_until_their_replies() -> None:
    ours, theirs = socketpair()
    with ours, theirs:
        sent = answers_to([StreamSpec(**vars(LECTURE))] * 2, theirs)
        with pytest.raises(BlockingIOError):
            ours.recv(1, MSG_DONTWAIT)

    kinds = [
        each.type if isinstance(each, EventBytes) else each.kind
        for each in map(unpack_reply, complete(bytearray(b"".join(sent))))
    ]
    assert kinds == ["started", "steps", ReplyKind.ANSWER] * 2


@pytest.mark.parametrize("grants", [0, 1, 2])
def test_a_fit_is_refused_wherever_memory_ends(
    monkeypatch: pytest.MonkeyPatch, grants: int
) -> None:
    """Before a part, or before the answer is written."""
    monkeypatch.setattr("service.worker.main.np", Memory(grants))

    assert replies([LECTURE]) == [NO_ROOM]


@pytest.mark.parametrize("grants", [0, 1, 2])
def test_fits_that_are_alike_are_refused_wherever_memory_ends(
    monkeypatch: pytest.MonkeyPatch, grants: int
) -> None:
    monkeypatch.setattr("service.worker.main.np", Memory(grants))

    assert replies([LECTURE, LECTURE]) == [NO_ROOM, NO_ROOM]


@pytest.mark.parametrize("form", ["json", "npy", "arrow"])
def test_many_series_find_room_before_each_group_and_before_they_are_written(
    monkeypatch: pytest.MonkeyPatch, form: SeriesForm
) -> None:
    two_lengths = Lists.of([[1.0], [1.0, 2.0]])
    question = SeriesQuestion(
        choices=SeriesChoices(lr=1e-5, scale="none"),
        points=Table(two_lengths, two_lengths),
        form=form,
        max_seconds=10.0,
    )
    memory = Memory(math.inf)
    monkeypatch.setattr("service.worker.main.np", memory)

    (reply,) = replies([question])

    assert reply.kind is ReplyKind.ANSWER
    assert memory.sizes.count(SPARE_BYTES) >= 4  # to begin, before two groups, and to write


def test_an_answer_finds_room_for_each_of_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(math.inf)
    monkeypatch.setattr("service.worker.main.np", memory)

    reply_with(LECTURE, Answered({}, numbers=5), 1.0)

    assert memory.sizes == [500]


def test_a_worker_says_what_it_is_and_answers_message_after_message() -> None:
    (ours, theirs), (memory, other) = socketpair(), socketpair()
    with ours, theirs, memory, other:
        theirs.sendall(pack([LECTURE, LECTURE]) + pack([StreamSpec(**vars(LECTURE))]))
        theirs.shutdown(SHUT_WR)
        answer_requests(ours, memory)
        ours.close()
        with theirs.makefile("rb") as said:
            heard = [unpack_reply(payload) for payload in complete(bytearray(said.read()))]

    ready, first, second, last = [reply for reply in heard if isinstance(reply, Reply)]
    assert [type(each) for each in heard] == [*[Reply] * 3, *[EventBytes] * 2, Reply]
    assert ready == Reply(ReplyKind.READY, kind().encode())
    assert [reply.kind for reply in (first, second, last)] == [ReplyKind.ANSWER] * 3
    assert numbers(first.payload) == numbers(second.payload) == numbers(answer(LECTURE))


def test_the_kind_of_a_worker_names_what_its_bits_depend_on() -> None:
    assert kind() == (
        f"coaster {VERSION}, torch {torch.__version__} "
        f"{torch.backends.cpu.get_cpu_capability()}, numpy {np.__version__}"
    )


def test_an_allocation_that_torch_cannot_make_is_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError) as refused:
        torch.empty(2**59)

    assert lacks_memory(refused.value)
