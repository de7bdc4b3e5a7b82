import httpx
import pytest
from starlette.requests import Request

from service.api.requests import preferred

JSON, SVG, PNG = "application/json", "image/svg+xml", "image/png"
FIT = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 2}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
TABLE = {
    "nothing": ([], JSON),
    "an empty one": ([""], JSON),
    "anything": (["*/*"], JSON),
    "json": ([JSON], JSON),
    "a png": ([PNG], PNG),
    "an svg": ([SVG], SVG),
    "any image": (["image/*"], SVG),
    "capitals": (["IMAGE/PNG"], PNG),
    "an image as good as json": ([f"{PNG}, {JSON}"], JSON),
    "an image as good as anything": ([f"{PNG}, */*"], JSON),
    "an image rather than json": ([f"{JSON};q=0.5, {PNG}"], PNG),
    "an image rather than anything": ([f"{SVG}, */*;q=0.1"], SVG),
    "json rather than an image": ([f"{JSON}, {PNG};q=0.9"], JSON),
    "any image but rather a png": ([f"image/*;q=0.5, {PNG}"], PNG),
    "any image but no svg": ([f"image/*, {SVG};q=0"], PNG),
    "no png": ([f"{PNG};q=0"], JSON),
    "no png but anything": ([f"{PNG};q=0, */*"], JSON),
    "no image at all": (["image/*;q=0"], JSON),
    "neither json nor a png": ([f"{JSON};q=0, {PNG};q=0, */*;q=0.1"], SVG),
    "anything but json": ([f"{JSON};q=0, */*"], SVG),
    "spaces": ([f" {JSON} ; q=0.3 ,  {PNG} ; q=0.4 "], PNG),
    "three digits": ([f"{SVG};q=0.499, {PNG};q=0.500"], PNG),
    "several headers": ([f"{JSON};q=0.1", f"{SVG};q=0.2", f"{PNG};q=0.3"], PNG),
    "a quality that is no number": ([f"{PNG};q=high"], JSON),
    "a point for a quality": ([f"{PNG};q=."], JSON),
    "a quality without its zero": ([f"{PNG};q=.5, {JSON};q=.4"], PNG),
    "a quality without its digits": ([f"{PNG};q=1., {JSON};q=0."], PNG),
    "a quality beyond 1": ([f"{PNG};q=2, {SVG};q=0.1"], SVG),
    "a negative quality": ([f"{PNG};q=-1"], JSON),
    "an infinite quality": ([f"{PNG};q=inf"], JSON),
    "another parameter": ([f"{PNG};version=1;q=0.9, {JSON};q=0.5"], PNG),
    "an image that there is not": (["image/webp"], JSON),
    "an image tag of a browser": (
        ["image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"],
        SVG,
    ),
    "a browser": ([BROWSER], JSON),
    "text": (["text/plain"], JSON),
    "garbage": (["image/;;q==,,/*;q=;image/png/svg"], JSON),
    "bytes that are not ascii": (["image/png\xff"], JSON),
    "commas": ([f",,,{PNG},,"], PNG),
}


@pytest.mark.parametrize(("accept", "media_type"), TABLE.values(), ids=TABLE)
def test_the_representation_is_the_one_preferred(accept: list[str], media_type: str) -> None:
    headers = [(b"accept", value.encode("latin-1")) for value in accept]

    assert preferred(Request({"type": "http", "headers": headers}), JSON, SVG, PNG) == media_type


@pytest.mark.parametrize("media_type", [JSON, SVG, PNG])
def test_the_answer_is_of_the_type_asked_for(client: httpx.Client, media_type: str) -> None:
    answer = client.post("/fit", json=FIT, headers={"Accept": media_type})

    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (
        200,
        media_type,
    )


def test_a_header_of_nonsense_is_answered_in_json(client: httpx.Client) -> None:
    answer = client.post("/fit", json=FIT, headers={"Accept": "image/" + "x;q=1," * 1000})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, JSON)


@pytest.mark.parametrize("accept", [SVG, PNG, "image/*", "text/html", "*/*"])
@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/fit", {"synthetic": {}, "lr": 0}, "out_of_range"),
        (
            "/fit",
            {"synthetic": {}, "lr": 1e-5, "solver": "loop", "steps": 10_000_000},
            "cost_over_budget",
        ),
        ("/fit", {"data": {"t": [0, 1, 1e100], "y": [0, 1, 2]}, "lr": 1e-5}, "not_computable"),
        ("/nothing", {}, "not_found"),
    ],
)
def test_a_problem_is_a_problem_whatever_is_accepted(
    client: httpx.Client, accept: str, path: str, body: dict[str, object], code: str
) -> None:
    answer = client.post(path, json=body, headers={"Accept": accept})

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code


@pytest.mark.parametrize(("path", "more"), [("/sweep", {"lrs": [1e-5]}), ("/analysis", {})])
def test_what_cannot_be_drawn_is_told_in_json(
    client: httpx.Client, path: str, more: dict[str, object]
) -> None:
    answer = client.post(path, json={"synthetic": {}, **more}, headers={"Accept": SVG})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, JSON)
