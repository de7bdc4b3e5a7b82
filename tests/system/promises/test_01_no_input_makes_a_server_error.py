"""Requests that the contract allows, made up by schemathesis.

The hostile bodies of tests/support/bodies.py are sent in process by tests/unit/api/test_body.py and
over the wire by tests/integration/api/test_hostile.py.
"""

import json
from collections.abc import Callable
from typing import Any

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

from service.api.endpoints import ARROW, ARROW_FILE, NPY, PARQUET
from service.api.problems import Code
from service.pool.frames import TYPES
from tests.support.bodies import HOSTILE
from tests.support.examples import fewer
from tests.support.paths import ROOT
from tests.support.server import Server
from tests.support.streams import SSE, Json

pytestmark = pytest.mark.untimed

DOCUMENT = json.loads((ROOT / "openapi" / "openapi.json").read_text())
OPERATIONS = sum(len(path) for path in DOCUMENT["paths"].values())
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FRAMED = {
    "type": "object",
    "properties": {
        "event": {"enum": [*TYPES]},
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "data": {"type": "string"},
    },
    "required": ["event", "data"],
}
"""A server-sent event as schemathesis reads it. The contract has the schema of its data, as
generators of clients read it. tests/unit/api/contract checks the data of each event.
"""


def with_framed_events(document: Json) -> Json:
    """Return the contract with the schema of a framed event for each stream."""
    framed: Json = json.loads(json.dumps(document))
    for operations in framed["paths"].values():
        for operation in operations.values():
            content = operation["responses"].get("200", {}).get("content", {})
            if SSE in content:
                content[SSE] = {"schema": FRAMED}
    return framed


@schemathesis.serializer(NPY, ARROW, ARROW_FILE, PARQUET)
def any_file(_context: object, value: object) -> bytes:
    """Return bytes that are hardly ever a file. tests/unit/worker damages real ones."""
    return bytes(value) if isinstance(value, bytes) else str(value).encode()


schema = schemathesis.openapi.from_dict(with_framed_events(DOCUMENT))


@schema.parametrize()
@settings(fewer(4), suppress_health_check=list(HealthCheck))
def test_every_answer_to_what_the_contract_allows_is_in_the_contract(
    case: schemathesis.Case[Any], server: Server
) -> None:
    checks = CHECKS
    if "fields" in (case.query or {}):  # tests/unit/api/contract checks the parts
        checks = [check for check in CHECKS if check is not response_schema_conformance]
    case.call_and_validate(base_url=server.url, checks=checks, timeout=60)


def test_each_code_of_the_hostile_bodies_is_listed_with_its_status(
    tell: Callable[[str], None],
) -> None:
    statuses = {(Code(hostile.code), hostile.status) for hostile in HOSTILE.values()}

    tell(
        f"{len(HOSTILE)} hostile bodies, and {fewer(4).max_examples} requests for each of the "
        f"{OPERATIONS} operations of the contract"
    )
    assert len(HOSTILE) >= 60
    assert [(code, status) for code, status in statuses if Code(code).status != status] == []
