import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from service.api.tracing import OFF, telemetry
from service.app import create_app
from service.settings import Settings
from tests.server import serving

LECTURE = {"synthetic": {}, "seed": 42, "lr": 1e-5}


def spans(*asked: tuple[str, str], parent: str | None = None) -> list[ReadableSpan]:
    """Of requests to an application whose spans stay in memory."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    config = telemetry({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}) | {
        "auto_configure": False,
        "tracer_provider": provider,
    }
    app = create_app(Settings(workers=1), config)

    async def ask() -> None:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://coaster"
        ) as client:
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

    told = attributes_of(span)
    assert span.name == f"{method} {route}"
    assert (told["http.route"], told["http.response.status_code"], told["coaster.request_id"]) == (
        route,
        status,
        "mine-0",
    )


def test_an_unknown_path_has_a_span_without_a_route() -> None:
    (span,) = spans(("GET", "/nothing"))

    assert (span.name, attributes_of(span)["http.response.status_code"]) == ("GET", 404)


def test_a_probe_has_none() -> None:
    assert spans(("GET", "/livez"), ("GET", "/metrics")) == []


def test_a_span_goes_on_with_the_trace_of_its_caller() -> None:
    (span,) = spans(
        ("GET", "/limits"), parent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    )

    assert span.parent
    assert f"{span.parent.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    "environment", [{}, {"OTEL_SERVICE_NAME": "coaster"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}]
)
def test_nothing_is_traced_where_no_collector_is_named(environment: dict[str, str]) -> None:
    assert telemetry(environment) is OFF
    assert not create_app(Settings(workers=1), telemetry(environment))._native_telemetry.enabled()


@contextmanager
def collecting() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """A collector, and what it was sent."""
    sent: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            sent.append(
                ExportTraceServiceRequest.FromString(
                    self.rfile.read(int(self.headers["Content-Length"]))
                )
            )
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", sent
        finally:
            server.shutdown()
            thread.join()


def test_a_collector_is_sent_the_spans_of_a_service_that_ends() -> None:
    with (
        collecting() as (collector, sent),
        serving(
            "--workers",
            "1",
            OTEL_EXPORTER_OTLP_ENDPOINT=collector,
            OTEL_SERVICE_NAME="coaster",
            NO_PROXY="127.0.0.1",
        ) as server,
        httpx.Client(base_url=server.url, timeout=30) as client,
    ):
        client.post("/fit", json=LECTURE).raise_for_status()
        client.post(
            "/fit/stream", json=LECTURE, headers={"X-Request-ID": "streamed"}
        ).raise_for_status()
        server.process.terminate()
        server.process.wait(15)

    resources = [each for request in sent for each in request.resource_spans]
    told = [span for each in resources for scope in each.scope_spans for span in scope.spans]
    assert [span.name for span in told] == ["POST /fit", "POST /fit/stream"]
    assert values(told[1].attributes, "coaster.request_id") == {"streamed"}
    assert [values(each.resource.attributes, "service.name") for each in resources] == [
        {"coaster"}
    ] * len(resources)


def values(attributes: Any, name: str) -> set[str]:
    return {each.value.string_value for each in attributes if each.key == name}
