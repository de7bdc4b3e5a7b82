"""The OpenAPI document is committed, valid and exact: it is that of the application, which serves
it, and every answer and every event matches its schema.
"""

import json
from typing import Any

import httpx
import jsonschema
import pytest
from hypothesis import given
from openapi_spec_validator import validate

from scripts.contract import made
from service.api.problems import Code
from service.pool.frames import EventBytes
from service.pool.interface import WorkerLostError
from tests.support.applications import client_in_process
from tests.support.examples import fewer
from tests.support.legal import analyses, fits, sweeps
from tests.support.paths import ROOT
from tests.support.pools import ScriptedPool
from tests.support.streams import Json, events

TEXT = (ROOT / "openapi" / "openapi.json").read_text()
DOCUMENT = json.loads(TEXT)
EXAMPLES = json.loads((ROOT / "service" / "api" / "contract" / "examples.json").read_text())
SCHEMAS = {
    "fit": ("FitRequest", "FitResult"),
    "sweep": ("SweepRequest", "SweepResult"),
    "analysis": ("AnalysisRequest", "AnalysisResult"),
}
EVENTS = {
    "started": "StartedEvent",
    "steps": "StepsEvent",
    "done": "DoneEvent",
    "failed": "FailedEvent",
}
OPERATIONS = {
    (path, method): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}

RESPONSES = [
    response for operation in OPERATIONS.values() for response in operation["responses"].values()
]


def schema(name: str) -> jsonschema.Draft202012Validator:
    """Return the validator of a schema of the document."""
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    )


def mismatches(name: str, value: Any) -> list[str]:
    """Return where a value does not match a schema."""
    return [
        f"{name}{error.json_path}: {error.message}" for error in schema(name).iter_errors(value)
    ]


def event_mismatches(event: Json) -> list[str]:
    """Return where an event matches neither its own schema nor the one of all events."""
    return [*mismatches(EVENTS[event["type"]], event), *mismatches("StreamEvent", event)]


@pytest.mark.parametrize("path", SCHEMAS)
def test_each_member_of_a_part_of_an_answer_matches_its_schema(
    client: httpx.Client, path: str
) -> None:
    parameter = OPERATIONS[f"/{path}", "post"]["parameters"][0]
    example = next(iter(EXAMPLES[path].values()))
    properties = DOCUMENT["components"]["schemas"][SCHEMAS[path][1]]["properties"]

    for name in parameter["schema"]["items"]["enum"]:
        part = client.post(f"/{path}?fields={name}", json=example["request"]).json()

        whole = jsonschema.Draft202012Validator(
            {"properties": properties, "components": DOCUMENT["components"]}
        )
        assert part.keys() <= {name}
        assert [*whole.iter_errors(part)] == []


def test_a_part_of_an_answer_can_have_each_of_its_members() -> None:
    for path, (_, answer) in SCHEMAS.items():
        parameter = OPERATIONS[f"/{path}", "post"]["parameters"][0]

        known = DOCUMENT["components"]["schemas"][answer]["properties"]
        assert {*parameter["schema"]["items"]["enum"]} == known.keys()


def test_the_committed_document_is_that_of_the_application() -> None:
    assert made() == TEXT


def test_the_application_serves_the_committed_document(client: httpx.Client) -> None:
    assert client.get("/openapi.json").text == TEXT


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


def test_every_example_matches_its_schemas() -> None:
    wrong = [
        mismatch
        for group, (request, answer) in SCHEMAS.items()
        for example in EXAMPLES[group].values()
        for mismatch in (
            *mismatches(request, example["request"]),
            *mismatches(answer, example["answer"]),
        )
    ]

    assert wrong == []


def test_every_problem_of_the_examples_matches_its_schema() -> None:
    problems = [example["answer"] for example in EXAMPLES["problems"].values()]

    assert [mismatch for each in problems for mismatch in mismatches("Problem", each)] == []


def test_every_operation_has_an_id_of_its_own_and_a_summary() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]

    assert [name for name in ids if not name.isidentifier()] == []
    assert len(set(ids)) == len(ids)
    assert [name for name, operation in OPERATIONS.items() if not operation["summary"]] == []


def test_every_operation_has_a_description() -> None:
    assert [name for name, operation in OPERATIONS.items() if not operation["description"]] == []


def test_every_parameter_and_every_header_has_a_description() -> None:
    described = [
        *DOCUMENT["components"]["headers"].items(),
        *((each["name"], each) for op in OPERATIONS.values() for each in op.get("parameters", [])),
        *(header for response in RESPONSES for header in response["headers"].items()),
    ]

    assert [name for name, each in described if not {"description", "$ref"} & each.keys()] == []


