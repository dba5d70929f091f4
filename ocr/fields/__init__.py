"""One reader a kind of field: crops to readings."""
