"""Slow proofs and measurements; each prints what it found and exits 1 when a bar is missed."""
