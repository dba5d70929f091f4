"""Why two subscribers fit one query nearly as well: one person twice, a family, namesakes."""

from __future__ import annotations

from typing import Literal

from matching.compare import compare
from matching.person import Person

Relation = Literal["duplicate", "namesakes-at-home", "household", "namesake", "other"]
SENTENCES: dict[Relation, str] = {
    "duplicate": "two entries of the base seem to be one person",
    "namesakes-at-home": "two of one name at one address: father and son of a household, or one person twice",
    "household": "a second person of the household fits nearly as well",
    "namesake": "a second subscriber of that name fits nearly as well",
    "other": "a second subscriber fits nearly as well",
}
_SAME = ("exact", "close", "partial", "initial")


def relation(one: Person, other: Person) -> Relation:
    """What two subscribers are to each other, by what the base says of them."""
    levels = {field: compare(field, getattr(one, field), getattr(other, field)).level for field in Person.fields()}
    same_name = levels["first"] in _SAME and levels["last"] in ("exact", "close")
    same_home = levels["street"] == "exact" and levels["number"] == "exact"
    # a family shares its phone, so that proves nobody
    proofs = [levels[field] for field in ("birth_date", "email", "customer_number")]
    if same_name and levels["birth_date"] != "differs" and "exact" in proofs:
        return "duplicate"
    if same_name and same_home:
        return "namesakes-at-home"
    if same_home:
        return "household"
    return "namesake" if same_name else "other"
