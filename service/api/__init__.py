"""The HTTP face: it translates, and knows no torch."""
