from collections.abc import Callable
from time import perf_counter

import httpx
import pytest

from tests.api.bodies import HOSTILE, JSON, data, fit

MEGABYTE = 1_000_000
SMALL = {name: hostile.body for name, hostile in HOSTILE.items()} | {
    "64 kB of words among the numbers": data("[" + '"x",' * 16_000 + "1]"),
    "64 kB of unknown fields": fit(**{f"k{number}": "1" for number in range(6_000)}),
    "64 kB of one word": fit(scale='"' + "x" * 64_000 + '"'),
}
LARGE = {
    "as many words as are read, in a megabyte": data("[" + '"xxxxxx",' * 99_000 + "1]"),
    "as many unknown fields as are read, in a megabyte": fit(
        **{f"{'k' * 190}{number}": "1" for number in range(4_900)}
    ),
    "a megabyte of words among the numbers": data("[" + '"x",' * (MEGABYTE // 4) + "1]"),
    "a megabyte of numbers, the last a word": data("[" + "1," * (MEGABYTE // 2) + '"x"]'),
    "a megabyte of unknown fields": fit(**{f"k{number}": "1" for number in range(MEGABYTE // 14)}),
    "a megabyte of unknown coefficients": fit(
        init="{" + ",".join(f'"k{number}":1' for number in range(MEGABYTE // 11)) + "}"
    ),
    "a megabyte of bad coefficients": fit(
        init="{" + ",".join(f'"k{number}":"x"' for number in range(MEGABYTE // 13)) + "}"
    ),
    "a megabyte of columns": fit(include="[" + '"x",' * (MEGABYTE // 4) + '"x"]'),
    "a megabyte of depth": b"[" * MEGABYTE,
    "a megabyte of digits": fit(steps="9" * MEGABYTE),
    "a megabyte of one word": fit(scale='"' + "x" * MEGABYTE + '"'),
    "a megabyte of nothing": b" " * MEGABYTE,
}


def slowest(client: httpx.Client, body: bytes, times: int) -> tuple[float, httpx.Response]:
    """Seconds of the second slowest, as one outlier may be the machine's; and the answer."""
    seconds = []
    for _ in range(times):
        began = perf_counter()
        answer = client.post("/fit", content=body, headers=JSON)
        seconds.append(perf_counter() - began)
    return sorted(seconds)[-2], answer


def test_small_refusals_come_within_50_ms(
    client: httpx.Client, tell: Callable[[str], None]
) -> None:
    seconds = [slowest(client, body, 20)[0] for body in SMALL.values()]

    p99 = sorted(seconds)[int(0.99 * len(seconds))]
    tell(f"{len(seconds)} small bodies, 20 times each: p99 {1000 * p99:.1f} ms")
    assert p99 < 0.05


@pytest.mark.parametrize("name", LARGE)
def test_a_refusal_of_a_megabyte_comes_within_250_ms_and_is_small(
    client: httpx.Client, name: str, tell: Callable[[str], None]
) -> None:
    seconds, answer = slowest(client, LARGE[name], 20)

    tell(f"{name}: {1000 * seconds:.0f} ms, {len(answer.content)} bytes")
    assert 400 <= answer.status_code < 500
    assert seconds < 0.25
    assert len(answer.content) <= 4096


@pytest.mark.parametrize("name", SMALL)
def test_a_small_refusal_is_small(client: httpx.Client, name: str) -> None:
    answer = client.post("/fit", content=SMALL[name], headers=JSON)

    assert 400 <= answer.status_code < 500
    assert len(answer.content) <= 4096
