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


@pytest.mark.parametrize(("group", "name"), [(group, name) for group in SCHEMAS for name in EXAMPLES[group]])
def test_an_example_matches_its_schemas(group: str, name: str) -> None:
    request, answer = SCHEMAS[group]
    jsonschema.validate(EXAMPLES[group][name]["request"], schema(request))
    jsonschema.validate(EXAMPLES[group][name]["answer"], schema(answer))


@pytest.mark.parametrize("name", EXAMPLES["problems"])
def test_a_problem_matches_its_schema(name: str) -> None:
    jsonschema.validate(EXAMPLES["problems"][name]["answer"], schema("Problem"))


def test_every_operation_has_an_id_a_summary_and_its_statuses() -> None:
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]

    assert all(operation["operationId"].isidentifier() and operation["summary"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for path in ("/fit", "/sweep", "/analysis"):
        assert {"200", "400", "413", "415", "422", "500", "503", "504"} == DOCUMENT["paths"][path]["post"]["responses"].keys()


def test_every_code_is_in_the_contract() -> None:
    text = json.dumps(DOCUMENT["paths"])

    assert [code for code in KINDS if f"`{code}`" not in text] == ["method_not_allowed"]


rates = st.floats(1e-12, 1e3)
points = {"synthetic": st.fixed_dictionaries({"points": st.integers(2, 30), "noise": st.floats(0, 100)})}
setting = {
    "steps": st.integers(1, 50),
    "seed": st.integers(0, 2**53 - 1),
    "model": st.fixed_dictionaries({"kind": st.just("polynomial"), "degree": st.integers(1, 10)}),
    "init": st.sampled_from(["random", "zeros"]),
    "scale": st.sampled_from(["auto", "none", "standardize", "orthonormal"]),
}
descent = {
    "solver": st.sampled_from(["auto", "loop", "exact"]),
    "record_every": st.integers(1, 60),
    "validation": st.fixed_dictionaries({"fraction": st.just(0.5)}, optional={"split": st.sampled_from(["random", "tail", "interleaved"])}),
}
fits = st.fixed_dictionaries(
    points,
    optional=setting
    | descent
    | {
        "lr": rates | st.just("best"),
        "include": st.lists(st.sampled_from(["params", "gradients", "predictions", "data"]), max_size=4),
        "at": st.lists(st.floats(-100, 100), max_size=3),
        "stop": st.fixed_dictionaries(
            {},
            optional={
                "gap": st.floats(1e-9, 1e3),
                "gradient": st.floats(1e-9, 1e3),
                "min_improvement": st.floats(1e-9, 0.5),
                "patience": st.integers(1, 5),
            },
        ),
    },
)
sweeps = st.fixed_dictionaries(
    points | {"lrs": st.lists(rates, min_size=1, max_size=5)},
    optional=setting | descent | {"include": st.just(["losses"])},
)
analyses = st.fixed_dictionaries(points, optional=setting | {"lr": rates | st.just("best")})


@pytest.mark.parametrize(
    ("path", "bodies", "answer"),
    [("/fit", fits, "FitResult"), ("/sweep", sweeps, "SweepResult"), ("/analysis", analyses, "AnalysisResult")],
)
@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_answer_matches_the_schema(
    client: httpx.Client, path: str, bodies: st.SearchStrategy[Any], answer: str, data: st.DataObject
) -> None:
    answered = client.post(path, json=data.draw(bodies))

    assert answered.status_code == 200, answered.text
    jsonschema.validate(answered.json(), schema(answer))
