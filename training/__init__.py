"""Training of the handprint nets: reproducible from the data named in ocr/handprint/MODEL_CARD.md."""
