"""Fits that outlive their request: creation, execution, events, and results."""
