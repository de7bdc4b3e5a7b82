"""Crashes of a machine at every point of a recorded run of the store."""
