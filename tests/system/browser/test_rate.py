"""The learning rate: its slider, the marks on it, the four buttons, and the swept line above it."""

import json

import pytest
from playwright.sync_api import Request, expect

from tests.support.server import Server, until
from tests.support.written import written
from tests.system.browser.drawings import (
    FIRST_LR,
    asked,
    beginning,
    drawn,
    lecture,
    size,
    slowly,
)
from tests.system.browser.rates import HIGH, LOW, held, pixel, rounded, shows, thumb
from tests.system.browser.selected import stands
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser


def test_the_slider_is_dragged_to_a_rate(visit: Visits, service: Server) -> None:
    page = visit()
    limit = lecture(service)["analysis"]["lr_limit"]

    with held(page, FIRST_LR / limit):
        page.mouse.move(*thumb(page, 0.05), steps=8)

    expect(page.locator("#verdict strong")).to_have_text("Too small.")
    until(lambda: float(page.locator("#lr").input_value()) == pytest.approx(0.05 * limit, rel=0.02))


def test_while_the_slider_is_dragged_the_verdict_follows(visit: Visits, service: Server) -> None:
    page = visit()
    limit = lecture(service)["analysis"]["lr_limit"]

    with held(page, FIRST_LR / limit):
        page.mouse.move(*thumb(page, 0.02), steps=5)
        expect(page.locator("#verdict strong")).to_have_text("Too small.")
        page.mouse.move(*thumb(page, 0.5), steps=5)
        expect(page.locator("#verdict strong")).to_have_text("Good.")
        page.mouse.move(*thumb(page, 1.5), steps=5)
        expect(page.locator("#verdict strong")).to_have_text("Too large.")


def test_while_the_slider_is_dragged_one_fit_at_most_is_asked_for_at_a_time_and_the_last_wins(
    visit: Visits,
) -> None:
    page = visit()
    slowly(page)
    rates: list[float] = []
    ended: list[int] = []
    flying: list[int] = []

    def begun(request: Request) -> None:
        if request.url.endswith("/fit"):
            rates.append(json.loads(request.post_data or "")["lr"])
            flying.append(len(rates) - len(ended))

    def landed(request: Request) -> None:
        if request.url.endswith("/fit"):
            ended.append(len(rates))

    page.on("request", begun)
    page.on("requestfinished", landed)
    with held(page, 0.2825):
        for i in range(40):
            page.mouse.move(*thumb(page, 0.2 * 0.95**i))
            drawn(page)

    expect(page.locator("#said")).not_to_be_empty()
    assert set(flying) == {1}
    assert 2 < len(set(rates)) < 40
    assert 10 ** float(page.locator("#rate").input_value()) == pytest.approx(
        0.2 * 0.95**39, rel=0.03
    )
    shows(page, rates[-1])


def test_while_the_slider_is_dragged_some_of_many_records_are_enough(visit: Visits) -> None:
    page = visit("steps=1000")
    asked: list[int | None] = []

    def begun(request: Request) -> None:
        if request.url.endswith("/fit"):
            asked.append(json.loads(request.post_data or "").get("record_every"))

    page.on("request", begun)

    with held(page, 0.2825):
        page.mouse.move(*thumb(page, 0.0085), steps=3)
        expect(page.locator("#verdict strong")).to_have_text("Too small,")
        moved = list(asked)
    expect(page.locator("#said")).not_to_be_empty()

    assert set(moved) == {2}
    assert asked[-1] is None
    stands(page, 1000, 1000)


def test_an_arrow_moves_the_rate_by_a_hundredth_of_a_decade_and_with_shift_by_a_tenth(
    visit: Visits,
) -> None:
    page = visit(f"lr={FIRST_LR}")
    lr = FIRST_LR

    page.locator("#rate").focus()
    for key, hundredths in [
        ("ArrowRight", 1),
        ("ArrowUp", 1),
        ("ArrowLeft", -1),
        ("Shift+ArrowRight", 10),
        ("Shift+ArrowDown", -10),
    ]:
        lr = rounded(lr * 10 ** (hundredths / 100))
        page.keyboard.press(key)
        shows(page, lr)


def test_the_slider_says_its_rate_and_verdict(visit: Visits) -> None:
    page = visit(f"lr={FIRST_LR}")

    expect(page.locator("#rate")).to_have_attribute(
        "aria-valuetext", "0.114, Good, 28.2% of the limit"
    )


@pytest.mark.parametrize("scale", ["standardize", "none"])
def test_limit_best_and_no_bounce_are_marked_where_the_analysis_says(
    visit: Visits, service: Server, scale: str
) -> None:
    page = visit(f"scale={scale}&steps=60")
    drawn(page)
    width, _ = size(page, "#dial svg")
    start = {name: values[0] for name, values in lecture(service)["history"]["params"].items()}

    analysis = asked(
        service,
        "analysis",
        {"synthetic": {}, "seed": 42, "scale": scale, "steps": 60, "init": start},
    )["analysis"]

    for mark, name in [
        (".limit", "lr_limit"),
        (".mark:not(.good)", "lr_no_bounce"),
        (".mark.good", "lr_best"),
    ]:
        x, _ = beginning(page, f"#dial svg {mark}")
        assert x == pytest.approx(pixel(width, analysis[name] / analysis["lr_limit"]), abs=0.05), (
            name
        )


def test_the_thumb_stands_where_the_rate_lies_on_the_line(visit: Visits, service: Server) -> None:
    page = visit("lr=0.02")
    drawn(page)
    width, _ = size(page, "#dial svg")
    limit = lecture(service)["analysis"]["lr_limit"]

    assert 10 ** float(page.locator("#rate").input_value()) == pytest.approx(0.02 / limit)
    assert page.locator("#dial svg .moving .dot").evaluate(
        "(dot) => dot.cx.baseVal.value"
    ) == pytest.approx(pixel(width, 0.02 / limit), abs=0.05)


