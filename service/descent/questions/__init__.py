"""The questions that a worker can answer, as frozen dataclasses, and their predicted cost."""
