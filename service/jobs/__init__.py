"""Fits that outlive a request."""
