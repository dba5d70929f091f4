"""The web pages people work with."""
