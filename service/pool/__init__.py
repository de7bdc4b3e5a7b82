"""The parent's side of the worker processes. It imports neither torch nor numpy."""
