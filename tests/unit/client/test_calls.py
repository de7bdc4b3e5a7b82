import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from coaster_client import calls
from coaster_client.calls import Lost, Response
from coaster_client.errors import ProblemError, UnreachableError
from coaster_client.models import PortableFactor
from coaster_client.requests import content


def pair(raw: dict[str, Any], points: object) -> tuple[dict[str, Any], object]:
    return raw, points


def body(call: calls.Call[Any]) -> object:
    assert isinstance(call.body, bytes)
    return json.loads(call.body)


def test_a_request_has_lists_in_place_of_arrays() -> None:
    sent = calls.sweep({"data": np.eye(2), "lrs": [0.1], "at": np.array([5])})

    assert body(sent) == {"data": {"t": [1, 0], "y": [0, 1]}, "lrs": [0.1], "at": [5]}


def test_places_in_time_are_sent_as_stamps() -> None:
    at = [datetime(2026, 1, 1, tzinfo=UTC)]

    assert content({"at": at}) == {"at": ["2026-01-01T00:00:00+00:00"]}


def test_the_end_of_places_at_equal_distances_is_sent_as_a_stamp() -> None:
    at = {"every": "1h", "until": date(2026, 1, 1)}

    assert content({"at": at}) == {"at": {"every": "1h", "until": "2026-01-01"}}


def test_the_names_of_columns_are_not_sent() -> None:
    sent = calls.analysis({"data": {"hour": [1], "load": [2]}, "t": "hour", "y": "load"})

    assert body(sent) == {"data": {"t": [1], "y": [2]}}


def test_the_meaning_of_sigma_is_sent_with_the_points() -> None:
    points = {"t": [1], "y": [2], "e": [3]}

    sent = calls.analysis({"data": points, "sigma": "e", "sigma_is": "absolute"})

    assert body(sent) == {"data": {"t": [1], "y": [2], "sigma": [3], "sigma_is": "absolute"}}


def test_a_request_without_data_is_sent_as_it_is() -> None:
    assert body(calls.stream({"synthetic": {}, "seed": 7})) == {"synthetic": {}, "seed": 7}


def test_factors_are_sent_with_the_points() -> None:
    factor = PortableFactor({"points": 3})

    sent = calls.analysis({"data": ([1], [2]), "factors": [factor], "remove": [{"points": 1}]})

    assert body(sent) == {
        "data": {"t": [1], "y": [2], "factors": [{"points": 3}], "remove": [{"points": 1}]}
    }


def test_factors_need_no_points() -> None:
    assert body(calls.sweep({"factors": [{"points": 3}]})) == {"data": {"factors": [{"points": 3}]}}


@pytest.mark.parametrize("asking", [calls.sweep, calls.create_job])
def test_factors_may_be_members_of_the_points(asking: Callable[[Any], calls.Call[Any]]) -> None:
    points = {"factors": [PortableFactor({"points": 3}), {"points": 4}]}

    assert body(asking({"data": points})) == {"data": {"factors": [{"points": 3}, {"points": 4}]}}


def test_a_factor_is_appended_to_those_of_the_points() -> None:
    sent = calls.append(pair, {"points": 4}, {"data": {"factors": [{"points": 3}]}})

    assert body(sent) == {
        "data": {"factors": [{"points": 3}, {"points": 4}]},
        "include": ["factor"],
    }


def test_appending_asks_for_the_next_factor() -> None:
    sent = calls.append(pair, PortableFactor({"points": 3}), {"data": ([1], [2])})

    assert body(sent) == {
        "data": {"t": [1], "y": [2], "factors": [{"points": 3}]},
        "include": ["factor"],
    }


def test_the_first_points_are_appended_to_nothing() -> None:
    sent = calls.append(pair, None, {"data": ([1], [2]), "include": ["degrees"]})

    assert body(sent) == {"data": {"t": [1], "y": [2]}, "include": ["degrees", "factor"]}


def test_two_jobs_have_two_keys() -> None:
    one, other = (calls.create_job({}).headers["Idempotency-Key"] for _ in range(2))

    assert one != other


def test_a_job_can_be_about_the_points_of_others() -> None:
    call = calls.create_job({"parts": ("a", "b"), "seed": 42})

    assert body(call) == {"data": {"parts": ["a", "b"]}, "seed": 42}


def test_a_job_of_series_lists_them_with_their_names() -> None:
    rows = {"series": ["a", "b", "a"], "t": [0, 5, 1], "y": [1, np.nan, None]}

    sent = calls.create_job({"kind": "series", "data": rows, "steps": 10, "at": np.array([5])})

    assert body(sent) == {
        "kind": "series",
        "steps": 10,
        "at": [5],
        "series": [
            {"id": "a", "t": [0, 1], "y": [1, None]},
            {"id": "b", "t": [5], "y": [None]},
        ],
    }


def test_parameters_that_are_not_given_are_not_sent() -> None:
    assert calls.list_jobs("running", None, 5).path == "/jobs?status=running&limit=5"


def test_the_fields_of_an_answer_are_named_in_the_query() -> None:
    assert calls.analysis({}, ("verdict", "analysis")).path == "/analysis?fields=verdict,analysis"


def test_an_id_cannot_leave_the_path_of_jobs() -> None:
    assert calls.job("../limits?x").path == "/jobs/..%2Flimits%3Fx"


def test_a_lost_connection_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match="the cable"):
        calls.job("1").result(Lost("the cable"))


def test_a_page_of_a_gateway_is_not_an_answer() -> None:
    with pytest.raises(UnreachableError, match="not that of Coaster"):
        calls.job("1").result(Response(200, {}, b"<html>"))


def test_a_redirect_is_not_an_answer() -> None:
    with pytest.raises(ProblemError, match="http_302"):
        calls.job("1").result(Response(302, {}, b""))
