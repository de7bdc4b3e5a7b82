"""Responses that send events while a fit runs."""
