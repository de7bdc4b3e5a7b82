"""Fits that outlive their request: creation, execution, events, results and recovery."""
