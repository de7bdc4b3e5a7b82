"""The whole setting stands in the address of the page; what cannot be read there is as on first
load.
"""

import re
from typing import Any

import pytest

from tests.support.modules import Modules

ROUND = (
    "async ({ setting, step, job, challenge }) => "
    "module.fromFragment(await module.toFragment(setting, step, job, challenge))"
)
FIRST: dict[str, Any] = {
    "synthetic": {"points": 20, "noise": 3, "seed": 42},
    "points": None,
    "since": "",
    "start": None,
    "walked": 0,
    "rate": {"lr": 0.114, "part": 0.2825},
    "steps": 60,
    "scale": "standardize",
    "model": "polynomial",
    "degree": 2,
    "optimizer": "sgd",
    "amount": None,
    "batch": None,
    "schedule": "constant",
}
PART = {"rate": {"part": 0.02}}
NETWORK = {
    "layers": [
        {"weight": [[0.1 * i] for i in range(8)], "bias": [-1e-5 * i for i in range(8)]},
        {"weight": [[i / 7 - k for i in range(8)] for k in range(8)], "bias": [1e10] * 8},
        {"weight": [[1 / 3] * 8], "bias": [0]},
    ]
}
OWN = {"t": [0, 0.1, 2.5e-7, 1e100, -3], "y": [1.0000000000000002, -2, 3, 0, 5e-324]}
CHANGED: list[dict[str, Any]] = [
    {},
    {"synthetic": {"points": 50_000, "noise": 12.5, "seed": 9_007_199_254_740_991}},
    {"points": OWN},
    {"points": OWN, "since": "2026-01-30"},
    {"points": OWN, "since": "-1.5e10"},
    {"points": {"t": list(range(2000)), "y": [i**2 for i in range(2000)]}},
    {"start": {"a": -0.765838623046875, "b": 1e-300, "c": 0}, "walked": 17},
    {"rate": {"lr": 9.98e-6}},
    {"rate": {"lr": 5e-324}},
    {"steps": 10_000_000},
    {"scale": "none"},
    {"scale": "orthonormal"},
    {"degree": 1, "start": {"a": 2.5, "b": -1}, "walked": 3},
    {"degree": 10},
    {"optimizer": "momentum", "amount": 0.5},
    {"optimizer": "nesterov", "amount": 0.9},
    {"optimizer": "adam", "amount": 0, "rate": {"lr": 1.5}},
    {"optimizer": "adamw", "amount": 12, "rate": {"lr": 1.5}},
    {"optimizer": "rmsprop", "amount": 0.99, "rate": {"lr": 1.5}},
    {"batch": 5, "schedule": "cosine"},
    {"schedule": "step"},
    {"schedule": "one_cycle"},
    {"model": "network", "rate": {"lr": 0.03}},
    {"model": "network", "rate": {"lr": 0.03}, "start": NETWORK, "walked": 200},
]


def test_a_setting_comes_back_from_its_address(modules: Modules) -> None:
    asked = [
        {"setting": FIRST | PART | changed, "problem": ""}
        | {"step": step, "job": job, "challenge": challenge}
        for changed in CHANGED
        for step, job, challenge in [
            (-1, None, None),
            (0, None, "open"),
            (12, "0193a7", "tried"),
        ]
    ]

    assert modules.each("setting.js", ROUND, asked) == asked


def test_a_rate_chosen_as_a_part_is_addressed_as_the_rate_it_was(modules: Modules) -> None:
    setting = FIRST | {"rate": {"lr": 0.114, "part": 0.2825}}

    read = modules.call("setting.js", ROUND, {"setting": setting, "step": -1, "job": None})

    assert read["setting"] == FIRST | {"rate": {"lr": 0.114}}


def test_an_address_without_a_rate_has_one_that_suits_its_method(modules: Modules) -> None:
    fragments = ["", "steps=20", "scale=none", "seed=7", "optimizer=momentum", "degree=3"]
    fragments += ["optimizer=adam", "optimizer=adam&part=0.5", "model=network"]

    read = modules.each("setting.js", "module.fromFragment", fragments)

    first, part = FIRST["rate"], {"part": 0.2825}
    assert [each["setting"]["rate"] for each in read] == [
        *[first, first],
        *[part] * 4,
        *["best"] * 3,
    ]


def test_many_points_make_a_short_address(modules: Modules) -> None:
    points = {"t": list(range(200)), "y": [i * i for i in range(200)]}

    address = modules.call(
        "setting.js",
        "(setting) => module.toFragment(setting, -1, null, null)",
        FIRST | {"points": points},
    )

    assert len(address) < 1500


UNREADABLE = [
    "",
    "nonsense",
    "points=-5&noise=-1&seed=x&steps=0&scale=cubic&lr=-1&step=-3",
    "points=20.5&noise=Infinity&seed=1e99&steps=2.5&lr=NaN&part=0",
    "points=&noise=&seed=&steps=&scale=&lr=&part=&step=&job=&data=&start=",
    "data=%%%",
    "data=AAAA",
    "data=not-deflated",
    "start=1,2",
    "start=a,b,c",
    "start=1,Infinity,3,5",
    "degree=11&optimizer=newton&amount=2&batch=-5&schedule=daily&model=forest",
    "degree=2.5&optimizer=toString&batch=0",
    "job=../../etc",
    "challenge=won",
    "lr=0&part=-1",
    "%E0%A4%A",
]


def test_a_fragment_that_cannot_be_read_is_as_on_first_load(modules: Modules) -> None:
    found = modules.each("setting.js", "module.fromFragment", UNREADABLE)

    unlike = [
        (fragment, read)
        for fragment, read in zip(UNREADABLE, found, strict=True)
        if read | {"setting": read["setting"] | {"walked": 0}}
        != {
            "setting": FIRST,
            "step": -1,
            "job": None,
            "challenge": None,
            "problem": "lostPoints" if re.search("data=[^&]", fragment) else "",
        }
    ]
    assert unlike == []


@pytest.mark.parametrize(
    ("points", "problem"), [(2, "undrawable"), (3, ""), (50_000, ""), (50_001, "undrawable")]
)
def test_an_address_with_too_few_or_too_many_points_has_those_of_the_lecture(
    modules: Modules, points: int, problem: str
) -> None:
    read = modules.call("setting.js", "module.fromFragment", f"points={points}")

    assert read["problem"] == problem
    assert read["setting"]["synthetic"]["points"] == (20 if problem else points)


def test_one_field_that_cannot_be_read_leaves_the_others(modules: Modules) -> None:
    read = modules.call(
        "setting.js",
        "module.fromFragment",
        "points=x&noise=5&seed=7&steps=10&scale=none&lr=0.00001",
    )

    assert read["setting"] == FIRST | {
        "synthetic": {"points": 20, "noise": 5, "seed": 7},
        "steps": 10,
        "scale": "none",
        "rate": {"lr": 1e-5},
    }
