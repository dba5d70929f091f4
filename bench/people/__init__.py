"""Invented subscribers and the reply cards they send, for measuring `matching`; no real person is in them."""
