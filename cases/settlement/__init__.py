"""What sales partners have earned: rules as data, statements that are locked, and the evidence of every line."""
