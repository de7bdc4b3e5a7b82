"""The worker process: it reads questions, computes answers and writes them back."""
