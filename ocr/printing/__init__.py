"""Drawing forms from the same form.yaml that reads them."""

from ocr.printing.forms import Person, print_forms

__all__ = ["Person", "print_forms"]
