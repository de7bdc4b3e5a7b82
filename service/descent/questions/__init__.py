"""What can be asked, as frozen dataclasses, and what each question costs."""
