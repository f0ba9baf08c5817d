"""Running a program: binding its inputs, its values, its derivatives, and what went wrong."""
