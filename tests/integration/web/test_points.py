"""What a person pastes is read as points, or it is told what is wrong with it."""

import random
from typing import Any

from tests.support.modules import Modules
from tests.support.written import MINUS

READ = """(text, most) => {
  try {
    return module.read(text, most).points;
  } catch (error) {
    const unreadable = error instanceof module.UnreadableError;
    return { error: error.text, ...error.values, unreadable };
  }
}"""
MOST = 50_000
THREE = {"t": [0, 1, 2.5], "y": [1, -2.5, 4e3]}
FORMS = {
    "commas": "0,1\n1,-2.5\n2.5,4000",
    "commas and blanks": "0, 1\n1 , -2.5\n 2.5,4000 ",
    "semicolons": "0;1\n1;-2.5\n2.5;4e3",
    "semicolons and decimal commas": "0;1\n1;-2,5\n2,5;4000",
    "tabs": "0\t1\n1\t-2.5\n2.5\t4000",
    "tabs and decimal commas": "0\t1\n1\t-2,5\n2,5\t4000",
    "blanks": "0 1\n1   -2.5\n2.5 4000",
    "a header": "t,y\n0,1\n1,-2.5\n2.5,4000",
    "a quoted header": '"time, s";"speed"\n0;1\n1;-2,5\n2,5;4000',
    "quoted numbers": '"0","1"\n"1","-2.5"\n"2.5","4000"',
    "empty lines": "\n\n0,1\n\n1,-2.5\n2.5,4000\n\n",
    "ends of lines as on Windows": "0,1\r\n1,-2.5\r\n2.5,4000\r\n",
    "ends of lines as on old Macs": "0,1\r1,-2.5\r2.5,4000\r",
    "a byte order mark": "\ufefft;y\n0;1\n1;-2.5\n2.5;4000",
    "a separator at the end": "0,1,\n1,-2.5,\n2.5,4000,",
    "a real minus sign": f"0,1\n1,{MINUS}2.5\n2.5,4000",
    "signs and exponents": "+0,1E0\n1,-.25e1\n2.5,4.e3",
    "digits in groups": "0\t1\n1\t-2.5\n2.5\t4,000",
    "quoted digits in groups": '0,1\n1,-2.5\n2.5,"4,000"',
    "a third column": "0,1,9\n1,-2.5,8\n2.5,4000,7",
    "a missing row": "0,1\n1,-2.5\n2,\n,3\nNaN,4\n2.5,4000",
    "pairs in JSON": "[[0, 1], [1, -2.5], [2.5, 4000]]",
    "columns in JSON": '{"t": [0, 1, 2.5], "y": [1, -2.5, 4000]}',
    "two lists": "[0, 1, 2.5]\n[1, -2.5, 4000]",
    "objects in JSON": '[{"t": 0, "y": 1}, {"t": 1, "y": -2.5}, {"t": 2.5, "y": 4000}]',
    "tuples in Python": "[(0, 1), (1, -2.5), (2.5, 4000),]",
    "assignments in Python": "t = [0, 1, 2.5]\ny = [1, -2.5, 4000]",
    "a dictionary in Python": "{'t': [0, 1, None, 2.5], 'y': [1, -2.5, 7, 4000]}",
}
NOTED: dict[str, tuple[dict[str, list[float]], list[str]]] = {
    "1\n2\n5": ({"t": [0, 1, 2], "y": [1, 2, 5]}, ["singleColumn"]),
    "speed\n1\n2\n5": ({"t": [0, 1, 2], "y": [1, 2, 5]}, ["singleColumn"]),
    "[1, 2, 5]": ({"t": [0, 1, 2], "y": [1, 2, 5]}, ["singleColumn"]),
    "0,1,a\n1,2,b\n2,,c\n3,5,d": ({"t": [0, 1, 3], "y": [1, 2, 5]}, ["moreColumns", "leftOut"]),
    "t,y,unit\n0,1\n1,2,km\n3,5": ({"t": [0, 1, 3], "y": [1, 2, 5]}, ["moreColumns"]),
}
"""Texts of another form, with their points and the names of what is said of them."""
DATES: dict[str, tuple[list[float], str]] = {
    "2026-01-30,1\n2026-01-31,2\n2026-02-02,5": ([0, 1, 3], "2026-01-30"),
    "date\ty\n2026/1/31 12:00\t1\n2026. 2. 1.\t2\n2026-02-02T06:00:00Z\t5": (
        [0, 0.5, 1.75],
        "2026-01-31",
    ),
}
"""Texts with dates, each with the days since the first one, and its date."""
UNREADABLE: dict[str, dict[str, Any]] = {
    "": {"error": "empty"},
    " \n\t\n": {"error": "empty"},
    "0,1\n1,2": {"error": "tooFew", "min": 3},
    "0,1\n1,2\n2,": {"error": "tooFew", "min": 3},
    "31/01/2026,1\n1,2\n2,3": {"error": "notNumber", "line": 1, "cell": "31/01/2026"},
    "t,y\n0,1\n1,2": {"error": "tooFew", "min": 3},
    "t,y": {"error": "tooFew", "min": 3},
    "0,1\n1,2\n2,12.5 km\n3,4": {"error": "notNumber", "line": 3, "cell": "12.5 km"},
    "t;y\n0;1\n1;12,5 km\n2;3\n4;5": {"error": "notNumber", "line": 3, "cell": "12,5 km"},
    "t,y\n1,2\n3,12,5 km\n4,x": {"error": "tooWide", "line": 3, "cell": "5 km"},
    "0,1\n1,2,5\n2,3": {"error": "tooWide", "line": 2, "cell": "5"},
    "0,1\n1,Infinity\n2,3": {"error": "notNumber", "line": 2, "cell": "Infinity"},
    "0,1\n1,0x10\n2,3": {"error": "notNumber", "line": 2, "cell": "0x10"},
    "0;1\n1;1.234,5\n2;3": {"error": "notNumber", "line": 2, "cell": "1.234,5"},
    "0,1\n1,2\n2," + "x" * 50: {"error": "notNumber", "line": 3, "cell": "x" * 20},
    "0,1\n1,1e101\n2,3": {"error": "tooLarge", "line": 2},
    "0,1\n1,-1e999\n2,3": {"error": "tooLarge", "line": 2},
}


