"""Which pages of a document are one response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from cases.models import FieldReading, Page
from cases.repairs import NOTHING, mended_pages
from ocr.codes.reference import parse_reference

Readings = Mapping[str, FieldReading]


@dataclass(frozen=True, slots=True)
class Group:
    """The pages of one response in order, with the printed reference they share."""

    pages: tuple[Page, ...]
    reference: str | None


def reference_of(readings: Sequence[FieldReading]) -> str | None:
    """The text of the first code, read with certainty, that is one of our references to a subscriber."""
    for reading in readings:
        sure = reading.kind == "code" and reading.status == "ok" and isinstance(reading.value, str)
        parsed = parse_reference(reading.value) if sure else None
        if parsed is not None and parsed.subscriber is not None:
            return str(reading.value)
    return None


def group_pages(session: Session, document_id: int) -> list[Group]:
    """The form pages of a document, those with one reference together; pages that are no form are left out.

    Persons may have said otherwise: that a page is none, that a page begins a new response or belongs to the one
    before it, or that the whole document is one response.
    """
    query = select(Page).where(Page.document_id == document_id, col(Page.registered).is_(True))
    mended = mended_pages(session, document_id)
    is_one = any(said.whole for said in mended.values())
    groups: dict[object, list[Page]] = {}
    references: dict[object, str | None] = {}
    joined: dict[object, object] = {}
    key: object = None
    part = 0
    for page in session.exec(query.order_by(col(Page.number))).all():
        said = mended.get(page.number, NOTHING)
        # what begins anew on a page that is no form begins on the next that is
        part += said.bound == "split"
        if said.kind is not None:
            continue
        readings = session.exec(select(FieldReading).where(FieldReading.page_id == page.id)).all()
        reference = reference_of(readings)
        own = (part, reference if reference is not None else page.number)
        if key is None or not (is_one or said.bound == "join"):
            key = joined.get(own, own)
        joined[own] = key
        groups.setdefault(key, []).append(page)
        references[key] = references.get(key) or reference
    return [Group(tuple(pages), references[key]) for key, pages in groups.items()]


def readings_of(session: Session, page_ids: Sequence[int]) -> list[FieldReading]:
    """All readings of a response, page by page in its order."""
    query = select(FieldReading).where(col(FieldReading.page_id).in_(page_ids)).order_by(col(FieldReading.id))
    return sorted(session.exec(query).all(), key=lambda reading: page_ids.index(reading.page_id))


def merged_readings(session: Session, page_ids: Sequence[int]) -> dict[str, FieldReading]:
    """The readings of a response by field, as `merged` has them."""
    return merged(readings_of(session, page_ids))


def merged(readings: Sequence[FieldReading]) -> dict[str, FieldReading]:
    """The readings by field; a filled field wins over the same one left empty on another page."""
    found: dict[str, FieldReading] = {}
    for reading in readings:
        known = found.get(reading.name)
        if known is None or known.status == "empty":
            found[reading.name] = reading
    return found


def contradictions(readings: Sequence[FieldReading]) -> list[str]:
    """The fields that two pages of one response answer differently; prefilled text and codes aside."""
    seen: dict[str, list[object]] = {}
    for reading in readings:
        if reading.kind in ("tick", "choice", "comb", "handprint") and reading.value not in (None, "", [], False):
            seen.setdefault(reading.name, []).append(reading.value)
    return [name for name, values in seen.items() if any(value != values[0] for value in values)]
