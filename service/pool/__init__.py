"""The parent's side of the worker processes. It is free of torch and numpy."""
