"""The schemas of answers and jobs."""
