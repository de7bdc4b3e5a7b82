"""Observation of a descent: records, stopping rules, validation and sharpness."""
