"""Postcodes by the pattern of the template's country."""

from __future__ import annotations

import re

from cases.rules.context import Context

_FIVE, _FOUR = r"\d{5}", r"\d{4}"
PATTERNS = {
    "SE": r"[1-9]\d{2} ?\d{2}", "DE": _FIVE, "FI": _FIVE, "FR": _FIVE, "ES": _FIVE, "IT": _FIVE, "EE": _FIVE,
    "AT": r"[1-9]\d{3}", "CH": r"[1-9]\d{3}", "DK": _FOUR, "NO": _FOUR, "BE": r"[1-9]\d{3}", "HU": _FOUR,
    "NL": r"[1-9]\d{3} ?[A-Za-z]{2}", "PL": r"\d{2}-?\d{3}", "PT": r"\d{4}-?\d{3}", "CZ": r"\d{3} ?\d{2}",
    "SK": r"\d{3} ?\d{2}", "IE": r"[A-Za-z]\d[\dWw] ?[A-Za-z\d]{4}", "US": r"\d{5}(-\d{4})?",
    "CA": r"[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d",
    "GB": r"(GIR ?0AA|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2})",
}  # fmt: skip


def postcode(value: str, context: Context) -> str | None:
    pattern = PATTERNS.get(context.country)
    bare = re.sub(rf"^{context.country}[- ]", "", value.strip())
    if pattern and re.fullmatch(pattern, bare) is None:
        return "This is not a postcode of the form's country."
    return None
