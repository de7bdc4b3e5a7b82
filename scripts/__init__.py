"""Scripts that check the code and generate files from it."""
