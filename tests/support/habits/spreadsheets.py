"""Files of CSV as spreadsheets export them, and as people edit them."""

from collections.abc import Sequence

import numpy as np

from service.descent.questions.file import Columns
from tests.support.habits.written import NAMED, SECOND, Sample, Written, samples

FIRST_TWO = Columns()
Rows = Sequence[Sequence[str]]


def spreadsheets(seed: int) -> list[Sample]:
    """Exported files, with numbers that are drawn with this seed."""
    chance = np.random.default_rng(seed)
    found = []
    for places in (0, 1, 2, 3, 6):
        n = int(chance.integers(4, 30))
        # spreadsheets show 5 as 5, 0.5 as 0.5, and nothing in an empty cell
        t = [*range(1900, 1900 + n)]
        y: list[float | None] = [
            round(float(value), places) for value in chance.normal(size=n) * 1000
        ]
        y[-1] = None
        found += samples("spreadsheet", "csv", exports(t, y), Written(f"{places} places", t, y))
    t = [86_400 * SECOND * (19_000 + day) for day in range(9)]
    y = chance.integers(0, 100, 9).astype(float).tolist()
    dated = Written("dates", t, y, stamped=True)
    days = [str(np.datetime64(19_000 + day, "D")) for day in range(9)]
    found += samples("spreadsheet", "csv", of_cells(days, [*map(shown, y)]), dated)
    return found


def exports(t: Sequence[int], y: Sequence[float | None]) -> dict[str, tuple[bytes, Columns]]:
    """Exports of one sheet, in the languages of several countries."""
    times, values = [*map(str, t)], [*map(shown, y)]
    commas = [cell.replace(".", ",") for cell in values]
    german = {
        f"{name}, decimal commas": (content, columns)
        for name, (content, columns) in of_cells(times, commas, ";").items()
    }
    return of_cells(times, values) | german


def shown(value: float | None) -> str:
    """A number in the cell of a sheet, without zeros at its end."""
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def of_cells(
    t: Sequence[str], y: Sequence[str], delimiter: str = ","
) -> dict[str, tuple[bytes, Columns]]:
    """The habits of exports, with these cells."""
    rows = [["t", "y"], *([*row] for row in zip(t, y, strict=True))]
    plain = text(rows, delimiter)
    quoted = text([[f'"{cell}"' for cell in row] for row in rows], delimiter)
    empty, wide = ["", ""], [[*row, "", ""] for row in rows]
    noted = [[*row, "note"] for row in rows]
    errors = [[row[0], "#N/A" if row[1] == "" else row[1]] for row in rows]
    declared = f"sep={delimiter}\r\n".encode()
    return {
        "plain": (plain, FIRST_TWO),
        "bom": (b"\xef\xbb\xbf" + plain, FIRST_TWO),
        "lf": (plain.replace(b"\r\n", b"\n"), FIRST_TWO),
        "cr": (plain.replace(b"\r\n", b"\r"), FIRST_TWO),
        "no end": (plain.removesuffix(b"\r\n"), FIRST_TWO),
        "quotes": (quoted, FIRST_TWO),
        "quotes and bom": (b"\xef\xbb\xbf" + quoted, FIRST_TWO),
        "sep": (declared + plain, FIRST_TWO),
        "sep and bom": (b"\xef\xbb\xbf" + declared + plain, NAMED),
        "empty lines": (plain.replace(b"\r\n", b"\r\n\r\n"), FIRST_TWO),
        "empty first lines": (b"\r\n\r\n" + plain, FIRST_TWO),
        "empty last lines": (plain + b"\r\n" * 20, FIRST_TWO),
        "empty first rows": (text([empty, empty, *rows], delimiter), FIRST_TWO),
        "empty last rows": (text([*rows, empty, empty], delimiter), FIRST_TWO),
        "empty rows between": (text([*rows[:3], empty, *rows[3:]], delimiter), FIRST_TWO),
        "empty last columns": (text(wide, delimiter), FIRST_TWO),
        "empty columns and rows": (text([["", ""] * 2, *wide, ["", ""] * 2], delimiter), FIRST_TWO),
        "a column of notes": (text(noted, delimiter), FIRST_TWO),
        "row numbers": (text(numbered(rows), delimiter), FIRST_TWO),
        "#N/A": (text(errors, delimiter), FIRST_TWO),
        "spaces": (plain.replace(delimiter.encode(), delimiter.encode() + b" "), FIRST_TWO),
        "tabs": (text(rows, "\t"), FIRST_TWO),
        "other encoding": (text([*noted, ["", "", "Größe"]], delimiter, "cp1252"), FIRST_TWO),
    }


