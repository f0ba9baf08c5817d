"""Training: parameters that make the mean of a loss over rows small, by steps over some rows at a time."""
