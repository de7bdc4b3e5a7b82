"""How a body is read: what is wrong with it, and where, and never what it held."""

import json
import re
from typing import Any

import httpx
import numpy as np
import pytest

from service.api.mistakes.bodies import MANY_ERRORS
from service.api.problems import MAX_ERRORS, Problem
from service.api.requests import LARGE_BYTES, MOST_PARTS, MOST_VALUES
from service.descent.methods.bounds import MAX_FACTORS, MAX_POINTS
from tests.support.applications import application, client_in_process
from tests.support.bodies import HOSTILE, JSON, Hostile, data, fit, refusal
from tests.support.exchange import Exchange
from tests.support.paths import ROOT
from tests.support.time import instant

MOST_BYTES = 4096
"""An answer to a hostile body is no larger."""
KNOWN = set(re.findall("[a-z_]{4,}", (ROOT / "openapi" / "openapi.json").read_text()))
"""Words that an answer may hold: those of the contract."""


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_refused_with_the_reason_and_the_place(
    client: httpx.Client, hostile: Hostile
) -> None:
    answer = client.post("/fit", content=hostile.body, headers=JSON)

    problem = Problem.model_validate_json(answer.content)
    assert refusal(answer) == hostile.refusal, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem.model_dump_json(exclude_none=True) == answer.text
    assert (problem.type, problem.title) == (
        f"/problems/{hostile.code}",
        problem.code.summary,
    )
    assert (problem.status, problem.request_id) == (hostile.status, answer.headers["X-Request-ID"])
    assert len(answer.content) <= MOST_BYTES
    words = set(re.findall("[a-z_]{4,}", hostile.body.decode(errors="replace")))
    repeated = set(re.findall("Unknown field `([a-z_]+)`", answer.text))
    assert not [word for word in words - KNOWN - repeated if word in answer.text]


@pytest.mark.parametrize(
    "name", ["half a body", "lr 0", "an unknown field", "t too large for its degree"]
)
def test_a_stream_is_refused_as_its_fit_is(client: httpx.Client, name: str) -> None:
    headers = JSON | {"X-Request-ID": "same"}

    fit, stream = (
        client.post(path, content=HOSTILE[name].body, headers=headers)
        for path in ("/fit", "/fit/stream")
    )

    assert (stream.status_code, stream.json()) == (fit.status_code, fit.json())
    assert stream.headers["Content-Type"] == "application/problem+json"


def test_several_mistakes_are_all_told(client: httpx.Client) -> None:
    problem = client.post("/fit", content=fit(lr="0", steps="true", stepz="1"), headers=JSON).json()

    assert problem["code"] == "invalid_body"
    assert sorted(error["code"] for error in problem["errors"]) == [
        "out_of_range",
        "unknown_field",
        "wrong_type",
    ]


@pytest.mark.parametrize(("mistakes", "told"), [(19, 19), (20, 20), (21, 20), (MANY_ERRORS, 20)])
def test_at_most_twenty_mistakes_are_told(client: httpx.Client, mistakes: int, told: int) -> None:
    answer = client.post("/fit", json={str(number): 1 for number in range(mistakes)})

    assert refusal(answer) == (422, "unknown_field", "")
    assert len(answer.json()["errors"]) == told
    assert told <= MAX_ERRORS


def test_more_than_a_thousand_mistakes_are_told_as_one(client: httpx.Client) -> None:
    answer = client.post("/fit", json={str(number): 1 for number in range(MANY_ERRORS + 1)})

    (error,) = answer.json()["errors"]
    assert error == {
        "pointer": "",
        "code": "unknown_field",
        "detail": "More than 1000 fields are unknown or wrong.",
    }