def test_two_columns_are_read_in_every_usual_form(modules: Modules) -> None:
    read = modules.each("points.js", READ, list(FORMS.values()), MOST)

    assert dict(zip(FORMS, read, strict=True)) == dict.fromkeys(FORMS, THREE)


def test_other_forms_are_read_and_named(modules: Modules) -> None:
    function = "(text, most) => module.read(text, most)"

    read = modules.each("points.js", function, list(NOTED), MOST)

    assert [(each["points"], [note["text"] for note in each["notes"]]) for each in read] == list(
        NOTED.values()
    )


def test_dates_are_read_as_days_since_the_first_one(modules: Modules) -> None:
    function = "(text, most) => module.read(text, most)"

    read = modules.each("points.js", function, list(DATES), MOST)

    assert [(each["points"]["t"], each["since"], each["notes"]) for each in read] == [
        (*expected, []) for expected in DATES.values()
    ]


def test_an_unreadable_text_is_an_error_that_names_its_line(modules: Modules) -> None:
    read = modules.each("points.js", READ, list(UNREADABLE), MOST)

    assert dict(zip(UNREADABLE, read, strict=True)) == {
        text: error | {"unreadable": True} for text, error in UNREADABLE.items()
    }


def test_the_limit_of_points_is_read_and_one_more_is_refused(modules: Modules) -> None:
    rows = [f"{i},{i % 7}" for i in range(MOST + 1)]

    most, more = modules.each("points.js", READ, ["\n".join(rows[:MOST]), "\n".join(rows)], MOST)

    assert most == {"t": list(range(MOST)), "y": [i % 7 for i in range(MOST)]}
    assert more == {"error": "tooMany", "max": MOST, "unreadable": True}


def test_numbers_are_read_as_they_were_written(modules: Modules) -> None:
    drawn = random.Random(42)
    values = [drawn.uniform(-1, 1) * 10 ** drawn.randint(-20, 20) for _ in range(400)]
    t, y = values[::2], values[1::2]
    texts = {
        separator: "\n".join(f"{a!r}{separator}{b!r}" for a, b in zip(t, y, strict=True))
        for separator in (",", ";", "\t", " ")
    }

    read = modules.each("points.js", READ, list(texts.values()), MOST)

    assert dict(zip(texts, read, strict=True)) == {
        separator: {"t": t, "y": y} for separator in texts
    }


def test_a_t_far_from_0_is_counted_from_the_first_one(modules: Modules) -> None:
    near, far = modules.each(
        "points.js",
        "module.near",
        [{"t": [0, 1, 2], "y": [1, 2, 5]}, {"t": [1.7e9, 1.7e9 + 60, 1.7e9 + 120], "y": [1, 2, 5]}],
    )

    assert near == {"from": 0, "points": {"t": [0, 1, 2], "y": [1, 2, 5]}}
    assert far == {"from": 1.7e9, "points": {"t": [0, 60, 120], "y": [1, 2, 5]}}
