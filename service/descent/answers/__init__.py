"""Results, events and explanations of a descent, as frozen dataclasses."""