def test_the_known_fields_are_named_where_one_is_unknown(client: httpx.Client) -> None:
    top = client.post("/fit", content=fit(zz="1"), headers=JSON).json()["detail"]
    below = client.post(
        "/fit", content=fit(data='{"t": [1], "y": [1], "z": [1]}'), headers=JSON
    ).json()["detail"]

    assert top.startswith("Unknown field `zz`. Known fields: synthetic, model,")
    assert (
        below == "Unknown field `z`. Known fields: t, y, weights, sigma, sigma_is, factors, remove."
    )


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("init", "3", '`init` must be an object, "random" or "zeros", not a number.'),
        ("init", '{"a": "1"}', "`a` must be a number, not a string. Send it without quotes."),
        ("lr", "[1]", '`lr` must be a number, an object or "best", not a list.'),
        ("lr", '{"of_limit": "1"}', "`of_limit` must be a number, not a string. Send it without"),
    ],
)
def test_all_that_may_be_in_a_place_is_named(
    client: httpx.Client, field: str, value: str, detail: str
) -> None:
    answer = client.post("/fit", content=fit(**{field: value}), headers=JSON)

    assert answer.json()["detail"].startswith(detail)


@pytest.mark.parametrize(("word", "hint"), [("bst", " Did you mean best?"), ("fast", "")])
def test_a_word_like_best_is_taken_for_it(client: httpx.Client, word: str, hint: str) -> None:
    answer = client.post("/fit", content=fit(lr=f'"{word}"'), headers=JSON)

    assert answer.json()["detail"].endswith(f"or an object with `of_limit`.{hint}")


def test_the_known_fields_are_listed_once(client: httpx.Client) -> None:
    answer = client.post("/fit", json={f"x{number}": 1 for number in range(MAX_ERRORS)})

    details = [error["detail"] for error in answer.json()["errors"]]
    assert ["Known fields:" in detail for detail in details] == [True] + [False] * 19
    assert details[-1] == "Unknown field `x19`."
    assert len(answer.content) <= MOST_BYTES


def test_a_field_of_another_form_of_an_object_is_told(client: httpx.Client) -> None:
    lrs = {"of_limit": [0.5], "from": 1}

    answer = client.post("/sweep", json={"synthetic": {}, "lrs": lrs})

    assert refusal(answer) == (422, "conflicting_fields", "/lrs")
    assert (
        answer.json()["detail"]
        == "`from` does not go with the other fields of `lrs`: leave it out."
    )


@pytest.mark.parametrize(
    ("init", "detail"),
    [
        ('{"A": 1}', "Unknown field `A`. Did you mean `a`?"),
        ('{"layer": []}', "Unknown field `layer`. Did you mean `layers`?"),
        ('{"z": 1}', "Unknown field `z`. Known fields: a, b, c,"),
    ],
)
def test_an_unknown_coefficient_is_told_with_the_known_ones(
    client: httpx.Client, init: str, detail: str
) -> None:
    answer = client.post("/fit", content=fit(init=init), headers=JSON)

    assert answer.json()["detail"].startswith(detail)


def test_a_missing_field_is_named(client: httpx.Client) -> None:
    problem = client.post("/fit", content=fit(data='{"t": [1]}'), headers=JSON).json()

    assert problem["detail"] == "`y` is missing."


@pytest.mark.parametrize(
    ("metadata", "pointer"), [({"": "a"}, "/metadata"), ({"x" * 65: "a"}, "/metadata")]
)
def test_a_name_of_metadata_that_is_too_long_or_short_is_told_without_the_name(
    client: httpx.Client, metadata: dict[str, str], pointer: str
) -> None:
    answer = client.post("/jobs", json={"synthetic": {}, "metadata": metadata})

    assert refusal(answer) == (422, "out_of_range", pointer)
    assert answer.json()["detail"].startswith("A name in `metadata` must have at ")


def test_a_pointer_ends_at_the_first_name_that_is_not_ours(client: httpx.Client) -> None:
    answer = client.post("/jobs", json={"synthetic": {}, "metadata": {"mine": 5}})

    assert refusal(answer) == (422, "wrong_type", "/metadata")


