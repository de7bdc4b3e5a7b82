import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from scripts.contract import answered, document
from service.api.problems import KINDS
from tests.contract.requests import analyses, fits, sweeps
from tests.server import LONG, serving
from tests.streams import Json, events

ROOT = Path(__file__).parents[2]
DOCUMENT = json.loads((ROOT / "openapi" / "openapi.json").read_text())
EXAMPLES = json.loads((ROOT / "service" / "api" / "examples.json").read_text())
SCHEMAS = {
    "fits": ("FitRequest", "FitResult"),
    "sweeps": ("SweepRequest", "SweepResult"),
    "analyses": ("AnalysisRequest", "AnalysisResult"),
}


def schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}


def test_the_committed_document_is_the_applications() -> None:
    assert (ROOT / "openapi" / "openapi.json").read_text() == document()


def test_it_is_valid() -> None:
    validate(DOCUMENT)


def test_the_service_serves_it(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == DOCUMENT


def test_the_examples_are_what_the_service_answers() -> None:
    assert json.loads(asyncio.run(answered())) == EXAMPLES


@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group in SCHEMAS for name in EXAMPLES[group]]
)
def test_an_example_matches_its_schemas(group: str, name: str) -> None:
    request, answer = SCHEMAS[group]
    jsonschema.validate(EXAMPLES[group][name]["request"], schema(request))
    jsonschema.validate(EXAMPLES[group][name]["answer"], schema(answer))


@pytest.mark.parametrize("name", EXAMPLES["problems"])
def test_a_problem_matches_its_schema(name: str) -> None:
    jsonschema.validate(EXAMPLES["problems"][name]["answer"], schema("Problem"))


def test_every_operation_has_an_id_a_summary_and_its_statuses() -> None:
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]

    assert all(
        operation["operationId"].isidentifier() and operation["summary"] for operation in operations
    )
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for path in ("/fit", "/sweep", "/analysis"):
        assert {"200", "400", "401", "413", "415", "422", "429", "500", "503", "504"} == DOCUMENT[
            "paths"
        ][path]["post"]["responses"].keys()


def test_a_stream_is_described_event_by_event_in_both_framings() -> None:
    content = DOCUMENT["paths"]["/fit/stream"]["post"]["responses"]["200"]["content"]

    assert set(content) == {"text/event-stream", "application/x-ndjson"}
    assert content["application/x-ndjson"]["itemSchema"] == {
        "$ref": "#/components/schemas/StreamEvent"
    }
    framed = content["text/event-stream"]["itemSchema"]["properties"]
    assert framed["data"]["contentSchema"] == {"$ref": "#/components/schemas/StreamEvent"}
    assert framed["event"]["enum"] == list(
        DOCUMENT["components"]["schemas"]["StreamEvent"]["discriminator"]["mapping"]
    )


OF_CONNECTIONS = [
    "bad_http",
    "request_timeout",
    "uri_too_long",
    "headers_too_large",
    "too_many_connections",
]
"""They may end any request, before the application."""


def test_every_code_is_in_the_contract() -> None:
    text = json.dumps(DOCUMENT["paths"])

    assert [code for code in KINDS if f"`{code}`" not in text] == [
        "method_not_allowed",
        *OF_CONNECTIONS,
    ]


@pytest.mark.parametrize(
    ("path", "bodies", "answer"),
    [
        ("/fit", fits, "FitResult"),
        ("/sweep", sweeps, "SweepResult"),
        ("/analysis", analyses, "AnalysisResult"),
    ],
)
@given(data=st.data())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_answer_matches_the_schema(
    client: httpx.Client,
    path: str,
    bodies: st.SearchStrategy[Any],
    answer: str,
    data: st.DataObject,
) -> None:
    answered = client.post(path, json=data.draw(bodies))

    assert answered.status_code == 200, answered.text
    jsonschema.validate(answered.json(), schema(answer))


EVENTS = {
    "started": "StartedEvent",
    "steps": "StepsEvent",
    "done": "DoneEvent",
    "failed": "FailedEvent",
}


def check(event: Json) -> None:
    """Its own schema, and the one that tells them apart."""
    jsonschema.validate(event, schema(EVENTS[event["type"]]))
    jsonschema.validate(event, schema("StreamEvent"))


@given(body=fits)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_event_of_a_stream_matches_its_schema(client: httpx.Client, body: Json) -> None:
    for event in events(client, body):
        check(event)


def test_a_stream_that_fails_matches_the_schema() -> None:
    with (
        serving("--workers", "1", COASTER_MAX_STREAM_SECONDS="0.3") as server,
        httpx.Client(base_url=server.url) as client,
    ):
        last = events(client, LONG)[-1]

    assert last["type"] == "failed"
    check(last)


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
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema("StreamEvent"))
