"""Numbers are written as the service writes them in its sentences."""

import random

from service.descent.judging.writing import coefficient, percent
from tests.support.modules import Modules
from tests.support.written import MINUS, TIMES, written

RANDOM = random.Random(6)
VALUES = [
    *[sign * 10 ** RANDOM.uniform(-30, 30) for sign in (-1, 1) for _ in range(1500)],
    *[sign * RANDOM.uniform(0, 2000) for sign in (-1, 1) for _ in range(500)],
    *[
        0.0,
        1.0,
        99.94,
        99.95,
        99.96,
        100.0,
        999.4,
        1e9 - 1,
        1e9,
        0.001,
        0.00099999,
        1e-5,
        7.3,
        677.0,
        25_824.4,
        5e-324,
        1.5e308,
    ],
]


def test_a_number_is_written_as_the_service_writes_it(modules: Modules) -> None:
    assert modules.each("numbers.js", "module.written", VALUES) == [
        written(value) for value in VALUES
    ]


def test_a_count_has_all_its_digits_in_groups_of_three(modules: Modules) -> None:
    counts = [0, 7, 999, 1000, 25_824, 10_000_000, 9_007_199_254_740_991, -1200]

    assert modules.each("numbers.js", "module.counted", counts) == [
        f"{count:,}".replace("-", MINUS) for count in counts
    ]


def test_a_tick_has_no_zeros_at_its_end(modules: Modules) -> None:
    expected = {
        1.0: "1",
        7.3: "7.3",
        0.25: "0.25",
        100.0: "100",
        2500.0: "2,500",
        -20.0: f"{MINUS}20",
        1e-5: f"1{TIMES}10⁻⁵",
    }

    found = modules.each("numbers.js", "module.shortest", list(expected))

    assert dict(zip(expected, found, strict=True)) == expected


def test_a_part_is_written_as_percent(modules: Modules) -> None:
    expected = {
        0.0: "0%",
        0.000025937: "0.0026%",
        0.0612: "6.1%",
        0.28234: "28.2%",
        0.9999: "100%",
        1.4412: "144%",
        12.5: "1,250%",
        2.44e-22: f"2.4{TIMES}10⁻²⁰%",
    }

    found = modules.each("numbers.js", "module.percent", list(expected))

    assert dict(zip(expected, found, strict=True)) == expected


def test_a_small_part_is_written_as_the_service_writes_it(modules: Modules) -> None:
    drawn = random.Random(7)
    parts = [drawn.uniform(1e-6, 0.099) for _ in range(500)]

    assert modules.each("numbers.js", "module.percent", parts) == [
        f"{percent(100 * part)}%" for part in parts
    ]


def test_a_coefficient_of_determination_is_written_as_the_service_writes_it(
    modules: Modules,
) -> None:
    drawn = random.Random(8)
    values = [0.0, 1.0, 1 - 1e-7, *[1 - 10 ** drawn.uniform(-6, 0) for _ in range(500)]]

    assert modules.each("numbers.js", "module.coefficient", values) == [
        coefficient(value) for value in values
    ]


def test_a_coefficient_of_determination_below_0_has_three_digits(modules: Modules) -> None:
    assert modules.each("numbers.js", "module.coefficient", [-0.287, -49.14]) == [
        f"{MINUS}0.287",
        f"{MINUS}49.1",
    ]


def test_a_rate_that_a_person_chooses_has_three_digits(modules: Modules) -> None:
    expected = {
        0.113966: 0.114,
        9.9971e-6: 1e-5,
        12.345: 12.3,
        0.5: 0.5,
    }

    found = modules.each("numbers.js", "module.rounded", list(expected))

    assert dict(zip(expected, found, strict=True)) == expected


def test_the_curve_is_written_as_a_formula(modules: Modules) -> None:
    curves = [
        {"a": 0.768, "b": -14.7, "c": 71.8},
        {"a": -2.5, "b": 0},
        {"a": 1, "b": 2, "c": -3, "d": 4},
    ]

    assert modules.each("numbers.js", "module.formula", curves) == [
        f"0.768·t² {MINUS} 14.7·t + 71.8",
        f"{MINUS}2.50·t + 0",
        f"1.00·t³ + 2.00·t² {MINUS} 3.00·t + 4.00",
    ]
