import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.server import PATIENCE_SECONDS, serving

LECTURE = {"synthetic": {}, "seed": 42, "lr": 1e-5}


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
        httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client,
    ):
        client.post("/fit", json=LECTURE).raise_for_status()
        client.post(
            "/fit/stream", json=LECTURE, headers={"X-Request-ID": "streamed"}
        ).raise_for_status()
        server.process.terminate()
        server.process.wait(PATIENCE_SECONDS)

    resources = [each for request in sent for each in request.resource_spans]
    spans = [span for each in resources for scope in each.scope_spans for span in scope.spans]
    assert [span.name for span in spans] == ["POST /fit", "POST /fit/stream"]
    assert values(spans[1].attributes, "coaster.request_id") == {"streamed"}
    assert [values(each.resource.attributes, "service.name") for each in resources] == [
        {"coaster"}
    ] * len(resources)


def values(attributes: Any, name: str) -> set[str]:
    return {each.value.string_value for each in attributes if each.key == name}