def numbered(rows: Rows) -> Rows:
    """The rows, each with its number."""
    return [["", *rows[0]], *([str(row), *cells] for row, cells in enumerate(rows[1:], 1))]


def text(rows: Rows, delimiter: str, encoding: str = "utf-8") -> bytes:
    """The rows as lines of text."""
    return "".join(delimiter.join(row) + "\r\n" for row in rows).encode(encoding)


BAD_CELLS = {
    "percent": "12%",
    "currency": "€5.00",
    "currency after": "5 EUR",
    "thousands": '"1,234.5"',
    "thousands, no quotes": "1,234.5",
    "German thousands": '"1.234,5"',
    "French thousands": "1\u202f234",
    "Swiss thousands": "1'234.5",
    "millions": '"1,234,567"',
    "in brackets": "(5)",
    "minus after": "5-",
    "long minus": "\N{MINUS SIGN}5",
    "division by zero": "#DIV/0!",
    "wrong value": "#VALUE!",
    "missing name": "#NAME?",
    "wrong reference": "#REF!",
    "too narrow": "####",
    "text": "about 5",
    "less than": "<5",
    "apostrophe": "'5",
    "no-break space": "5\u00a0",
    "fraction": "1/2",
    "time": "12:30",
    "two points": "1.2.3",
    "decimal comma": '"2,5"',
    "hexadecimal": "0x1F",
    "NAN": "NAN",
    "question": "?",
    "dash": "-",
    "quote": '"5',
    "infinity": "inf",
    "too large": "1e200",
}
"""Cells of y that are no numbers, or none that can be used."""
BAD_TIMES = {
    "German": "29.02.2024",
    "English": "2/29/2024",
    "British": "29/02/2024",
    "ISO, slashes": "2024/02/29",
    "month in letters": "29-Feb-2024",
    "month": "Feb 2024",
    "local time": "2024-02-29 12:00",
    "local time, seconds": "2024-02-29T12:00:00",
    "no such day": "2024-02-30",
    "half a day": "12:00",
    "quarter": "2024-Q1",
    "total": "Total",
}
"""Cells of t that are neither numbers nor time stamps."""
WHOLE = {
    "title": b"Report 2024,\r\n,\r\nt,y\r\n1,2\r\n2,3\r\n",
    "units": b"t,y\r\ns,kg\r\n1,2\r\n2,3\r\n",
    "two tables": b"t,y\r\n1,2\r\n2,3\r\n\r\nt,z\r\n1,2\r\n",
    "short line": b"t,y\r\n1,2\r\n3\r\n",
    "long line": b"t,y\r\n1,2\r\n3,4,5\r\n",
    "longer lines": b"t,y\r\n1,2,\r\n3,4,\r\n",
    "one column": b"y\r\n1\r\n2\r\n",
    "spaces": b"t y\r\n1 2\r\n3 4\r\n",
    "nothing": b"",
    "header": b"t,y\r\n",
    "only empty cells": b",\r\n,\r\n",
    "UTF-16": "t;y\r\n1;2\r\n".encode("utf-16"),
    "German thousands": b"t;y\r\n1;998\r\n2;999\r\n3;1.000\r\n4;1.001\r\n",
    "thousands and tabs": b't\ty\r\n1\t998\r\n2\t999\r\n3\t"1,000"\r\n',
    "thousands in t": b"t;y\r\n999;1\r\n1.000;2\r\n1.001;3\r\n",
    "no numbers": b"a,b\r\nc,d\r\n",
    "JSON": b'{"t": [1, 2], "y": [3, 4]}',
    "HTML": b"<table><tr><td>1</td><td>2</td></tr></table>",
    "xlsx": b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" + bytes(range(256)),
    "gzip": b"\x1f\x8b\x08\x00" + bytes(range(255, 0, -1)),
    "Parquet": b"PAR1\x15\x04\x15 PAR1",
}
"""Files that cannot be read in one way only, or not at all."""


def refused_sheets() -> list[tuple[str, bytes]]:
    """Files of sheets that must be refused."""
    cells = [
        (f"{name} in {place}", lines_with(f"1,{cell}", before))
        for name, cell in BAD_CELLS.items()
        for place, before in (("the first row", 0), ("a row", 3), ("row 2001", 2000))
    ]
    times = [
        (f"{name}, {place}", lines_with(f"{cell},5", before))
        for name, cell in BAD_TIMES.items()
        for place, before in (("first", 0), ("third", 2))
    ]
    return [*cells, *times, *WHOLE.items()]


def lines_with(line: str, before: int) -> bytes:
    """A file with this line after others."""
    return (
        f"t,y\r\n{'7,8' * bool(before)}{(chr(10) + '7,8') * (before - 1)}\n{line}\n9,1\n".encode()
    )
