"""Gradient descent: the loop, its closed form, and the analysis of its learning rate."""
