import asyncio
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from service.app import SPANS_ONLY, UNTRACED, create_app, telemetry_of
from service.settings import Settings
from tests.support.applications import memory_jobs, started
from tests.support.pools import InProcessPool

COLLECTOR = "http://127.0.0.1:9"


def spans(
    *asked: tuple[str, str], parent: str | None = None, collector: str = COLLECTOR
) -> list[ReadableSpan]:
    """The spans of requests to an application, which stay in memory."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    config = telemetry_of({"OTEL_EXPORTER_OTLP_ENDPOINT": collector}) | {
        "auto_configure": False,
        "tracer_provider": provider,
    }
    settings = Settings(workers=1)

    async def ask() -> None:
        async with (
            memory_jobs(settings) as jobs,
            started(create_app(settings, config, pool=InProcessPool(), jobs=jobs)) as app,
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://coaster"
            ) as client,
        ):
            for number, (method, path) in enumerate(asked):
                await client.request(
                    method,
                    path,
                    headers={"X-Request-ID": f"mine-{number}"}
                    | ({"traceparent": parent} if parent else {}),
                )

    asyncio.run(ask())
    return list(exporter.get_finished_spans())


def attributes_of(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/limits", "/limits", 200),
        ("GET", "/problems/not_found", "/problems/{code}", 200),
        ("POST", "/jobs", "/jobs", 415),
        ("DELETE", "/limits", "/limits", 405),
    ],
)
def test_a_request_is_one_span_with_its_route_status_and_id(
    method: str, path: str, route: str, status: int
) -> None:
    (span,) = spans((method, path))

    attributes = attributes_of(span)
    assert span.name == f"{method} {route}"
    assert attributes["http.route"] == route
    assert attributes["http.response.status_code"] == status
    assert attributes["coaster.request_id"] == "mine-0"


def test_an_unknown_path_has_a_span_without_a_route() -> None:
    (span,) = spans(("GET", "/nothing"))

    assert (span.name, attributes_of(span)["http.response.status_code"]) == ("GET", 404)


def test_a_probe_has_no_span() -> None:
    assert spans(("GET", "/livez"), ("GET", "/readyz"), ("GET", "/metrics")) == []


def test_a_span_continues_the_trace_of_its_caller() -> None:
    (span,) = spans(
        ("GET", "/limits"), parent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    )

    assert span.parent
    assert f"{span.parent.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    "environment", [{}, {"OTEL_SERVICE_NAME": "coaster"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}]
)
def test_nothing_is_traced_where_no_collector_is_named(environment: dict[str, str]) -> None:
    assert telemetry_of(environment) is UNTRACED


def test_without_a_collector_a_request_has_no_span() -> None:
    assert spans(("GET", "/limits"), collector="") == []


@pytest.mark.parametrize(
    "name", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
)
def test_a_named_collector_is_sent_traces_and_nothing_else(name: str) -> None:
    config = telemetry_of({name: COLLECTOR})

    assert config["auto_configure"]
    assert {part: config.get(part) for part in ("metrics", "logs", "operation_spans")} == SPANS_ONLY
    assert "tracing" not in config