def test_a_parameter_that_may_be_absent_is_not_null_instead() -> None:
    parameters = [each for op in OPERATIONS.values() for each in op.get("parameters", [])]

    assert [each["name"] for each in parameters if "anyOf" in each["schema"]] == []


def test_every_response_declares_the_id_of_the_request() -> None:
    assert [each for each in RESPONSES if "X-Request-ID" not in each["headers"]] == []


def test_every_response_that_a_client_repeats_declares_when() -> None:
    repeated = [
        response
        for operation in OPERATIONS.values()
        for status, response in operation["responses"].items()
        if status in {"429", "503"}
    ]

    assert [each for each in repeated if "Retry-After" not in each["headers"]] == []


def test_every_body_has_examples_that_begin_with_points_of_the_caller() -> None:
    bodies = [each["requestBody"] for each in OPERATIONS.values() if "requestBody" in each]

    first = [next(iter(body["content"]["application/json"]["examples"])) for body in bodies]

    assert first == ["points"] * len(bodies)


@pytest.mark.parametrize("path", ["/fit", "/fit/picture", "/sweep", "/analysis"])
def test_an_operation_that_fits_has_all_its_statuses(path: str) -> None:
    responses = OPERATIONS[path, "post"]["responses"]

    assert sorted(responses) == [
        *["200", "400", "401", "413", "415", "422", "429", "500", "503", "504"]
    ]


def test_a_stream_is_described_by_the_schema_of_its_events_in_both_framings() -> None:
    event = {"schema": {"$ref": "#/components/schemas/StreamEvent"}}

    content = OPERATIONS["/fit/stream", "post"]["responses"]["200"]["content"]

    assert content == {"text/event-stream": event, "application/x-ndjson": event}
    assert DOCUMENT["components"]["schemas"]["StreamEvent"]["discriminator"]["mapping"] == {
        name: f"#/components/schemas/{schema}" for name, schema in EVENTS.items()
    }


def test_pictures_have_an_operation_of_their_own() -> None:
    fit, picture = (
        OPERATIONS[path, "post"]["responses"]["200"]["content"] for path in ("/fit", "/fit/picture")
    )

    assert [*fit] == ["application/json"]
    assert [*picture] == ["image/svg+xml", "image/png"]


OF_CONNECTIONS = [
    "host_not_allowed",
    "preflight_rejected",
    "bad_http",
    "expectation_failed",
    "transfer_encoding_not_supported",
    "http_version_not_supported",
    "request_timeout",
    "uri_too_long",
    "headers_too_large",
    "too_many_connections",
]
"""They may end any request, before the application sees it."""


def test_every_code_is_in_the_contract() -> None:
    text = json.dumps(DOCUMENT["paths"])

    assert [code for code in Code if f"`{code}`" not in text] == [
        "method_not_allowed",
        *OF_CONNECTIONS,
    ]


@given(body=fits)
def test_every_answer_to_a_fit_matches_the_schema(client: httpx.Client, body: Json) -> None:
    answer = client.post("/fit", json=body)

    assert answer.status_code == 200, answer.text
    assert mismatches("FitResult", answer.json()) == []


@given(body=sweeps)
def test_every_answer_to_a_sweep_matches_the_schema(client: httpx.Client, body: Json) -> None:
    answer = client.post("/sweep", json=body)

    assert answer.status_code == 200, answer.text
    assert mismatches("SweepResult", answer.json()) == []


@given(body=analyses)
def test_every_answer_to_an_analysis_matches_the_schema(client: httpx.Client, body: Json) -> None:
    answer = client.post("/analysis", json=body)

    assert answer.status_code == 200, answer.text
    assert mismatches("AnalysisResult", answer.json()) == []


@fewer(2)
@given(body=fits)
def test_every_event_of_a_stream_matches_its_schema(client: httpx.Client, body: Json) -> None:
    assert [
        mismatch for event in events(client, body) for mismatch in event_mismatches(event)
    ] == []


def test_a_stream_that_fails_matches_its_schema(client: httpx.Client) -> None:
    body = {"synthetic": {}, "seed": 1}
    started = events(client, body)[0]
    pool = ScriptedPool()
    pool.tell(EventBytes("started", -1, json.dumps(started).encode()))
    pool.fail(WorkerLostError())

    with client_in_process(pool=pool) as failing:
        found = events(failing, body)

    assert found[0] == started
    assert [event["type"] for event in found] == ["started", "failed"]
    assert event_mismatches(found[1]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "steps", "first": 0, "loss": [1.0]},
        {"type": "steps", "first": 0, "loss": [None], "params": {"a": [1.0]}},
        {"type": "done", "result": {}},
        {"type": "failed"},
        {"type": "finished"},
        {},
    ],
)
def test_what_is_no_event_does_not_match(wrong: Json) -> None:
    assert mismatches("StreamEvent", wrong) != []