def test_the_place_of_a_syntax_error_is_told(client: httpx.Client) -> None:
    assert (
        "line 2 column 7"
        in client.post("/fit", content=b'{\n"lr": x}', headers=JSON).json()["detail"]
    )


def test_the_last_of_two_equal_keys_counts(client: httpx.Client) -> None:
    answer = client.post(
        "/fit", content=fit().replace(b'"steps": 5', b'"steps": 5, "steps": 7'), headers=JSON
    )

    assert answer.json()["steps"] == 7


def test_whole_numbers_are_numbers(client: httpx.Client) -> None:
    assert client.post("/fit", content=fit(lr="1"), headers=JSON).status_code == 200


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON; charset="UTF-8"',
        "application/json;charset=utf-8",
    ],
)
def test_json_in_utf8_is_read(client: httpx.Client, media_type: str) -> None:
    assert (
        client.post("/fit", content=fit(), headers={"Content-Type": media_type}).status_code == 200
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {},
    ],
)
def test_anything_else_is_415(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = client.post("/fit", content=fit(), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("in_parts", [False, True], ids=["with its length", "in parts"])
def test_a_body_has_at_most_the_bytes_of_the_setting(*, in_parts: bool) -> None:
    def padded(size: int) -> Any:
        body = fit().ljust(size)
        return (body[i : i + 100] for i in range(0, size, 100)) if in_parts else body

    with client_in_process(max_body_bytes=1024) as client:
        largest, larger = (
            client.post("/fit", content=padded(size), headers=JSON) for size in (1024, 1025)
        )

    assert (largest.status_code, larger.status_code) == (200, 413)
    problem = larger.json()
    assert (problem["code"], problem["limit"], problem["given"]) == ("body_too_large", 1024, 1025)
    assert problem["detail"] == "The body can have at most 1024 bytes."
    assert larger.headers["Connection"] == "close"


def test_a_body_that_is_declared_too_large_is_not_read() -> None:
    @instant
    async def test() -> None:
        async with application(max_body_bytes=1024) as (app, _):
            headers = JSON | {"Content-Length": "1025"}
            fit = await Exchange(app, "POST", "/fit", body=None, headers=headers).begin().ended()
            assert (fit.status, fit.json()["given"], fit.received) == (413, 1025, 0)

    test()


def test_a_declared_length_may_begin_with_any_number_of_zeros() -> None:
    @instant
    async def test() -> None:
        async with application() as (app, _):
            headers = JSON | {"Content-Length": "0" * 5000 + str(len(fit()))}
            asked = Exchange(app, "POST", "/fit", body=fit(), headers=headers).begin()
            assert (await asked.ended()).status == 200

    test()


def test_a_body_that_is_too_large_is_not_read_further() -> None:
    @instant
    async def test() -> None:
        async with application(max_body_bytes=1024) as (app, _):
            fit = Exchange(app, "POST", "/fit", body=None, headers=JSON)
            for _part in range(3):
                fit.give(b" " * 1000, more=True)
            await fit.begin().ended()
            assert (fit.status, fit.received) == (413, 2)

    test()


@pytest.mark.parametrize(
    ("given", "bound"),
    [
        ({"lr": 1e301}, "1e+300"),
        ({"at": [-1e151]}, "-1e+150"),
        ({"seed": 2**60}, "9007199254740991"),
    ],
)
def test_a_bound_is_told_as_one_writes_it(
    client: httpx.Client, given: dict[str, Any], bound: str
) -> None:
    assert (
        client.post("/fit", json={"synthetic": {}} | given)
        .json()["detail"]
        .endswith(f"equal to {bound}.")
    )


def test_a_body_in_pieces_is_one_body(client: httpx.Client) -> None:
    assert (
        client.post("/fit", content=(bytes([byte]) for byte in fit()), headers=JSON).status_code
        == 200
    )


def test_a_value_that_a_caller_wrote_is_not_repeated(client: httpx.Client) -> None:
    secret = "s3cr3t"
    for body in (
        fit(scale=f'"{secret}"'),
        fit(model=f'"{secret}"'),
        fit(model=json.dumps({"kind": secret})),
        fit(init=json.dumps({"a": secret})),
        fit(stepz=f'"{secret}"'),
        data(f'["{secret}"]'),
    ):
        assert secret not in client.post("/fit", content=body, headers=JSON).text


@pytest.mark.parametrize(
    ("name", "repeated"),
    [
        ("s3cr3t", True),
        ("_private", True),
        ("x" * 40, True),
        ("x" * 41, False),
        ("<script>", False),
        ("two words", False),
        ("9lives", False),
        ("größe", False),
    ],
)
def test_the_name_of_an_unknown_field_is_repeated_if_it_is_a_short_plain_name(
    client: httpx.Client, name: str, *, repeated: bool
) -> None:
    answer = client.post("/fit", json={"synthetic": {}, name: 1})

    assert refusal(answer) == (422, "unknown_field", "")
    assert (name in answer.json()["detail"]) == repeated


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"learning_rate": 1}, "Unknown field `learning_rate`. Did you mean `lr`?"),
        ({"learningRate": 1}, "Unknown field `learningRate`. Did you mean `lr`?"),
        ({"epochs": 5}, "Unknown field `epochs`. Did you mean `steps`?"),
        ({"stepz": 5}, "Unknown field `stepz`. Did you mean `steps`?"),
        ({"t": [1]}, "Unknown field `t`. Did you mean `data`?"),
        ({"data": {"x": [1], "y": [1]}}, "Unknown field `x`. Did you mean `t`?"),
        ({"data": {"t": [1], "values": [1]}}, "Unknown field `values`. Did you mean `y`?"),
        ({"model": {"degre": 2}}, "Unknown field `degre`. Did you mean `degree`?"),
        (
            {"optimizer": {"kind": "adam", "beta": 1}},
            "Unknown field `beta`. Did you mean `betas`?",
        ),
        ({"lr": {"limit": 1}}, "Unknown field `limit`. Did you mean `of_limit`?"),
    ],
)
def test_an_unknown_field_is_named_with_the_one_that_is_meant(
    client: httpx.Client, body: dict[str, Any], detail: str
) -> None:
    assert client.post("/fit", json=body).json()["detail"] == detail


