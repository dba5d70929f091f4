"""Readings to subscriber. Knows no pixels; usable alone."""
