"""Files of CSV as pandas, polars, pyarrow and R write them."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from service.descent.questions.file import Columns
from tests.support.habits.written import NAMED, Sample, Written, numbers, samples, stamps

FIRST_TWO = Columns()
Refused = tuple[str, bytes]
"""The name of a habit, and a file that must be refused."""


def programs(seed: int) -> list[Sample]:
    """Files of CSV, with numbers that are drawn with this seed."""
    found = []
    for written in numbers(seed):
        found += samples("pandas", "csv", of_pandas(frame(written)), written)
        found += samples("polars", "csv", of_polars(polars_frame(written)), written)
        found += samples("pyarrow", "csv", of_pyarrow(pa.table(written.arrow())), written)
        rounded = as_in_r(written)
        found += samples("R", "csv", of_r(r_columns(written)), rounded)
    for written in stamps(seed):
        found += samples("pandas", "csv", stamps_of_pandas(frame(written)), written)
        found += samples("pyarrow", "csv", of_pyarrow(pa.table(written.arrow())), written)
        found += samples("R", "csv", stamps_of_r(written), written)
    return found


def frame(written: Written) -> pd.DataFrame:
    """The points as a frame."""
    if written.stamped:
        t = pd.Series(pd.to_datetime(written.t, unit="ns", utc=True))
    else:
        t = pd.Series(written.t, dtype="Int64" if written.whole else float)
    return pd.DataFrame({"t": t, "y": pd.Series(written.y, dtype=float)})


def polars_frame(written: Written) -> pl.DataFrame:
    """The points as a frame of polars."""
    read = pl.from_arrow(pa.table(written.arrow()))
    assert isinstance(read, pl.DataFrame)
    return read


def of_pandas(frame: pd.DataFrame) -> dict[str, tuple[bytes, Columns]]:
    """The habits of `DataFrame.to_csv`."""
    swapped = frame[["y", "t"]]
    noted = frame.assign(note='a "b", c;\n\td')
    others = frame.assign(**{"y.error": 1.0, "größe": 2, "": 3.0})
    unnamed = frame.set_axis([0, 1], axis=1)
    return {
        "default": (frame.to_csv().encode(), FIRST_TWO),
        "columns without names": (unnamed.to_csv().encode(), FIRST_TWO),
        "index": (frame.set_index("t").to_csv().encode(), FIRST_TWO),
        "no index": (frame.to_csv(index=False).encode(), FIRST_TWO),
        "no header": (frame.to_csv(index=False, header=False).encode(), FIRST_TWO),
        "semicolons": (frame.to_csv(index=False, sep=";").encode(), FIRST_TWO),
        "decimal commas": (frame.to_csv(index=False, sep=";", decimal=",").encode(), FIRST_TWO),
        "tabs": (frame.to_csv(index=False, sep="\t").encode(), FIRST_TWO),
        "crlf": (frame.to_csv(index=False, lineterminator="\r\n").encode(), FIRST_TWO),
        "bom": (frame.to_csv(index=False).encode("utf-8-sig"), FIRST_TWO),
        "quotes": (frame.to_csv(index=False, quoting=csv.QUOTE_ALL).encode(), FIRST_TWO),
        "quoted names": (
            frame.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC).encode(),
            FIRST_TWO,
        ),
        "NA": (frame.to_csv(index=False, na_rep="NA").encode(), FIRST_TWO),
        "null": (frame.to_csv(index=False, na_rep="null").encode(), FIRST_TWO),
        "NaN": (frame.to_csv(index=False, na_rep="NaN").encode(), FIRST_TWO),
        "17 digits": (frame.to_csv(index=False, float_format="%.17g").encode(), FIRST_TWO),
        "powers": (frame.to_csv(index=False, float_format="%.16e").encode(), FIRST_TWO),
        "other order": (swapped.to_csv(index=False).encode(), NAMED),
        "text": (noted.to_csv(index=False).encode(), FIRST_TWO),
        "text and index": (noted.to_csv().encode(), NAMED),
        "other columns": (others.to_csv(index=False).encode(), NAMED),
        "nullable": (frame.convert_dtypes().to_csv(index=False).encode(), FIRST_TWO),
    }


def stamps_of_pandas(frame: pd.DataFrame) -> dict[str, tuple[bytes, Columns]]:
    """The habits of `DataFrame.to_csv` with time stamps."""
    seoul = frame.assign(t=frame["t"].dt.tz_convert("Asia/Seoul"))
    iso = frame.assign(t=[each.isoformat() for each in frame["t"]])
    return {
        "default": (frame.to_csv().encode(), FIRST_TWO),
        "no index": (frame.to_csv(index=False).encode(), FIRST_TWO),
        "index": (frame.set_index("t").to_csv().encode(), FIRST_TWO),
        "Seoul": (seoul.to_csv(index=False).encode(), FIRST_TWO),
        "ISO": (iso.to_csv(index=False).encode(), FIRST_TWO),
        "decimal commas": (iso.to_csv(index=False, sep=";", decimal=",").encode(), FIRST_TWO),
        "quotes": (iso.to_csv(index=False, quoting=csv.QUOTE_ALL).encode(), FIRST_TWO),
    }


def of_polars(frame: pl.DataFrame) -> dict[str, tuple[bytes, Columns]]:
    """The habits of `DataFrame.write_csv`."""
    return {
        "default": (frame.write_csv().encode(), FIRST_TWO),
        "no header": (frame.write_csv(include_header=False).encode(), FIRST_TWO),
        "bom": (frame.write_csv(include_bom=True).encode(), FIRST_TWO),
        "semicolons": (frame.write_csv(separator=";").encode(), FIRST_TWO),
        "decimal commas": (frame.write_csv(separator=";", decimal_comma=True).encode(), FIRST_TWO),
        "tabs": (frame.write_csv(separator="\t").encode(), FIRST_TWO),
        "crlf": (frame.write_csv(line_terminator="\r\n").encode(), FIRST_TWO),
        "quotes": (frame.write_csv(quote_style="always").encode(), FIRST_TWO),
        "quoted text": (frame.write_csv(quote_style="non_numeric").encode(), FIRST_TWO),
        "NA": (frame.write_csv(null_value="NA").encode(), FIRST_TWO),
        "powers": (frame.write_csv(float_scientific=True).encode(), FIRST_TWO),
        "row index": (frame.with_row_index().write_csv().encode(), NAMED),
    }


def of_pyarrow(table: pa.Table) -> dict[str, tuple[bytes, Columns]]:
    """The habits of `pyarrow.csv.write_csv`."""
    return {
        "default": (with_pyarrow(table), FIRST_TWO),
        "no header": (with_pyarrow(table, include_header=False), FIRST_TWO),
        "semicolons": (with_pyarrow(table, delimiter=";"), FIRST_TWO),
        "tabs": (with_pyarrow(table, delimiter="\t"), FIRST_TWO),
        "quotes": (with_pyarrow(table, quoting_style="all_valid"), FIRST_TWO),
        "no quotes": (with_pyarrow(table, quoting_style="none"), FIRST_TWO),
        "blocks": (with_pyarrow(table, batch_size=3), FIRST_TWO),
    }


def with_pyarrow(table: pa.Table, **options: object) -> bytes:
    """A table as pyarrow writes it."""
    file = io.BytesIO()
    arrow_csv.write_csv(table, file, arrow_csv.WriteOptions(**options))
    return file.getvalue()


def of_r(columns: dict[str, list[str]]) -> dict[str, tuple[bytes, Columns]]:
    """The habits of `write.csv`, `write.csv2`, `write.table` and `fwrite`."""
    rows = [f'"{row}"' for row in range(1, len(columns["t"]) + 1)]
    quoted = {f'"{name}"': columns[name] for name in columns}
    blank = {name: ["" if cell == "NA" else cell for cell in columns[name]] for name in columns}
    named = {'""': rows} | quoted
    return {
        "write.csv": (lines(named, ","), FIRST_TWO),
        "write.csv, row.names = FALSE": (lines(quoted, ","), FIRST_TWO),
        "write.csv, quote = FALSE": (lines(unquoted(named), ","), FIRST_TWO),
        "write.csv2": (lines(named, ";", ","), FIRST_TWO),
        "write.csv2, row.names = FALSE": (lines(quoted, ";", ","), FIRST_TWO),
        "write.table, sep, col.names = NA": (lines(named, "\t"), FIRST_TWO),
        "write.table, sep, row.names = FALSE": (lines(quoted, "\t"), FIRST_TWO),
        "fwrite": (lines(blank, ","), FIRST_TWO),
        "fwrite, dec": (lines(blank, ";", ","), FIRST_TWO),
        "fwrite, sep": (lines(blank, "\t"), FIRST_TWO),
        "fwrite, eol": (lines(blank, ",", end="\r\n"), FIRST_TWO),
        "fwrite, row.names": (lines(unquoted({'""': rows}) | blank, ","), FIRST_TWO),
    }


def unquoted(columns: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name.strip('"'): [cell.strip('"') for cell in cells] for name, cells in columns.items()}


def lines(
    columns: dict[str, list[str]], delimiter: str, point: str = ".", end: str = "\n"
) -> bytes:
    """A table as text."""
    rows = [[*columns], *([*row] for row in zip(*columns.values(), strict=True))]
    text = [delimiter.join(cell.replace(".", point) for cell in row) for row in rows]
    return (end.join(text) + end).encode()


def r_columns(written: Written) -> dict[str, list[str]]:
    """The points as R writes them."""
    return {"t": [*map(r_number, written.t)], "y": [*map(r_number, written.y)]}


def as_in_r(written: Written) -> Written:
    """The points that R writes, which have 15 digits."""
    columns = r_columns(written)
    t, y = ([None if cell == "NA" else float(cell) for cell in columns[name]] for name in "ty")
    return replace(written, t=t, y=y)


def r_number(value: float | None) -> str:
    """A number as R writes it: with up to 15 digits, and with a power if that is shorter."""
    if value is None:
        return "NA"
    value = float(f"{value:.14e}")
    digits = next(count for count in range(15) if float(f"{value:.{count}e}") == value)
    mantissa, power = f"{value:.{digits}e}".split("e")
    fixed = f"{value:.{max(digits - int(power), 0)}f}"
    scientific = f"{mantissa}e{int(power):+03}"
    return fixed if len(fixed) <= len(scientific) else scientific


def stamps_of_r(written: Written) -> dict[str, tuple[bytes, Columns]]:
    """The habits of R with dates and, of `fwrite`, with times."""
    y = [*map(r_precise, written.y)]
    times = [each.isoformat().replace("+00:00", "Z") for each in written.times() if each]
    found = {
        "fwrite": (lines_of(times, y, ","), FIRST_TWO),
        "fwrite, dec": (lines_of(times, [cell.replace(".", ",") for cell in y], ";"), FIRST_TWO),
    }
    if written.name == "days":
        days = [time[:10] for time in times]
        rows = [f'"{row}",{day}' for row, day in enumerate(days, 1)]
        found["write.csv"] = (lines_of(rows, y, ",", head='"","t"'), FIRST_TWO)
    return found


def lines_of(first: Sequence[str], y: Sequence[str], delimiter: str, head: str = "t") -> bytes:
    """A table as text, given the cells before y."""
    rows = [f"{cell}{delimiter}{value}" for cell, value in zip(first, y, strict=True)]
    return "\n".join([f"{head}{delimiter}y", *rows, ""]).encode()


def r_precise(value: float | None) -> str:
    """A number with all digits, as `fwrite` can write it."""
    return "" if value is None else repr(value)


def refused_of_r(seed: int) -> list[Refused]:
    """Files of R that have something else than numbers in a column, or other separators."""
    (written, *_) = numbers(seed)
    columns = r_columns(written)
    rows = [f'"{row}"' for row in range(1, len(written.t) + 1)]
    spoilt: dict[str, Callable[[int], str]] = {
        "TRUE": lambda row: "TRUE" if row % 2 else "FALSE",
        "T": lambda row: '"T"' if row % 2 else '"F"',
        "Inf": lambda row: "-Inf" if row % 2 else "1",
        "factor": lambda row: f'"level {row}"',
        "complex": lambda row: f"{row}+1i",
    }
    found = [
        (f"y is {name}", lines(columns | {"y": [*map(cell, range(len(written.t)))]}, ","))
        for name, cell in spoilt.items()
    ]
    local = [f"2024-02-29 12:00:{row:02}" for row in range(len(written.t))]
    data = lines(columns | {"t": local}, ",")
    body = lines({'""': rows} | columns, "\t").partition(b"\n")[2]
    return [
        *found,
        ("POSIXct", data),
        ("write.table", lines({'"t"': columns["t"], '"y"': columns["y"]}, " ")),
        ("write.table, sep", b'"t"\t"y"\n' + body),
    ]
