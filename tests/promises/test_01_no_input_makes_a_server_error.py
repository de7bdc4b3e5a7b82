import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.api.problems import Code
from tests.api.bodies import HOSTILE, JSON, Hostile
from tests.server import Server

pytestmark = pytest.mark.untimed

DOCUMENT = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text())
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES, SOME = 100, 25
"""Of each operation."""
schema = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.mark.quick
@schema.parametrize()
@settings(max_examples=SOME, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_to_what_the_contract_allows_are_in_the_contract(
    case: schemathesis.Case[Any], server: Server
) -> None:
    case.call_and_validate(base_url=server.url, checks=CHECKS, timeout=30)


@pytest.mark.long
@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_to_what_the_contract_allows_is_in_the_contract(
    case: schemathesis.Case[Any], server: Server
) -> None:
    case.call_and_validate(base_url=server.url, checks=CHECKS, timeout=30)


def test_there_are_sixty_hostile_bodies(tell: Callable[[str], None]) -> None:
    operations = sum(len(path) for path in DOCUMENT["paths"].values())

    tell(
        f"{len(HOSTILE)} hostile bodies, and {EXAMPLES} requests of each of the {operations} "
        "operations of the contract"
    )
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_a_listed_problem(client: httpx.Client, hostile: Hostile) -> None:
    answer = client.post("/fit", content=hostile.body, headers=JSON)

    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] in set(Code)
    assert answer.json()["status"] == answer.status_code
