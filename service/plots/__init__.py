"""Pictures of fits, drawn by matplotlib."""
