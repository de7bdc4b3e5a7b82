"""The schemas of all requests and answers, in the form that generators of clients read best.

- A field of a request with a default is optional. Its schema has neither null, which the service
  accepts as if the field were absent, nor `default`: the description states it. With them,
  generators make the field required, send the default in each request, or drop the operation.
- Enumerations and coefficients have names, so that each is one type for the caller.
- A request is one of two closed objects, for example one with `data` and one with `synthetic`, so
  that a typed client must give points, and in Python cannot give both. A null for the other field
  would let TypeScript reject both too, but openapi-fetch then takes no variable of this type.
  `allOf`, `not` and `dependentSchemas` would be shorter, but the generators ignore them.
"""

import json
from collections.abc import Iterable
from dataclasses import is_dataclass
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core.core_schema import DataclassSchema
from typing_extensions import override  # typing has it from Python 3.12 on

from service.api.problems import Code
from service.api.routing import SCHEMAS, Json, request_name
from service.descent.answers.explanation import Basis, Reach, Suits
from service.descent.answers.results import OptimumBasis, Outcome, Rule
from service.descent.answers.series import RowCode
from service.descent.methods.models.mlp import Activation
from service.descent.methods.models.parameters import Params, Start
from service.descent.methods.option import Option
from service.descent.questions import factors, options
from service.descent.questions.series import SeriesInclude
from service.descent.questions.setting import adapter
from service.jobs.job import Status
from service.jobs.kinds import QuestionKind

ENUMERATIONS: dict[str, Any] = {
    "Activation": Activation,
    "Basis": Basis,
    "Batches": options.Batches,
    "Include": options.Include,
    "JobKind": QuestionKind,
    "JobStatus": Status,
    "LrDefault": options.LrDefault,
    "OptimumBasis": OptimumBasis,
    "Outcome": Outcome,
    "Precision": options.Precision,
    "RateVerdict": Suits,
    "Reach": Reach,
    "Scale": options.Scale,
    "ScaleChoice": options.AnyScale,
    "SigmaIs": factors.SigmaIs,
    "Solver": options.Solver,
    "SolverChoice": options.AnySolver,
    "RowCode": RowCode,
    "SeriesInclude": SeriesInclude,
    "Split": options.Split,
    "Start": Start,
    "StopRule": Rule,
}
NAMES = {get_args(kind): name for name, kind in ENUMERATIONS.items()}
"""The name of each enumeration in the document, by its values."""
VARIANTS = {
    "Points": (["data"], ["synthetic"]),
    "Synthetic": (["synthetic"], ["data"]),
    "Rows": (["t", "y"], ["series"]),
    "Listed": (["series"], ["t", "y"]),
}
"""The variants of requests, by the word in their names: the fields that give the points of each,
and the fields that it does not have.
"""
POINTS = [{"$ref": f"{SCHEMAS}PointsRequest"}, {"$ref": f"{SCHEMAS}MergedPointsRequest"}]
"""The forms of the points of a request: columns, or factors with or without columns."""
POINTS_OF_JOBS = {"$ref": f"{SCHEMAS}PartsOfPointsRequest"}
"""Another form of the points of a job."""
WITH_POINTS_OF_JOBS = ("FitJobPointsRequest", "SweepJobPointsRequest")
BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"}
NULL: Json = {"type": "null"}
COEFFICIENTS = "A number for each coefficient, by its letter: `a` is that of the highest power."


class Inheriting(GenerateJsonSchema):
    """The schemas of dataclasses with the descriptions of inherited fields. Pydantic itself finds
    only the docstrings in the class.
    """

    @override
    def dataclass_schema(self, schema: DataclassSchema) -> Json:
        described = super().dataclass_schema(schema)
        for name, field in described["properties"].items():
            for base in filter(is_dataclass, schema["cls"].__mro__[1:]):
                if "description" not in field and name in descriptions(base):
                    field["description"] = descriptions(base)[name]
        return described


@cache
def descriptions(kind: type) -> Json:
    """Return the descriptions of the fields of a dataclass by name."""
    fields = TypeAdapter(kind).json_schema()["properties"]
    return {name: field["description"] for name, field in fields.items() if "description" in field}


