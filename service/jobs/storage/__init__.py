"""The tables of jobs, in SQLite or PostgreSQL, and every statement that reads or writes them."""
