import json

import pytest

from coaster_client.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    ProblemError,
    UnauthorizedError,
    UnavailableError,
    problem_error,
)
from service.api.problems import Code

BROKEN = {
    "code": "wrong_type",
    "status": 422,
    "detail": "The body breaks a rule.",
    "request_id": "7",
    "errors": [{"pointer": "/lr", "code": "wrong_type", "detail": "A number is needed."}],
}


def error(status: int, body: object) -> ProblemError:
    return problem_error(status, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "family"),
    [
        (400, InvalidRequestError),
        (401, UnauthorizedError),
        (404, NotFoundError),
        (409, ConflictError),
        (410, NotFoundError),
        (422, InvalidRequestError),
        (429, UnavailableError),
        (502, UnavailableError),
        (503, UnavailableError),
    ],
)
def test_a_problem_has_the_exception_of_its_family(status: int, family: type[ProblemError]) -> None:
    assert type(error(status, BROKEN | {"status": status})) is family


@pytest.mark.parametrize("code", Code)
def test_every_problem_code_is_kept(code: Code) -> None:
    problem = error(code.status, {"code": code, "status": code.status, "detail": code.summary})

    assert (problem.code, problem.status, problem.detail) == (code, code.status, code.summary)


def test_a_problem_says_where_the_body_breaks_a_rule() -> None:
    problem = error(422, BROKEN)

    assert str(problem) == "wrong_type: The body breaks a rule. A number is needed. (/lr)"
    assert problem.errors[0].pointer == "/lr"
    assert problem.request_id == "7"


def test_a_problem_of_the_whole_request_has_no_pointer() -> None:
    errors = [{"pointer": "", "code": "out_of_range", "detail": "Too long."}]
    problem = error(422, BROKEN | {"detail": "Too long.", "errors": errors})

    assert str(problem) == "wrong_type: Too long."


def test_a_problem_with_one_rule_says_it_once() -> None:
    problem = error(422, BROKEN | {"detail": "A number is needed."})

    assert str(problem) == "wrong_type: A number is needed. (/lr)"


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[1]", b'{"code": 5}'])
def test_an_answer_of_a_gateway_is_a_problem_too(body: bytes) -> None:
    problem = problem_error(502, body)

    assert (problem.code, problem.status) == ("http_502", 502)
    assert "502" in problem.detail
