"""The verdict on a learning rate, from exact or observed facts, and its sentences."""
