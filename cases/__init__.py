"""Response to decision to case, with the tables, the ledger and the export that prove it."""
