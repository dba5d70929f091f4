"""Printed codes: finding them on a page, and the signed reference that ours carry."""
