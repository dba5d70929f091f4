"""Audit bags: written from a database, checked with nothing but the bag."""
