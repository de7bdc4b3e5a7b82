"""Files of points that a person chooses or drops: the service reads them."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from playwright.sync_api import FilePayload, Page, Route, expect
from pyarrow import feather, ipc, parquet

from tests.system.browser.drawer import opened, shows, use
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

T = [0.0, 0.5, 1.0, 2.0, 3.5]
Y = [9.0, 4.25, 2.0, 3.0, 7.5]
LISTED = "0\t9\n0.5\t4.25\n1\t2\n2\t3\n3.5\t7.5"
CSV = "\n".join(["t,y", *(f"{t},{y}" for t, y in zip(T, Y, strict=True))])
MAX_POINTS = {
    "en-US": "This page takes up to 50,000 points. To fit more, use the API. "
    "Your last data stay as they are.",
    "ko-KR": "이 페이지에는 점을 50,000개까지 넣을 수 있습니다. 더 많은 점은 API로 맞추세요. "
    "이전 데이터를 그대로 둡니다.",
}
BAD_CELL = {
    "en-US": "Not possible: `12.5 km` in line 3, column `y` is not a number. The last fit stays.",
    "ko-KR": "할 수 없습니다: `12.5 km` in line 3, column `y` is not a number. "
    "이전 결과를 그대로 둡니다.",
}
UNREADABLE = """
Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException("", "NotFoundError"));
"""
"""What a browser does with a folder that is dropped, or a file that has been deleted."""
DROP = """(field, [name, content]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([content], name));
  field.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


def table() -> pa.Table:
    """The points as a table of Arrow."""
    return pa.table({"t": T, "y": Y})


def written(write: Callable[[io.BytesIO], Any]) -> bytes:
    """Return what is written into a file."""
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def streamed(file: io.BytesIO) -> None:
    """Write the points in the streaming format of Arrow."""
    with ipc.new_stream(file, table().schema) as stream:
        stream.write_table(table())


FILES: dict[str, Callable[[], bytes]] = {
    "points.csv": CSV.encode,
    "comma.csv": lambda: CSV.replace(",", ";").replace(".", ",").encode(),
    "points.tsv": lambda: CSV.replace(",", "\t").encode(),
    "points.parquet": lambda: written(lambda file: parquet.write_table(table(), file)),
    "points.feather": lambda: written(lambda file: feather.write_feather(table(), file)),
    "points.arrow": lambda: written(streamed),
    "points.npy": lambda: written(lambda file: np.save(file, np.column_stack([T, Y]))),
}
"""Files with the same points, in every format that the service reads."""


def payload(name: str, content: bytes) -> FilePayload:
    """Return a file as a person has it. The browser does not know its type."""
    return {"name": name, "mimeType": "", "buffer": content}


def choose(page: Page, content: str, name: str = "points.csv") -> None:
    """Choose a file with this text."""
    page.set_input_files("#file", payload(name, content.encode()))


def held(page: Page) -> list[Route]:
    """Hold the requests of files, which go on when the test continues them."""
    routes: list[Route] = []

    def hold(route: Route) -> None:
        routes.append(route)

    page.route("**/fit?fields=*", hold)
    return routes


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_is_fitted_at_once(visit: Visits, name: str) -> None:
    page = opened(visit())

    with page.expect_file_chooser() as chooser:
        page.get_by_text("Choose a file", exact=True).click()
    chooser.value.set_files(payload(name, FILES[name]()))

    shows(page, 5)
    expect(page.locator("#pasted")).to_have_value(LISTED)
    expect(page.locator("#data-shown")).to_have_text("5 points are shown.")


def test_a_file_is_chosen_by_keys(visit: Visits) -> None:
    page = opened(visit())
    page.focus("#use-points")

    # A key waits for nothing: when Enter comes, the browser must already hold its dialog back.
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Tab")
        expect(page.locator("#file")).to_be_focused()
        page.keyboard.press("Enter")
    chooser.value.set_files(payload("points.csv", CSV.encode()))

    shows(page, 5)


def test_a_file_that_is_dropped_is_fitted_at_once(visit: Visits) -> None:
    page = opened(visit())

    page.locator("#pasted").evaluate(DROP, ["points.csv", CSV])

    shows(page, 5)
    expect(page.locator("#data-shown")).to_have_text("5 points are shown.")


