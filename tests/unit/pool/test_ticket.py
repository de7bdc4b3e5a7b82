from service.pool.errors import FailedError, FitTimeoutError, RefusedError
from service.pool.frames import Reply, ReplyKind
from service.pool.scheduling import SMALL_SECONDS
from tests.support.time import instant
from tests.support.workers import LARGE, QUICK, answer, ticket


@instant
async def test_a_fit_of_ten_milliseconds_is_small_and_a_longer_one_is_not() -> None:
    assert [ticket(cost).small for cost in (0.0, SMALL_SECONDS, 1.001 * SMALL_SECONDS, LARGE)] == [
        True,
        True,
        False,
        False,
    ]


@instant
async def test_a_fit_that_lost_a_worker_is_neither_small_nor_brief() -> None:
    lost = ticket()
    assert (lost.small, lost.brief) == (True, True)

    lost.losses += 1

    assert (lost.small, lost.brief) == (False, False)


@instant
async def test_a_worker_is_asked_the_question() -> None:
    assert ticket().asked is QUICK


@instant
async def test_an_answer_is_handed_on() -> None:
    waiting = ticket()

    waiting.settle(answer(b'{"loss": 1}'))

    assert waiting.answer.result() == b'{"loss": 1}'


@instant
async def test_a_refusal_is_an_error_with_its_reason() -> None:
    waiting = ticket()

    waiting.settle(Reply(ReplyKind.REFUSED, b"The scale is 0."))

    error = waiting.answer.exception()
    assert isinstance(error, RefusedError)
    assert str(error) == "The scale is 0."


@instant
async def test_a_mistake_of_the_service_is_an_error_without_a_reason() -> None:
    waiting = ticket()

    waiting.settle(Reply(ReplyKind.FAILED, b"a secret"))

    error = waiting.answer.exception()
    assert isinstance(error, FailedError)
    assert str(error) == ""


@instant
async def test_replies_to_a_fit_that_is_no_longer_awaited_are_ignored() -> None:
    for reply in (answer(), Reply(ReplyKind.REFUSED), Reply(ReplyKind.FAILED)):
        left = ticket()
        left.answer.cancel()

        left.settle(reply)

        assert left.answer.cancelled()


@instant
async def test_the_first_answer_counts() -> None:
    waiting = ticket()
    waiting.settle(answer(b"first"))

    waiting.settle(answer(b"second"))
    waiting.fail(FailedError())

    assert waiting.answer.result() == b"first"


@instant
async def test_a_fit_that_took_too_long_has_timed_out() -> None:
    assert isinstance(ticket().overdue(), FitTimeoutError)
