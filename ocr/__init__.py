"""Pixels to readings. Knows no database, no Prefect and no web; usable alone."""
