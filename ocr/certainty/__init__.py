"""Certainty: from what a reader says of itself, and how well the field is seen, to the probability that it is right."""
