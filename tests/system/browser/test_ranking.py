"""The teacher's table: links to attempts, as students send them, with the scores of the service."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.system.browser.rates import shows
from tests.system.browser.running import Asked
from tests.system.browser.selected import stands
from tests.system.browser.visits import NO_CLIPBOARD, Visits

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def link(rate: float | str, steps: int = 20) -> str:
    """A link to an attempt, as another machine of the class writes it."""
    fields = f"points=20&noise=3&seed=42&lr={rate}&steps={steps}&scale=standardize"
    return f"http://10.0.0.7:8000/#{fields}&challenge=tried"


CLASS = f"Minji {link(0.1)}\nJun {link(0.5)}\nSora {link(0.2)}\n"


def compared(page: Page, text: str) -> None:
    """Opens the table of these links."""
    page.click("#open-challenge")
    page.click("#class summary")
    page.fill("#links", text)
    page.click("#compare")
    expect(page.locator("#compared")).not_to_be_empty()


def names(page: Page) -> list[str]:
    return page.locator("#ranking tbody th").all_text_contents()


def row(page: Page, name: str) -> list[str]:
    """The cells after a name."""
    found = page.locator("#ranking tbody tr").filter(
        has=page.get_by_role("link", name=name, exact=True)
    )
    return found.locator("td").all_text_contents()


def test_the_best_attempt_is_at_the_top(visit: Visits) -> None:
    page = visit()

    compared(page, CLASS)

    assert names(page) == ["Sora", "Minji", "Jun"]


def test_a_row_has_rate_loss_score_and_verdict(visit: Visits) -> None:
    page = visit()

    compared(page, CLASS)

    assert [page.locator("#ranking thead th").all_text_contents(), row(page, "Jun")[0]] == [
        ["name", "rate", "loss", "score ↓", "verdict"],
        "0.500",
    ]
    assert row(page, "Jun")[2:] == ["0", "Too large"]


def test_the_score_is_that_of_the_attempt_itself(visit: Visits) -> None:
    page = visit()
    compared(page, CLASS)

    page.get_by_role("link", name="Minji", exact=True).click()

    expect(page.locator("#score")).to_have_text(row(page, "Minji")[2])


def test_the_button_of_the_score_reverses_the_order(visit: Visits) -> None:
    page = visit()
    compared(page, CLASS)
    column = page.locator("#ranking thead th").nth(3)
    expect(column).to_have_attribute("aria-sort", "descending")

    page.get_by_role("button", name="score").click()

    assert names(page) == ["Jun", "Minji", "Sora"]
    expect(column).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_role("button", name="score")).to_be_focused()


def test_a_name_opens_the_run_and_keeps_the_table(visit: Visits) -> None:
    page = visit("seed=7")
    compared(page, CLASS)

    page.get_by_role("link", name="Minji", exact=True).click()

    shows(page, 0.1)
    stands(page, 20, 20)
    expect(page.locator("#arrive")).to_have_text("Arrive in 20 steps.")
    assert len(names(page)) == 3


def test_a_name_opens_the_run_in_another_tab_with_ctrl(visit: Visits) -> None:
    page = visit("seed=7")
    compared(page, CLASS)

    with page.context.expect_page() as other:
        page.get_by_role("link", name="Minji", exact=True).click(modifiers=["Control"])

    shows(other.value, 0.1)
    expect(other.value.locator("#outcome")).to_be_visible()


def test_on_a_phone_the_drawer_makes_room_for_the_run(visit: Visits) -> None:
    page = visit(viewport=PHONE)
    compared(page, CLASS)

    page.get_by_role("link", name="Minji", exact=True).click()

    expect(page.locator("#challenge")).to_be_hidden()
    expect(page.locator("#outcome")).to_be_visible()
    page.click("#open-challenge")
    assert len(names(page)) == 3


def test_one_question_scores_all_attempts_of_a_challenge(visit: Visits) -> None:
    page = visit()
    asked = Asked().by(page)

    compared(page, "\n".join(f"Student {i} {link(0.01 * (i + 1))}" for i in range(30)))

    sweeps = [json.loads(each.post_data or "") for each in asked.sent if "/sweep" in each.url]
    assert [len(each["lrs"]) for each in sweeps] == [30]
    assert len(names(page)) == 30


def test_an_attempt_at_another_challenge_is_marked_and_comes_last(visit: Visits) -> None:
    page = visit()

    compared(page, f"Cheat {link(0.2, steps=500)}\n{CLASS}")

    assert names(page) == ["Sora", "Minji", "Jun", "Cheat"]
    assert row(page, "Cheat")[2:] != ["", ""]
    assert row(page, "Cheat")[3].endswith(", another challenge")


def test_a_link_without_a_name_has_the_number_of_its_line(visit: Visits) -> None:
    page = visit()

    compared(page, f"\n{link(0.1)}")

    assert names(page) == ["line 2"]


def test_wrong_lines_are_named(visit: Visits) -> None:
    page = visit()

    compared(page, f"Good luck!\n{CLASS}Yuna {link(0.1).replace('tried', 'open')}")

    assert page.locator("#wrong-lines li").all_text_contents() == [
        "Line 1 has no link: “Good luck!”.",
        "The link in line 5 has no attempt.",
    ]
    assert len(names(page)) == 3


def test_a_rate_that_the_service_rejects_leaves_the_other_rows(visit: Visits) -> None:
    page = visit(forgiven="422")

    compared(page, f"{CLASS}Yuna {link('1e305')}")

    assert names(page) == ["Sora", "Minji", "Jun"]
    expect(page.locator("#wrong-lines li")).to_have_text(re.compile(r"^Line 4 is not possible: "))


def test_without_a_link_nothing_but_the_lines_is_shown(visit: Visits) -> None:
    page = visit()

    compared(page, "nothing")

    expect(page.locator("#compared")).to_have_text("0 attempts")
    expect(page.locator("#ranking")).to_be_hidden()


def test_a_service_that_does_not_answer_is_named(visit: Visits) -> None:
    page = visit(forgiven="ERR_FAILED")
    page.route("**/sweep", lambda route: route.abort())

    compared(page, CLASS)

    expect(page.locator("#compared")).to_have_text("The service does not answer.")


def test_the_table_is_copied_for_a_spreadsheet(visit: Visits) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    compared(page, f"=Minji {link(0.1)}\nJun {link(0.5)}")

    page.click("#copy-ranking")

    expect(page.locator("#compared")).to_have_text("Copied: 2 attempts")
    copied = page.evaluate("navigator.clipboard.readText()")
    lines = [line.split("\t") for line in copied.split("\n")]
    assert lines[0] == ["name", "rate", "loss", "score", "verdict"]
    assert [line[:2] for line in lines[1:]] == [["'=Minji", "0.1"], ["Jun", "0.5"]]
    assert lines[2][3:] == ["0.0", "Too large"]


def test_without_a_clipboard_the_table_is_selected(visit: Visits) -> None:
    page = visit(script=NO_CLIPBOARD)
    compared(page, CLASS)

    page.click("#copy-ranking")

    assert "Minji" in page.evaluate("getSelection().toString()")


def test_the_table_follows_the_language(visit: Visits) -> None:
    page = visit()
    compared(page, CLASS)

    page.click("#language")

    expect(page.locator("#ranking thead th").first).to_have_text("이름")
    expect(page.locator("#compared")).to_have_text("시도 3개")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1440, "height": 900}])
def test_a_long_name_breaks_at_its_hyphen_and_the_table_keeps_the_margin(
    visit: Visits, viewport: dict[str, int]
) -> None:
    page = visit(viewport=viewport)
    compared(page, f"Bartholomew-Alexander {link(0.1)}\nMinji {link(1e-5)}\n")

    name = page.get_by_role("link", name="Bartholomew-Alexander")
    lines = name.evaluate("(name) => Math.round(name.getBoundingClientRect().height / 24)")
    table, field = (page.locator(each).bounding_box() for each in ("#ranking", "#links"))

    assert lines == 2
    assert table
    assert field
    assert table["x"] + table["width"] <= field["x"] + field["width"]
