"""A span for each request, by FastAPI's own hooks, where an operator has named a collector of
traces.
"""

from collections.abc import Mapping

from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import get_current_span
from starlette.types import Scope

PROBES = {"/livez", "/readyz", "/metrics"}
"""Asked every few seconds: a line or a span each would bury the others."""
COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
ALONE: TelemetryConfig = {"metrics": False, "logs": False, "operation_spans": False}
"""One span a request, and nothing else: /metrics counts already, and exceptions stand in the log,
without what was sent.
"""
OFF: TelemetryConfig = {**ALONE, "tracing": False, "auto_configure": False}
REQUEST_ID = "coaster.request_id"


def telemetry(environment: Mapping[str, str]) -> TelemetryConfig:
    """How FastAPI traces: to the collector of the environment. It says so in the log if packages
    for that are missing.
    """
    if not any(environment.get(name) for name in COLLECTORS):
        return OFF
    return {**ALONE, "auto_configure": True, "exclude": _probe}


def _probe(scope: Scope) -> bool:
    return scope["path"] in PROBES


def name_span(scope: Scope, request_id: str) -> None:
    """Writes the request's id to its span, where it has one."""
    if scope.get("fastapi.telemetry"):
        get_current_span().set_attribute(REQUEST_ID, request_id)
