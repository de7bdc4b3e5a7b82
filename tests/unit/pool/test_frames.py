from pickle import PickleBuffer
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.answers.results import Outcome
from service.descent.methods.models.parameters import Scaled
from service.descent.questions.fit import FitSpec, StreamSpec
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points
from service.descent.questions.series import SeriesChoices, SeriesQuestion
from service.descent.questions.table import File
from service.pool.frames import (
    PART_BYTES,
    TYPES,
    EventBytes,
    EventType,
    Reply,
    ReplyKind,
    Tally,
    complete,
    pack,
    pack_event,
    pack_reply,
    pack_request,
    split,
    unpack_reply,
    unpack_request,
)

HEAD = 8


@given(st.lists(st.binary(max_size=50)), st.lists(st.integers(1, 40)))
def test_payloads_arrive_whole_however_the_stream_is_cut(
    payloads: list[bytes], cuts: list[int]
) -> None:
    replies = [Reply(ReplyKind.READY, payload) for payload in payloads]
    stream = b"".join(map(pack_reply, replies))
    received, arrived = bytearray(), list[bytes]()

    for cut in [*cuts, len(stream)]:
        received += stream[:cut]
        arrived += complete(received)
        stream = stream[cut:]

    assert [unpack_reply(payload) for payload in arrived] == replies


@pytest.mark.parametrize("kind", [kind for kind in ReplyKind if kind is not ReplyKind.ANSWER])
def test_a_reply_survives_the_way(kind: ReplyKind) -> None:
    assert unpack_reply(pack_reply(Reply(kind, b"why"))[HEAD:]) == Reply(kind, b"why")


@pytest.mark.parametrize("outcome", [None, *get_args(Outcome)])
def test_an_answer_survives_the_way_with_its_tally(outcome: Outcome | None) -> None:
    answer = Reply(ReplyKind.ANSWER, b"{}", Tally(outcome, 10_000_000_000, 0.25))

    assert unpack_reply(pack_reply(answer)[HEAD:]) == answer


def test_a_request_survives_the_way() -> None:
    drawn = FitSpec(synthetic=Synthetic(), seed=1, lr=0.1, steps=5)
    posted = FitSpec(
        data=Points.of([1, 2], [3, 4]), init=Scaled(0.0, 1.0, {"a": 1.0}), seed=1, lr=0.1, steps=5
    )

    assert unpack_request(pack([drawn, posted])[HEAD:]) == [drawn, posted]


@pytest.mark.parametrize("last", [-1, 0, 10_000_000])
@pytest.mark.parametrize("kind", TYPES)
def test_an_event_survives_the_way(kind: EventType, last: int) -> None:
    event = EventBytes(kind, last, b'{"type":"steps"}')

    assert unpack_reply(pack_event(event)[HEAD:]) == event


def test_a_stream_remembers_on_the_way_where_it_goes_on() -> None:
    stream = StreamSpec(synthetic=Synthetic(), seed=1, lr=0.1, steps=5, after=3)

    assert unpack_request(pack([stream])[HEAD:]) == [stream]


def test_the_pieces_of_a_file_follow_the_questions_uncopied() -> None:
    file = [PickleBuffer(b"one"), PickleBuffer(b"two two")]
    question = SeriesQuestion(
        choices=SeriesChoices(seed=1), points=File("npy", file), max_seconds=10.0
    )

    (frame, *pieces), shared = pack_request([question])

    assert shared == []
    contents = pieces[1::2]
    assert [bytes(each) for each in contents] == [b"one", b"two two"]
    assert [each.obj for each in contents if isinstance(each, memoryview)] == [b"one", b"two two"]
    (arrived,) = unpack_request(bytes(frame[HEAD:]), map(bytes, contents))
    assert isinstance(arrived, SeriesQuestion)
    assert isinstance(arrived.points, File)
    assert b"".join(arrived.points.pieces) == b"onetwo two"


@pytest.mark.parametrize(
    ("size", "parts"),
    [(0, 1), (1, 1), (PART_BYTES, 1), (PART_BYTES + 1, 2), (2 * PART_BYTES, 2)],
)
def test_a_large_reply_is_split_into_parts(size: int, parts: int) -> None:
    reply = Reply(ReplyKind.ANSWER, bytes(size), Tally(steps=7))

    pieces = [*split(reply)]

    assert b"".join(piece.payload for piece in pieces) == reply.payload
    assert [piece.kind for piece in pieces] == [*[ReplyKind.PART] * (parts - 1), ReplyKind.ANSWER]
    assert pieces[-1].tally == reply.tally
