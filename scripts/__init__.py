"""What is made from the code for its readers."""
