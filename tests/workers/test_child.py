import json
from time import sleep

from service.descent.spec import FitSpec, Synthetic
from service.workers.child import answer, gathered, reply
from service.workers.frames import Kind, Reply
from tests.descent.specs import points

LECTURE = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10)


def test_an_answer_leaves_out_what_does_not_apply() -> None:
    assert set(json.loads(answer(LECTURE))) == {
        *("params", "scaled", "loss", "outcome", "steps", "best", "optimum", "resolved", "losses", "record_every", "elapsed_ms")
    }


def test_an_optimum_tells_what_does_not_exist() -> None:
    lonely = FitSpec(data=points([1], [2]), seed=1, lr=0.1, steps=1)

    assert json.loads(answer(lonely))["optimum"]["standard_errors"] is None


def test_what_cannot_be_computed_is_refused_with_a_reason() -> None:
    huge = FitSpec(data=points([1e100], [2]), seed=1, lr=0.1, steps=1)

    assert reply(huge).kind is Kind.REFUSED
    assert b"scale" in reply(huge).payload


def test_an_error_of_our_own_is_told_without_its_text() -> None:
    without_points = FitSpec(seed=42, lr=1e-5, steps=10)

    assert reply(without_points) == Reply(Kind.FAILED)


def test_replies_that_come_at_once_travel_together() -> None:
    ready = [Reply(Kind.ANSWER)] * 3

    assert list(gathered(ready)) == [ready]


def test_a_reply_waits_for_one_more_at_most() -> None:
    def replies() -> object:
        yield Reply(Kind.ANSWER, b"1")
        sleep(0.02)
        yield Reply(Kind.ANSWER, b"2")
        yield Reply(Kind.ANSWER, b"3")

    assert len(list(gathered(replies()))) == 2  # type: ignore[arg-type]
