"""Prometheus metrics of requests, streams, workers and jobs."""
