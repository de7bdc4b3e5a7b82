"""Points that a person pastes, types or drops as text, and what is said of those that are none."""

import pytest
from playwright.sync_api import expect

from tests.system.browser.drawer import opened, shows, use
from tests.system.browser.visits import Visits
from tests.system.browser.waiting import until

pytestmark = pytest.mark.browser

FIVE = "0 1\n1 2\n2 5\n3 10\n4 17"
FORMS = {
    "comma and header": "t,y\n0,1\n1,2\n2,5\n3,10\n4,17",
    "semicolon and decimal comma": "t;y\r\n0,5;1,25\r\n1,5;2\r\n2,5;5\r\n3,5;10\r\n4,5;17,75\r\n",
    "tab": "0\t1\n1\t2\n2\t5\n3\t10\n4\t17\n",
}
BAD = {
    "t,y\n0,1\n1,12.5 km\n2,3\n3,4": (
        "Line 3 has a value that is not a number: “12.5 km”. Your last data stay as they are.",
        "3번째 줄에 숫자가 아닌 값이 있습니다: “12.5 km”. 이전 데이터를 그대로 둡니다.",
    ),
    "t;y\n0;1\n1;12,5 km\n2;3\n3;4": (
        "Line 3 has a value that is not a number: “12,5 km”. Your last data stay as they are.",
        "3번째 줄에 숫자가 아닌 값이 있습니다: “12,5 km”. 이전 데이터를 그대로 둡니다.",
    ),
    " \n ": (
        "The text has no points. Your last data stay as they are.",
        "입력한 내용에 데이터가 없습니다. 이전 데이터를 그대로 둡니다.",
    ),
    "0,1\n1,2": (
        "At least 3 points are needed. Your last data stay as they are.",
        "점이 3개 이상 필요합니다. 이전 데이터를 그대로 둡니다.",
    ),
}
"""Texts that are no points, and what is said of them in English and Korean."""
DROP = """(field, content) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.setData("text", content);
  field.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


@pytest.mark.parametrize("form", FORMS)
def test_two_columns_are_read_in_every_usual_form(visit: Visits, form: str) -> None:
    page = opened(visit())

    use(page, FORMS[form])

    shows(page, 5)
    expect(page.locator("#data-shown")).to_have_text("5 points are shown.")
    expect(page.locator("#pasted-problem")).to_be_empty()


def test_the_line_at_the_top_speaks_of_own_points(visit: Visits) -> None:
    page = opened(visit())

    use(page, FIVE)

    expect(page.locator("#about")).to_have_text(
        "Gradient descent fits a curve to your points. You choose the learning rate.",
        use_inner_text=True,
    )


def test_what_was_read_comes_into_view_on_a_small_laptop(visit: Visits) -> None:
    page = opened(visit(viewport={"width": 1280, "height": 720}))

    use(page, "\n".join(f"2026-01-{day:02},{day * day}" for day in range(1, 31)))

    expect(page.locator("#data-shown")).to_have_text(
        "30 points are shown. t is counted in days from 2026-01-01."
    )
    expect(page.locator("#data-shown")).to_be_in_viewport(ratio=1)


def test_what_is_pasted_is_fitted_at_once(visit: Visits) -> None:
    page = opened(visit(permissions=["clipboard-read", "clipboard-write"]))
    page.evaluate("(content) => navigator.clipboard.writeText(content)", FORMS["tab"])

    page.focus("#pasted")
    page.keyboard.press("Control+v")

    shows(page, 5)


def test_a_text_that_is_dropped_is_fitted_at_once(visit: Visits) -> None:
    page = opened(visit())

    page.locator("#pasted").evaluate(DROP, FORMS["comma and header"])

    shows(page, 5)
    expect(page.locator("#data-shown")).to_have_text("5 points are shown.")


def test_the_field_shows_that_it_takes_what_is_dragged_over_it(visit: Visits) -> None:
    pasted = opened(visit()).locator("#pasted")

    pasted.dispatch_event("dragover")
    expect(pasted).to_have_css("border-style", "dashed")
    pasted.dispatch_event("dragleave")

    expect(pasted).to_have_css("border-style", "solid")


def test_a_long_text_that_is_dropped_is_fitted_and_not_shown(visit: Visits) -> None:
    page = opened(visit())

    page.locator("#pasted").evaluate(DROP, "\n".join(f"{i}.25,{i % 7}.125" for i in range(20_000)))

    expect(page.locator("#data-shown")).to_have_text("20,000 points are shown.")
    expect(page.locator("#pasted")).to_have_value("")


def test_undo_in_the_field_is_that_of_its_text(visit: Visits) -> None:
    page = opened(visit())
    use(page, FIVE)
    shows(page, 5)

    page.locator("#pasted").press_sequentially("8")
    page.keyboard.press("Control+z")

    expect(page.locator("#pasted")).to_have_value(FIVE)
    shows(page, 5)


def test_what_was_pasted_stays_in_the_field_and_what_was_done_is_said(visit: Visits) -> None:
    page = opened(visit())
    content = "2026-01-30,1,a\n2026-01-31,2,b\n2026-02-01,,c\n2026-02-02,5,d"

    use(page, content)

    shows(page, 3)
    expect(page.locator("#pasted")).to_have_value(content)
    expect(page.locator("#data-shown")).to_have_text(
        "3 points are shown. t is counted in days from 2026-01-30. "
        "The first two of 3 columns are used. Rows with a missing value are left out: 1."
    )


def test_undo_next_to_the_field_takes_the_points_back_and_what_was_said_of_them(
    visit: Visits,
) -> None:
    page = opened(visit())
    use(page, FIVE)
    shows(page, 5)

    page.locator("#data").get_by_role("button", name="Undo").click()

    shows(page, 20)
    expect(page.locator("#data-shown")).to_be_empty()


@pytest.mark.parametrize(
    ("points", "name"),
    [
        (FIVE, "t"),
        ("2026-01-30,1\n2026-01-31,2\n2026-02-01,4", "days since 2026-01-30"),
        ("1700000000,1\n1700000001,2\n1700000002,4", "t since 1700000000"),
    ],
)
def test_the_axis_says_from_what_t_is_counted_and_a_link_keeps_it(
    visit: Visits, points: str, name: str
) -> None:
    page = opened(visit())

    use(page, points)

    expect(page.locator("#curve svg").get_by_text(name, exact=True)).to_be_visible()
    expect(page.locator("#data-shown")).to_contain_text(name.rsplit(" since ", maxsplit=1)[-1])
    until(page, "location.hash.includes('data=')")
    there = visit(page.evaluate("location.hash.slice(1)"))
    expect(there.locator("#curve svg").get_by_text(name, exact=True)).to_be_visible()


@pytest.mark.parametrize("language", ["en-US", "ko-KR"])
def test_what_is_wrong_with_a_text_is_told_beside_the_field_and_the_last_fit_stays(
    visit: Visits, language: str
) -> None:
    page = opened(visit(locale=language))
    use(page, FIVE)
    shows(page, 5)
    headline = page.locator("#verdict").inner_text()

    for content, messages in BAD.items():
        use(page, content)

        expect(page.locator("#pasted-problem")).to_have_text(messages[language == "ko-KR"])
        expect(page.locator("#pasted")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#verdict")).to_have_text(headline)
        shows(page, 5)


def test_what_the_service_refuses_is_told_beside_the_field_and_the_last_fit_stays(
    visit: Visits,
) -> None:
    page = opened(visit(forgiven="422"))
    headline = page.locator("#verdict").inner_text()

    use(page, "0,1\n1e-99,2\n2e-99,3")

    expect(page.locator("#pasted-problem")).to_contain_text("The last fit stays.")
    expect(page.locator("#verdict")).to_have_text(headline)
    shows(page, 20)


def test_good_points_take_the_message_away(visit: Visits) -> None:
    page = opened(visit())
    use(page, "1\n2")
    expect(page.locator("#pasted-problem")).not_to_be_empty()

    use(page, FIVE)

    expect(page.locator("#pasted-problem")).to_be_empty()
    expect(page.locator("#pasted")).to_have_attribute("aria-invalid", "false")
