"""What is answered: results, events and explanations, as frozen dataclasses."""
