"""The mistakes in requests: where they are, and what the caller may have meant."""