def components(
    questions: Iterable[type[Option]],
    answers: Iterable[Any],
    other: Json,
) -> Json:
    """Return the schemas of questions, of answers, and the `other` ones, which FastAPI has made."""
    schemas: Json = {name: {"type": "string", "enum": [*values]} for values, name in NAMES.items()}
    ((pattern, number),) = TypeAdapter(Params).json_schema()["patternProperties"].items()
    schemas["Params"] = {
        "type": "object",
        "description": COEFFICIENTS,
        "additionalProperties": {"type": "number"},
    }
    schemas["ParamsRequest"] = {
        "type": "object",
        "description": COEFFICIENTS,
        "additionalProperties": number,
        "propertyNames": {"pattern": pattern},
    }
    for question in questions:
        name = request_name(question.__name__)
        found = _parts(adapter(question), name, "{model}Request", "validation")
        requests = json.loads(json.dumps(found), object_hook=_request_part)
        schemas |= requests | _variants(name, requests[name])
    schemas |= _points(schemas["PointsRequest"])
    for name, schema in schemas.items():
        if schema.get("properties", {}).get("data", {}).get("$ref") == f"{SCHEMAS}PointsRequest":
            del schema["properties"]["data"]["$ref"]
            of_jobs = [POINTS_OF_JOBS] if name in WITH_POINTS_OF_JOBS else []
            schema["properties"]["data"]["oneOf"] = [*POINTS, *of_jobs]
    results = dict(other)
    for answer in answers:
        results |= _parts(TypeAdapter(answer), answer.__name__, "{model}", "serialization")
    schemas |= json.loads(json.dumps(results), object_hook=_answer_part)
    schemas["Code"]["description"] = _codes()
    return schemas


def simplified(schema: Json) -> Json:
    """Return a part of a schema without its title, and with a reference if it has a name."""
    if isinstance(schema.get("title"), str):  # otherwise it is the schema of a field named title
        del schema["title"]
    if name := NAMES.get(tuple(schema.get("enum", ()))):
        del schema["type"], schema["enum"]
        schema["$ref"] = SCHEMAS + name
    return schema


def _parts(kind: TypeAdapter[Any], name: str, names: str, mode: JsonSchemaMode) -> Json:
    """Return the schema of a type, and those of its parts."""
    schema = kind.json_schema(ref_template=SCHEMAS + names, schema_generator=Inheriting, mode=mode)
    parts = schema.pop("$defs", {})
    return {names.format(model=part): parts[part] for part in parts} | {name: schema}


def _request_part(schema: Json) -> Json:
    """Return a part of the schema of a request, in which fields with a default are optional."""
    if schema.pop("patternProperties", None):
        del schema["type"]
        schema["$ref"] = f"{SCHEMAS}ParamsRequest"
    for name, field in schema.get("properties", {}).items():
        default = field.pop("default", None)
        if name not in schema.get("required", ()):
            _remove_null(field)
        has_default = default not in (None, [], "")
        if has_default and "description" in field:  # a test finds fields without one
            field["description"] += f" Default: `{json.dumps(default)}`."
    return simplified(schema)


def _answer_part(schema: Json) -> Json:
    """Return a part of the schema of an answer without the rules that hold only for requests.

    A computed number may be larger than any that is accepted, and later answers may have more
    fields. A field that is null by default is absent if it does not apply. All others are always
    there.
    """
    if schema.pop("patternProperties", None):
        del schema["type"]
        schema["$ref"] = f"{SCHEMAS}Params"
    if schema.get("additionalProperties") is False:
        del schema["additionalProperties"]
    if "prefixItems" not in schema:
        for bound in BOUNDS & schema.keys():
            del schema[bound]
    required = [*schema.get("required", ())]
    for name, field in schema.get("properties", {}).items():
        if "default" in field:
            _remove_null(field)
            if field.pop("default") is not None:
                required.append(name)
    if required:
        schema["required"] = required
    return simplified(schema)


def _remove_null(field: Json) -> None:
    """Remove null from the schema of a field that may be absent."""
    choices = [choice for choice in field.pop("anyOf", ()) if choice != NULL]
    if len(choices) == 1:
        field |= choices[0] | field
    elif choices:
        field["anyOf"] = choices


def _variants(name: str, request: Json) -> Json:
    """Return the variants of a request, and their union by the name of the request. A request with
    one way to give points has none.
    """
    fields = request["properties"]
    variants = {}
    for word, (given, absent) in VARIANTS.items():
        if fields.keys() >= {*given, *absent}:
            shared = {field: fields[field] for field in fields if field not in (*given, *absent)}
            variants[f"{name.removesuffix('Request')}{word}Request"] = request | {
                "properties": {field: fields[field] for field in given} | shared,
                "required": [*given, *request.get("required", ())],
            }
    if not variants:
        return {}
    union = [{"$ref": SCHEMAS + variant} for variant in variants]
    return variants | {name: {"description": request["description"], "oneOf": union}}


def _points(points: Json) -> Json:
    """Return the variants of points: columns, and factors, next to which columns are optional."""
    columns = {**points["properties"]}
    del columns["factors"], columns["remove"]
    return {
        "PointsRequest": points
        | {
            "description": "The points: t[i] belongs to y[i]. A point with a null is left out.",
            "properties": columns,
            "required": ["t", "y"],
        },
        "MergedPointsRequest": points | {"required": ["factors"]},
    }


def _codes() -> str:
    """Return the description of the codes of problems, one in each line."""
    lines = [f"- `{code}` ({code.status}): {code.summary}." for code in Code]
    return "\n".join(["The code of a problem, with its HTTP status and its meaning:", "", *lines])
