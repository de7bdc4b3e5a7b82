"""The way of large bodies and answers, and the number of their bytes that the process holds."""
