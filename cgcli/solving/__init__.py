"""Unknowns of a program, and how they are found: fits, least values, roots."""
