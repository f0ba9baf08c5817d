"""A graph of numbers as machine code over blocks of rows."""