def test_what_was_done_to_read_a_file_is_said(visit: Visits) -> None:
    page = opened(visit())

    choose(page, "day,sold\n2026-01-30,1\n2026-01-31,2\n2026-02-01,\n2026-02-02T12:00:00Z,5")

    shows(page, 3)
    expect(page.locator("#pasted")).to_have_value("0\t1\n1\t2\n3.5\t5")
    expect(page.locator("#data-shown")).to_have_text(
        "3 points are shown. t is counted in days from 2026-01-30. "
        "Rows with a missing value are left out: 1."
    )


def test_the_weights_of_an_array_are_said_to_be_left_out(visit: Visits) -> None:
    page = opened(visit())
    weighted = written(lambda file: np.save(file, np.column_stack([T, Y, np.ones(5)])))

    page.set_input_files("#file", payload("points.npy", weighted))

    expect(page.locator("#data-shown")).to_have_text(
        "5 points are shown. The first two of 3 columns are used."
    )


@pytest.mark.parametrize("language", BAD_CELL)
def test_the_place_of_a_fault_is_told_beside_the_field_and_the_last_fit_stays(
    visit: Visits, language: str
) -> None:
    page = opened(visit(locale=language, forgiven="400"))
    headline = page.locator("#verdict").inner_text()

    choose(page, "t,y\n0,1\n1,12.5 km\n2,3\n3,4")

    expect(page.locator("#pasted-problem")).to_have_text(BAD_CELL[language])
    expect(page.locator("#data-shown")).to_be_empty()
    expect(page.locator("#verdict")).to_have_text(headline)
    shows(page, 20)


@pytest.mark.parametrize("language", MAX_POINTS)
@pytest.mark.parametrize("count", [50_001, 1_000_000])
def test_a_file_of_too_many_points_is_told_beside_the_field_and_the_last_fit_stays(
    visit: Visits, language: str, count: int
) -> None:
    page = opened(visit(locale=language, forgiven="422"))
    headline = page.locator("#verdict").inner_text()

    choose(page, "\n".join(f"{i},{i % 7}" for i in range(count)))

    expect(page.locator("#pasted-problem")).to_have_text(MAX_POINTS[language])
    expect(page.locator("#verdict")).to_have_text(headline)
    shows(page, 20)


def test_a_file_that_the_browser_cannot_read_is_told(visit: Visits) -> None:
    page = opened(visit(script=UNREADABLE))

    page.locator("#pasted").evaluate(DROP, ["folder", ""])

    expect(page.locator("#pasted-problem")).to_have_text(
        "The browser cannot read the file. Your last data stay as they are."
    )


def test_a_file_without_an_answer_is_told(visit: Visits) -> None:
    page = opened(visit(forgiven="ERR_FAILED"))
    page.route("**/fit?fields=*", lambda route: route.abort())

    choose(page, CSV)

    expect(page.locator("#pasted-problem")).to_have_text("The service does not answer.")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en-US", "Reading points.csv…"), ("ko-KR", "points.csv 읽는 중…")],
)
def test_a_file_is_said_to_be_read_until_its_points_are_there(
    visit: Visits, language: str, sentence: str
) -> None:
    page = opened(visit(locale=language))
    waiting = held(page)

    with page.expect_request("**/fit?fields=*"):
        choose(page, CSV)
    expect(page.locator("#data-shown")).to_have_text(sentence)
    waiting[0].continue_()

    shows(page, 5)


def test_a_text_that_is_used_meanwhile_wins_over_a_file(visit: Visits) -> None:
    page = opened(visit())
    waiting = held(page)
    with page.expect_request("**/fit?fields=*"):
        choose(page, CSV)
    expect(page.locator("#data-shown")).to_contain_text("Reading")

    use(page, "0 1\n1 2\n2 5\n3 10")
    shows(page, 4)
    with page.expect_response("**/fit?fields=*") as answer:
        waiting[0].continue_()
    answer.value.finished()
    page.evaluate("new Promise(requestAnimationFrame)")

    expect(page.locator("#data-shown")).to_have_text("4 points are shown.")
    shows(page, 4)
