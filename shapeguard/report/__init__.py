"""Reports: pure functions from findings to text, one module for each format."""
