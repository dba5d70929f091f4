"""What an auditor finds first in a bag."""

README = """An audit bag of Replyflow
=========================

What it holds (data/):
  documents/    what arrived, byte for byte, each named by the SHA-256 of its bytes
  pages/        pages of known forms as the machine flattened them (150 dpi)
  crops/        the picture of each field that was read, named by its SHA-256
  templates/    the form designs that were used, by their hash
  *.jsonl       the tables: documents, pages, readings, decisions, matches, cases, consents, questions, edits (what
                persons said, with seconds), keyed, repairs, batches, campaigns; of a settlement also statements, their
                lines, terms, outcomes, disputes; parquet/ holds the same, datapackage.json describes both
  settlement/   of a settlement: the statement on paper
  ledger.jsonl  the whole chain of each batch and of the signing keys; elsewhere.jsonl what other chains say of these
                documents, with the bare links up to the next seal
  seals.jsonl   every seal up to the one that holds all of this; stamps/ time-stamps (RFC 3161) on seals
  openings.jsonl  salts: with them anybody can test that a value is the one that the ledger commits to
  summary.xlsx, summary.pdf   for people

How to check it:
  sha256sum -c manifest-sha256.txt            nothing was changed or lost (any BagIt validator says the same)
  replyflow verify DIR                        everything: ledger, seals, signatures, values, and every case drawn again
  docs/auditing.md of Replyflow               how to check signature, ledger and seals without its program
What to trust: compare the number and the hash of the last seal, which verify prints, with the page that was printed
when it was made, or with its time-stamp. Who holds the signing key can write another history; they cannot make it fit
a page that lies elsewhere.
"""
