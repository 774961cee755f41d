"""Measurements: findings on published packages, and speed. Not installed."""
