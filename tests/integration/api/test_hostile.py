"""Hostile bodies over real connections. tests/unit/api/test_body.py checks each answer."""

import httpx

from tests.support.bodies import HOSTILE, JSON, refusal

FIT = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}


def test_every_hostile_body_is_refused_and_the_service_goes_on(client: httpx.Client) -> None:
    answers = {
        name: client.post("/fit", content=hostile.body, headers=JSON)
        for name, hostile in HOSTILE.items()
    }

    assert {name: refusal(answer) for name, answer in answers.items()} == {
        name: hostile.refusal for name, hostile in HOSTILE.items()
    }
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.post("/fit", json=FIT).json()["steps"] == 10
