"""One body for each kind of refusal and each size. tests/unit/api/test_body.py sends many more and
looks at what each refusal says.
"""

from collections.abc import Callable
from time import perf_counter

import httpx
import pytest

from tests.support.bodies import HOSTILE, JSON, Hostile, data, fit

MEGABYTE = 1_000_000
TIMES = 50
"""How often each body is sent, where time is measured."""
KINDS = (
    "half a body",
    "a number as text",
    "an unknown field",
    "a network too deep",
    "deep lists in t",
)
"""Malformed, of a wrong type, an unknown field, too many items, and deep."""
SMALL = {name: HOSTILE[name] for name in KINDS} | {
    "64 kB of words among the numbers": Hostile(
        data("[" + '"x",' * 16_000 + "1]"), 422, "wrong_type"
    ),
    "64 kB of unknown fields": Hostile(
        fit(**{f"k{number}": "1" for number in range(6_000)}), 422, "too_many_items"
    ),
    "64 kB of one word": Hostile(fit(scale='"' + "x" * 64_000 + '"'), 422, "unknown_value"),
}
LARGE = {
    "as many words as are read, in a megabyte": Hostile(
        data("[" + '"xxxxxx",' * 99_000 + "1]"), 422, "wrong_type"
    ),
    "as many unknown fields as are read, in a megabyte": Hostile(
        fit(**{f"{'k' * 190}{number}": "1" for number in range(4_900)}), 422, "unknown_field"
    ),
    "a megabyte of words among the numbers": Hostile(
        data("[" + '"x",' * (MEGABYTE // 4) + "1]"), 422, "too_many_items"
    ),
    "a megabyte of numbers, the last a word": Hostile(
        data("[" + "1," * (MEGABYTE // 2) + '"x"]'), 422, "too_many_items"
    ),
    "a megabyte of unknown fields": Hostile(
        fit(**{f"k{number}": "1" for number in range(MEGABYTE // 14)}), 422, "too_many_items"
    ),
    "a megabyte of unknown coefficients": Hostile(
        fit(init="{" + ",".join(f'"k{number}":1' for number in range(MEGABYTE // 11)) + "}"),
        422,
        "too_many_items",
    ),
    "a megabyte of bad coefficients": Hostile(
        fit(init="{" + ",".join(f'"k{number}":"x"' for number in range(MEGABYTE // 13)) + "}"),
        422,
        "too_many_items",
    ),
    "a megabyte of columns": Hostile(
        fit(include="[" + '"x",' * (MEGABYTE // 4) + '"x"]'), 422, "too_many_items"
    ),
    "a megabyte of depth": Hostile(b"[" * MEGABYTE, 400, "malformed_json"),
    "a megabyte of digits": Hostile(fit(steps="9" * MEGABYTE), 400, "malformed_json"),
    "a megabyte of one word": Hostile(fit(scale='"' + "x" * MEGABYTE + '"'), 422, "unknown_value"),
    "a megabyte of nothing": Hostile(b" " * MEGABYTE, 400, "malformed_json"),
}
MOST_BYTES = 4096


def sent(client: httpx.Client, hostile: Hostile) -> httpx.Response:
    return client.post("/fit", content=hostile.body, headers=JSON)


def seconds(client: httpx.Client, hostile: Hostile) -> list[float]:
    """Return how long each refusal of a body takes, in order of time."""
    taken = []
    for _ in range(TIMES):
        began = perf_counter()
        sent(client, hostile)
        taken.append(perf_counter() - began)
    return sorted(taken)


def test_a_refusal_is_a_small_listed_problem(client: httpx.Client) -> None:
    bodies = SMALL | LARGE

    answers = {name: sent(client, hostile) for name, hostile in bodies.items()}

    refused = {
        name: (answer.status_code, answer.json()["code"]) for name, answer in answers.items()
    }
    assert refused == {name: (hostile.status, hostile.code) for name, hostile in bodies.items()}
    assert [name for name, answer in answers.items() if len(answer.content) > MOST_BYTES] == []


@pytest.mark.long
def test_small_refusals_come_within_50_ms(
    client: httpx.Client, tell: Callable[[str], None]
) -> None:
    taken = sorted(each for hostile in SMALL.values() for each in seconds(client, hostile))

    p99 = taken[int(0.99 * len(taken))]
    tell(f"{len(SMALL)} small bodies, {TIMES} times each: p99 {1000 * p99:.1f} ms")
    assert p99 < 0.05


@pytest.mark.long
@pytest.mark.parametrize("name", LARGE)
def test_a_refusal_of_a_megabyte_comes_within_250_ms(
    client: httpx.Client, name: str, tell: Callable[[str], None]
) -> None:
    """The second slowest of 50: one outlier may be the machine's."""
    taken = seconds(client, LARGE[name])

    tell(f"{name}: {1000 * taken[-2]:.0f} ms, {len(sent(client, LARGE[name]).content)} bytes")
    assert taken[-2] < 0.25
