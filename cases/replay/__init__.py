"""Batches read again with the present designs, thresholds and base: first what would change, then the change."""