def test_the_fields_of_another_kind_are_not_suggested(client: httpx.Client) -> None:
    answer = client.post("/fit", json={"synthetic": {}, "optimizer": {"kind": "sgd", "beta": 1}})

    assert "betas" not in answer.json()["detail"]


POLYNOMIAL = '{"kind": "polynomial", "degree": 1}'


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        (
            {"data": {"t": "1, 2", "y": [1]}},
            "`t` must be a list of numbers or time stamps, not a string.",
        ),
        (
            {"data": {"t": 5, "y": [1]}},
            "`t` must be a list of numbers or time stamps, not a number.",
        ),
        (
            {"data": {"t": None, "y": [1]}},
            "`t` is missing.",
        ),
        (
            {"data": {"t": ["today"], "y": [1]}},
            "`t[0]` must be a number or a time stamp, not a string.",
        ),
        (
            {"data": {"t": [None, "2026-01-01T00:00:00"], "y": [1, 2]}},
            "`t[1]` must end with the offset from UTC, such as Z or +09:00.",
        ),
        (
            {"data": {"t": [1, "2026-01-01T00:00:00Z"], "y": [1, 2]}},
            "`t[1]` must be a number, as the values before it are.",
        ),
        (
            {"data": {"t": ["2026-01-01T00:00:00Z", 1], "y": [1, 2]}},
            "`t[1]` must be a time stamp, as the values before it are.",
        ),
        (
            {"data": {"t": [1], "y": [1]}, "at": ["2026-01-01"]},
            "`at` does not have the form of the points: send numbers.",
        ),
        (
            {"data": {"t": [1], "y": ["2026-01-01T00:00:00Z"]}},
            (
                "`y[0]` must be a number, not a string. "
                "Send times as Unix seconds, such as 1767225600."
            ),
        ),
        (
            {"data": {"t": [1], "y": ["1.5"]}},
            "`y[0]` must be a number, not a string. Send it without quotes.",
        ),
        ({"data": [[1, 2]]}, "`data` must be an object, not a list."),
        ({"steps": 1.5}, "`steps` must be a whole number, not a decimal number."),
        ({"steps": True}, "`steps` must be a whole number, not a boolean."),
        ({"steps": 0}, "`steps` must be greater than or equal to 1."),
        ({"include": "params"}, "`include` must be a list of strings, not a string."),
        (
            {"model": "linear"},
            f"`model` must be an object, not a string. Send {POLYNOMIAL}, for example.",
        ),
        (
            {"model": "mlp"},
            '`model` must be an object, not a string. Send {"kind": "mlp"}, for example.',
        ),
        (
            {"model": 2},
            '`model` must be an object, not a number. Send {"kind": "polynomial"}, for example.',
        ),
        (
            {"model": {"kind": "linear"}},
            f"`kind` must be one of polynomial, mlp. Did you mean {POLYNOMIAL}?",
        ),
        (
            {"optimizer": "Adam"},
            '`optimizer` must be an object, not a string. Send {"kind": "adam"}, for example.',
        ),
        (
            {"optimizer": {"kind": "sgd", "nesterov": 1}},
            "`nesterov` must be true or false, not a number.",
        ),
        (
            {"scale": "standardise"},
            (
                "`scale` must be one of auto, none, standardize, orthonormal. "
                "Did you mean standardize?"
            ),
        ),
        ({"init": "ones"}, "`init` must be one of random, zeros."),
        ({"data": {"t": [], "y": [1]}}, "`t` must have at least 1 item."),
    ],
)
def test_a_wrong_value_is_told_what_was_expected(
    client: httpx.Client, given: dict[str, Any], detail: str
) -> None:
    body = given if "data" in given else {"synthetic": {}} | given

    assert client.post("/fit", json=body).json()["detail"] == detail


