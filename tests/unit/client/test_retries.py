import pytest

from coaster_client.calls import RETRIED, Lost, Response, job, result
from coaster_client.models import FitResult
from coaster_client.retries import FIRST_SECONDS, LONGEST_SECONDS, Attempts, Retries

CALL = job("1")
LOST = Lost("the cable")


def answer(status: int, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


def attempts(count: int = 10, *, chance: float = 1.0, seconds: float = 1e6) -> Attempts:
    """Attempts at a clock that stands still, with the longest pauses."""
    return Attempts(Retries(count, seconds), chance=lambda: chance, now=lambda: 0.0)


@pytest.mark.parametrize("status", sorted(RETRIED))
def test_a_status_that_may_pass_is_retried(status: int) -> None:
    assert attempts().pause(CALL, answer(status)) is not None


@pytest.mark.parametrize("status", [200, 202, 204, 400, 401, 404, 409, 410, 413, 422])
def test_any_other_status_is_final(status: int) -> None:
    assert attempts().pause(CALL, answer(status)) is None


def test_a_lost_connection_is_retried() -> None:
    assert attempts().pause(CALL, LOST) is not None


def test_a_job_that_took_too_long_is_not_asked_again() -> None:
    assert attempts().pause(result("1", FitResult), answer(504)) is None


def test_the_longest_pause_doubles_up_to_a_limit() -> None:
    made = attempts()

    pauses = [made.pause(CALL, LOST) for _ in range(6)]

    assert pauses[:4] == [FIRST_SECONDS * 2**index for index in range(4)]
    assert pauses[4:] == [LONGEST_SECONDS] * 2


def test_a_pause_may_be_nothing() -> None:
    assert attempts(chance=0.0).pause(CALL, LOST) == 0.0


def test_the_service_is_not_asked_before_retry_after() -> None:
    assert attempts(chance=0.0).pause(CALL, answer(503, retry_after="7")) == 7.0


@pytest.mark.parametrize("header", ["soon", "Wed, 21 Oct 2026 07:28:00 GMT", "-3", "nan"])
def test_a_retry_after_that_is_no_time_is_ignored(header: str) -> None:
    assert attempts(chance=0.0).pause(CALL, answer(503, retry_after=header)) == 0.0


def test_the_number_of_attempts_is_bounded() -> None:
    made = attempts(3)

    assert [made.pause(CALL, LOST) is None for _ in range(3)] == [False, False, True]


def test_the_total_time_is_bounded() -> None:
    assert attempts(seconds=5).pause(CALL, answer(503, retry_after="6")) is None


def test_an_answer_begins_the_attempts_anew() -> None:
    made = attempts(2)
    made.pause(CALL, LOST)
    made.begin()

    assert made.pause(CALL, LOST) is not None
