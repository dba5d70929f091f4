"""Handprint: characters written by hand into known cells or apart from each other, read with their probabilities."""