@pytest.mark.parametrize("body", [b"[1]", b'"x"', b"null", b"3"])
def test_a_body_that_is_no_object_is_called_the_body(client: httpx.Client, body: bytes) -> None:
    detail = client.post("/fit", content=body, headers=JSON).json()["detail"]

    assert detail.startswith("The body must be an object, not ")


def test_a_misspelt_field_is_told_before_the_field_that_is_missing(client: httpx.Client) -> None:
    errors = client.post("/sweep", json={"synthetic": {}, "rates": [1]}).json()["errors"]

    assert [error["code"] for error in errors] == ["unknown_field", "missing_field"]


def test_a_value_of_metadata_is_told_by_the_field_that_holds_it(client: httpx.Client) -> None:
    answer = client.post("/jobs", json={"synthetic": {}, "metadata": {"a": 5}})

    assert answer.json()["detail"] == "A value in `metadata` must be a string, not a number."


LARGE = 2_000_000
MANY = {
    "unknown fields": ("{%s}", '"k%d":1'),
    "unknown fields of the points": ('{"data":{%s}}', '"k%d":1'),
    "points": ('{"data":{"t":[%s],"y":[1]}}', "%d"),
    "points that are objects": ('{"data":{"t":[%s],"y":[1]}}', '{"":%d}'),
    "layers": ('{"synthetic":{},"init":{"layers":[%s]}}', '{"weight":[[%d]],"bias":[1]}'),
    "rows of a layer": ('{"synthetic":{},"init":{"layers":[{"weight":[%s],"bias":[1]}]}}', "[%d]"),
}
"""What a body may have far too many of; each would take the API process a second or more to
read.
"""


