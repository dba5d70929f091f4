"""Filled-in scans with their truth, invented subscribers, and how both were made."""
