"""Warm processes that run descent."""
