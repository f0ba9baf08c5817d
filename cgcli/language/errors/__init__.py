"""What to say of a program that is wrong, and where."""
