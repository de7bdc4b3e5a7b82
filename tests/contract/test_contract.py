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

ROOT = Path(__file__).parents[2]
DOCUMENT = json.loads((ROOT / "openapi" / "openapi.json").read_text())
EXAMPLES = json.loads((ROOT / "service" / "api" / "examples.json").read_text())
FITS = EXAMPLES["fits"]


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


@pytest.mark.parametrize("name", FITS)
def test_an_example_matches_its_schemas(name: str) -> None:
    jsonschema.validate(FITS[name]["request"], schema("FitRequest"))
    jsonschema.validate(FITS[name]["answer"], schema("FitResult"))


@pytest.mark.parametrize("name", EXAMPLES["problems"])
def test_a_problem_matches_its_schema(name: str) -> None:
    jsonschema.validate(EXAMPLES["problems"][name]["answer"], schema("Problem"))


def test_every_operation_has_an_id_a_summary_and_its_statuses() -> None:
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]

    assert all(operation["operationId"].isidentifier() and operation["summary"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert {"200", "400", "413", "415", "422", "500", "503", "504"} == DOCUMENT["paths"]["/fit"]["post"]["responses"].keys()


def test_every_code_is_in_the_contract() -> None:
    text = json.dumps(DOCUMENT["paths"])

    assert [code for code in KINDS if f"`{code}`" not in text] == ["method_not_allowed"]


requests = st.fixed_dictionaries(
    {"lr": st.floats(1e-12, 1e3), "synthetic": st.fixed_dictionaries({"points": st.integers(1, 30), "noise": st.floats(0, 100)})},
    optional={
        "steps": st.integers(1, 50),
        "seed": st.integers(0, 2**53 - 1),
        "model": st.fixed_dictionaries({"kind": st.just("polynomial"), "degree": st.integers(1, 10)}),
        "init": st.sampled_from(["random", "zeros"]),
        "scale": st.sampled_from(["auto", "none", "standardize", "orthonormal"]),
        "solver": st.sampled_from(["auto", "loop", "exact"]),
        "include": st.lists(st.sampled_from(["params", "gradients", "predictions", "data"]), max_size=4),
        "at": st.lists(st.floats(-100, 100), max_size=3),
        "record_every": st.integers(1, 60),
    },
)


@given(requests)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_answer_matches_the_schema(client: httpx.Client, request_body: dict[str, Any]) -> None:
    answer = client.post("/fit", json=request_body)

    assert answer.status_code == 200, answer.text
    jsonschema.validate(answer.json(), schema("FitResult"))
