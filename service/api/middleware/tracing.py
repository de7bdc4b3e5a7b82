"""A span for each request, made by FastAPI's hooks if the operator has set a trace collector."""

from collections.abc import Mapping

from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import get_current_span
from starlette.types import Scope

PROBES = {"/livez", "/readyz", "/metrics"}
"""The paths that are requested every few seconds. Their log entries and spans would hide the
others.
"""
COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
ALONE: TelemetryConfig = {"metrics": False, "logs": False, "operation_spans": False}
"""Tracing with one span for each request and nothing else.

/metrics has the counts, and the log has the exceptions, without the data of the request.
"""
OFF: TelemetryConfig = {**ALONE, "tracing": False, "auto_configure": False}
REQUEST_ID = "coaster.request_id"


def telemetry(environment: Mapping[str, str]) -> TelemetryConfig:
    """Return the configuration of tracing, which is on if the environment names a collector.
    FastAPI logs a message if packages for tracing are missing.
    """
    if not any(environment.get(name) for name in COLLECTORS):
        return OFF
    return {**ALONE, "auto_configure": True, "exclude": _probe}


def _probe(scope: Scope) -> bool:
    return scope["path"] in PROBES


def name_span(request_id: str) -> None:
    """Set the id of a request as an attribute of its span. Without a span this does nothing."""
    get_current_span().set_attribute(REQUEST_ID, request_id)
