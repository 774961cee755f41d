"""Tools of the repository itself: not installed."""