@pytest.mark.parametrize(("frame", "part"), MANY.values(), ids=MANY)
def test_a_large_body_of_too_many_values_is_refused_before_they_are_read(
    client: httpx.Client, frame: str, part: str
) -> None:
    parts = [part % i for i in range(LARGE // (len(part) + 4))]

    answer = client.post("/fit", content=frame % ",".join(parts), headers=JSON)

    problem = answer.json()
    assert refusal(answer) == (422, "too_many_items", None)
    assert problem["limit"] in {MOST_VALUES, MOST_PARTS}
    assert problem["given"] > problem["limit"]


@pytest.mark.parametrize("part", [b"[]", b"{}", b'{"":1}'])
def test_a_large_body_has_a_limited_number_of_parts(client: httpx.Client, part: bytes) -> None:
    """A list of parts is read like any body, and then has the wrong type."""
    one = part.count(b":") + part.count(b"[") + part.count(b"{")
    numbers = b"1," * MOST_PARTS  # so that the parts are fewer than the values

    most, more = (
        client.post(
            "/fit",
            content=(b"[" + numbers + (part + b",") * parts + b"1]").ljust(LARGE_BYTES + 1),
            headers=JSON,
        )
        for parts in ((MOST_PARTS - 1) // one, MOST_PARTS // one)
    )

    assert refusal(most) == (422, "wrong_type", "")
    assert refusal(more) == (422, "too_many_items", None)
    assert more.json()["limit"] == MOST_PARTS


def test_a_large_body_has_a_limited_number_of_values(client: httpx.Client) -> None:
    most, more = (
        client.post("/fit", content=b"[" + b"1," * commas + b"1]", headers=JSON)
        for commas in (MOST_VALUES, MOST_VALUES + 1)
    )

    assert refusal(most) == (422, "wrong_type", "")
    assert refusal(more) == (422, "too_many_items", None)
    assert (more.json()["limit"], more.json()["given"]) == (MOST_VALUES, MOST_VALUES + 1)


@pytest.mark.parametrize("path", ["/fit", "/jobs"])
def test_the_colons_of_time_stamps_are_no_parts(client: httpx.Client, path: str) -> None:
    stamps = ["2024-02-29T12:00:00.123456789+09:00"] * 49_999

    answer = client.post(path, json={"data": {"t": [*stamps, "2023-02-29"], "y": [1] * 50_000}})

    assert refusal(answer) == (422, "wrong_type", "/data/t/49999")


def test_a_small_body_may_have_more_parts(client: httpx.Client) -> None:
    part = b"[" * 10 + b"]" * 10 + b","
    body = b"[" + part * (LARGE_BYTES // len(part) - 1) + b"1]"

    answer = client.post("/fit", content=body.ljust(LARGE_BYTES), headers=JSON)

    assert body.count(b"[") > MOST_PARTS
    assert refusal(answer) == (422, "wrong_type", "")


def test_more_points_than_a_fit_may_have_are_refused(client: httpx.Client) -> None:
    numbers = [0] * (MAX_POINTS + 1)

    answer = client.post("/fit", json={"data": {"t": numbers, "y": numbers}})

    assert refusal(answer) == (422, "too_many_points", "/data/t")


def test_the_body_with_the_most_values_is_read(client: httpx.Client) -> None:
    numbers = [i / 7 for i in range(50_000)]
    body = {"data": {"t": numbers, "y": numbers}, "at": numbers[:10_000], "lr": 1e-12, "steps": 2}

    assert client.post("/fit", json=body).status_code == 200


def test_a_body_can_have_as_many_factors_as_a_request_can(client: httpx.Client) -> None:
    days = np.arange(11.0)
    asked = {"include": ["factor"], "model": {"degree": 10}, "steps": 1}
    data: dict[str, Any] = {"t": days.tolist(), "y": np.sin(days).tolist()}
    factor = client.post("/fit", json=asked | {"data": data}).json()["factor"]

    data |= {"factors": [factor] * MAX_FACTORS}
    answer = client.post("/analysis", json={"model": {"degree": 10}, "data": data})

    assert answer.status_code == 200, answer.text