def test_the_line_goes_through_the_chosen_rate_with_momentum(visit: Visits) -> None:
    """Its loss swings with the rate, more often than rates are swept."""
    page = visit("optimizer=momentum&part=0.1")
    drawn(page)

    assert page.evaluate("""() => {
      const { cx, cy } = document.querySelector("#dial svg .moving .dot");
      const dot = new DOMPoint(cx.baseVal.value, cy.baseVal.value);
      const lines = [...document.querySelectorAll("#dial svg .swept")];
      return lines.some((line) => line.isPointInStroke(dot));
    }""")


def test_an_arrow_points_to_a_rate_off_the_scale(visit: Visits) -> None:
    page = visit("lr=1e-5&steps=8000")

    expect(page.locator("#dial svg .moving .arrow")).to_have_count(1)
    expect(page.locator("#dial svg .moving .dot")).to_have_count(0)


def test_the_button_of_the_verdict_is_not_dimmed_although_no_rate_of_the_chart_has_it(
    visit: Visits,
) -> None:
    page = visit("lr=1e-5&steps=8000")

    expect(page.locator("[data-preset=small][aria-pressed=true]")).to_be_enabled()


def test_the_slider_has_its_lowest_and_its_highest_rate(visit: Visits, service: Server) -> None:
    page = visit()
    limit = lecture(service)["analysis"]["lr_limit"]

    ends = page.locator("#dial svg .track-end").all_text_contents()

    assert ends == [written(limit / 126), written(2.1 * limit)]


def test_a_button_chooses_its_rate(visit: Visits, service: Server) -> None:
    page = visit("lr=0.2")
    limit = lecture(service)["analysis"]["lr_limit"]

    for name, share in [
        ("Too small", 0.02),
        ("Good", 0.2825),
        ("Bouncing", None),
        ("Too large", 1.1),
    ]:
        button = page.locator(".presets").get_by_role("button", name=name, exact=True)
        button.click()

        expect(page.locator("#verdict strong")).to_have_text(f"{name}.")
        expect(button).to_have_attribute("aria-pressed", "true")
        if share:
            shows(page, rounded(share * limit))


FURTHER = "start=0.62,-11.9,65.6,24&steps=24"
"""A start near the best fit, from which no rate bounces, as after "Go on from here"."""


@pytest.mark.parametrize(("name", "words"), [("small", "Too small."), ("good", "Good.")])
def test_a_button_chooses_a_rate_of_its_verdict_from_another_start(
    visit: Visits, name: str, words: str
) -> None:
    page = visit(f"{FURTHER}&part=0.7")

    page.click(f"[data-preset={name}]")
    page.locator(f"[data-preset={name}][aria-pressed=true]").wait_for()

    expect(page.locator("#verdict strong")).to_have_text(words)


def test_the_button_of_a_verdict_that_no_rate_has_is_off(visit: Visits) -> None:
    page = visit(FURTHER)

    expect(page.locator("[data-preset=bounce]")).to_be_disabled()
    expect(page.locator("[data-preset=large]")).to_be_enabled()


def test_a_click_on_the_swept_line_takes_its_rate(visit: Visits, service: Server) -> None:
    page = visit()
    width, _ = size(page, "#dial svg")
    limit = lecture(service)["analysis"]["lr_limit"]
    swept = LOW * (HIGH / LOW) ** (25 / 96)

    page.locator("#dial svg").click(position={"x": pixel(width, swept) + 2, "y": 25})

    shows(page, rounded(swept * limit))


def test_a_key_chooses_a_rate(visit: Visits) -> None:
    page = visit("lr=0.35")

    for key, words in [
        ("1", "Too small."),
        ("2", "Good."),
        ("3", "Bouncing."),
        ("4", "Too large."),
    ]:
        page.keyboard.press(key)
        expect(page.locator("#verdict strong")).to_have_text(words)


def test_the_chart_names_the_best_rate(visit: Visits, service: Server) -> None:
    label = visit().locator("#dial svg .best-rate")

    expect(label).to_have_text(f"best {written(lecture(service)['analysis']['lr_best'])}")


@pytest.mark.parametrize(("locale", "name"), [("en-US", "best tried"), ("ko-KR", "최저 손실")])
def test_the_best_rate_tried_is_named_for_its_loss(visit: Visits, locale: str, name: str) -> None:
    label = visit("optimizer=adam", locale=locale).locator("#dial svg .best-rate")

    expect(label).to_have_text(name)


def test_the_key_b_takes_the_best_rate(visit: Visits, service: Server) -> None:
    page = visit()

    page.keyboard.press("b")

    shows(page, lecture(service)["analysis"]["lr_best"])


def test_a_key_of_a_korean_keyboard_is_the_one_at_its_place(visit: Visits, service: Server) -> None:
    page = visit()

    page.locator("body").dispatch_event("keydown", {"key": "ㅠ", "code": "KeyB", "bubbles": True})

    shows(page, lecture(service)["analysis"]["lr_best"])


@pytest.mark.parametrize("place", ["#keys-on", "#steps"])
def test_keys_do_nothing_once_they_are_off_or_something_is_typed(visit: Visits, place: str) -> None:
    page = visit()
    methods: list[str] = []
    page.on("request", lambda request: methods.append(request.method))

    if place == "#keys-on":
        page.click("#keys summary")
        page.uncheck(place)
        page.locator("#verdict").click()
    else:
        page.focus(place)
    for key in "4b":
        page.keyboard.press(key)
    drawn(page)

    shows(page, FIRST_LR)
    assert "POST" not in methods
