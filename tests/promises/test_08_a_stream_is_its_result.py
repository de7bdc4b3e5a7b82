import httpx
from hypothesis import HealthCheck, given, settings

from tests.contract.requests import fits
from tests.streams import Json, events, folded, timeless


@given(body=fits)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_two_hundred_legal_requests_the_streams_are_the_results(client: httpx.Client, body: Json) -> None:
    told = events(client, body | {"seed": body.get("seed", 0)})

    assert folded(told) == timeless(client.post("/fit", json=body | {"seed": body.get("seed", 0)}).json())
