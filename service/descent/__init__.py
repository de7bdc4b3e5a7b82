"""Gradient descent: the loop, its exact solution, and what both say about a learning rate."""
