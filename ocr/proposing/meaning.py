"""What a label says about its field: a name, a role, what may be written. English, German and Swedish."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

_LONGEST_NAME = 40
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class _Meaning:
    words: str
    role: str
    charset: str | None = None
    rules: tuple[str, ...] = ()


_MEANINGS = (
    _Meaning(r"\be-?mail|\be-?post(adress|\b)", "email", "email", ("email",)),
    _Meaning(r"phone|mobile|tel(efon|\b)|mobil|handy|rufnummer", "phone", "phone", ("phone",)),
    _Meaning(r"birth|geburt|geboren|f[öo]dels|f[öo]dd\b", "birth_date", "digits", ("birth_date",)),
    _Meaning(
        r"post(al)? ?code|code ?postal|\bzip\b|\bplz\b|postleitzahl|post(nummer|nr)",
        "postcode",
        "digits",
        ("postcode",),
    ),
    # the rule of the same name asks for a check digit, which somebody else's numbers may not have
    _Meaning(r"(customer|client) ?(no|num|id)|kund(en)?-?(nummer|nr)", "customer_number", "digits"),
    _Meaning(r"(contract|agreement) ?(no|num)|vertragsnummer|avtalsnummer", "contract_number", "alnum"),
    _Meaning(r"first name|given name|forename|vorname|f[öo]rnamn", "first_name"),
    _Meaning(r"last name|surname|family name|nachname|familienname|efternamn", "last_name"),
    _Meaning(r"stra(ß|ss)e|street|gatuadress|\bgata\b", "street"),
    _Meaning(r"house (no|num)|hausnummer|husnummer", "house_number", "alnum"),
    _Meaning(r"\b(city|town|stadt|ort|wohnort|postort|stad)\b", "city"),
    _Meaning(r"\b(country|land)\b", "country"),
    _Meaning(r"address|adresse|anschrift|adress\b", "address"),
    _Meaning(r"name|\bnamn", "name"),
    _Meaning(r"\bdat(e|um)\b", "date", "date", ("date",)),
    _Meaning(r"comment|remark|kommentar|bemerkung|synpunkt|message|meddelande|nachricht", "comment"),
)
_SIGNATURE = re.compile(r"signature|\bsign(ed)?\b|unterschrift|underskrift|namnteckning|firma", re.IGNORECASE)
_CONSENT = re.compile(
    r"^(i|ich|jag|we|wir|vi)\b|\b(may|d[aü]rf(en)?|f[åa]r) .*(contact|kontakt|anruf|inform)"
    r"|consent|agree|einverstanden|einwillig|godk[äa]nn|samtyck",
    re.IGNORECASE,
)


def is_signature(label: str) -> bool:
    return _SIGNATURE.search(label) is not None


def is_consent(label: str) -> bool:
    return _CONSENT.search(label) is not None


def meaning_of(label: str, kind: str) -> dict[str, Any]:
    """The keys role, charset and rules that the `label` of a text, comb or handprint field suggests."""
    known = next((known for known in _MEANINGS if re.search(known.words, label, re.IGNORECASE)), None)
    if known is None:
        return {}
    charset = "text" if known.charset == "date" and kind == "text" else known.charset
    charset = "digits" if charset == "date" and kind == "comb" else charset
    found: dict[str, Any] = {"role": known.role}
    if charset and charset != "text":
        found["charset"] = charset
    if known.rules:
        found["rules"] = list(known.rules)
    return found


def name_of(label: str) -> str:
    """The label's first five words in snake_case with plain letters, q4 for a mere number; empty without any."""
    spelt = unicodedata.normalize("NFKD", label.replace("ß", "ss")).encode("ascii", "ignore").decode()
    without = re.sub(r"\([^)]*\)", " ", spelt) if not spelt.startswith("(") else spelt
    numbered = re.fullmatch(r"\s*(\d+)[.:)]?\s*", without)
    if numbered:
        return f"q{numbered[1]}"
    asked = re.sub(r"^\s*(\d+|[A-Za-z]\d?)[.:)]\s+", "", without)
    words = re.findall(r"[a-z0-9]+", asked.lower())
    return "_".join(words[:_MOST_WORDS])[:_LONGEST_NAME].strip("_")
