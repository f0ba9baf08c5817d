"""Files to values and to batches of rows, and back."""
