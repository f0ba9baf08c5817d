"""Graph to graph: what a static graph becomes before data come."""
