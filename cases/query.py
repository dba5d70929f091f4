"""Readings to the question asked of the subscriber base."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz
from sqlmodel import Session

from cases.campaigns import find_campaign
from cases.grouping import reference_of
from cases.models import Campaign, FieldReading
from cases.settings import Settings
from matching.base import Subscriber
from matching.query import Guess, Query
from ocr.codes.reference import Reference, is_genuine, parse_reference
from ocr.template.model import CombField, HandprintField, Template, TextField

_ASKED = (
    "name", "first_name", "last_name", "street", "house_number", "postcode", "city", "phone", "email",
    "birth_date", "customer_number",
)  # fmt: skip
_WAYS = {"street": ("street_and_number",), "city": ("postcode_and_city",), "postcode": ("postcode_and_city",)}
"""What people write into a field besides what its label asks for."""
_LIKE_IT = 100
"""Who writes something else than we know writes one of about so many values that look like it."""
_NATIONAL_DIGITS = 8
_OTHER_FORM = "The printed reference belongs to another form than the one it is printed on."


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom a verified reference names; `forged` is the sentence when a reference cannot be believed."""

    subscriber: str | None = None
    campaign: Campaign | None = None
    forged: str | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """How prefilled fields compare with what we printed into them."""

    confirmed: frozenset[str] = frozenset()
    struck_out: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)


def verify_reference(session: Session, readings: Mapping[str, FieldReading], template: Template) -> Sender:
    """Whom the printed code names, if our campaign's key signed it for this form."""
    text = reference_of(list(readings.values()))
    reference = parse_reference(text) if text else None
    return Sender() if reference is None else sender_of(session, reference, template)


def sender_of(session: Session, reference: Reference, template: Template) -> Sender:
    """Whom a reference on a page of `template` names; `forged` where it cannot be believed."""
    if reference.campaign is None:
        return Sender(forged=None if reference.form == template.code else _OTHER_FORM)
    campaign = find_campaign(session, reference.campaign)
    if campaign is None:
        return Sender(forged="The printed reference names a campaign that is not known here.")
    if not is_genuine(reference, campaign.signing_key):
        return Sender(
            campaign=None, forged="The signature of the printed reference is not ours: it was altered or forged."
        )
    if reference.form != template.code:
        return Sender(forged=_OTHER_FORM)
    return Sender(reference.subscriber, campaign)


def compare_print(
    readings: Mapping[str, FieldReading], template: Template, subscriber: Subscriber | None, settings: Settings
) -> Printed:
    """Which fields say what we printed, or what we know of the subscriber whom the code names.

    Printed text, which we know to stand there, must be like it. What the sender wrote must be what we know, letter for
    letter, with at least the probability `settings.confirm_at`.
    """
    confirmed, struck, corrected = set(), [], []
    for name, design in template.fields.items():
        reading = readings.get(name)
        if reading is None or not isinstance(design, TextField | CombField | HandprintField):
            continue
        prefill = getattr(design, "prefill", None)
        role = design.role or prefill or name
        if prefill is None:
            if subscriber is not None and role in _ASKED and isinstance(reading.value, str) and reading.value:
                known = _known(reading, subscriber, role, settings.known_share) >= settings.confirm_at
                confirmed.add(name) if known else corrected.append(role)
        elif "struck_out" in reading.notes:
            struck.append(role)
        elif subscriber is not None and reading.status != "empty":
            same = _same(reading, printed_value(subscriber, prefill), settings.same_text)
            confirmed.add(name) if same else corrected.append(role)
    return Printed(frozenset(confirmed), tuple(struck), tuple(corrected))


def printed_value(subscriber: Subscriber, prefill: str) -> str:
    """What a personalised form says for this subscriber."""

    def datum(*names: str) -> str:
        return " ".join(str(value) for name in names if (value := getattr(subscriber, name, None)))

    name = datum("first_name", "last_name")
    return {
        "name": name,
        "street_and_number": datum("street", "house_number"),
        "postcode_and_city": datum("postcode", "city"),
        "address": "\n".join((name, datum("street", "house_number"), datum("postcode", "city"))),
    }.get(prefill, datum(prefill))


def build_query(
    query_id: str, readings: Mapping[str, FieldReading], template: Template, sender: Sender, printed: Printed
) -> Query:
    """Every identifying field with its alternatives; what was struck out is not offered as a value."""
    guesses: dict[str, tuple[Guess, ...]] = {}
    for name, design in template.fields.items():
        reading = readings.get(name)
        if reading is None or reading.kind in ("code", "tick", "choice", "signature", "stamp"):
            continue
        if "struck_out" not in reading.notes:
            role = design.role or getattr(design, "prefill", None) or ""
            prefill = getattr(design, "prefill", None) or role
            # what the sender wrote replaces what we printed, so later filled fields win
            guesses.update({key: value for key, value in _parts(role, prefill, _guesses(reading)).items() if value})
    return Query(
        id=query_id,
        reference_subscriber=sender.subscriber,
        struck_out=printed.struck_out,
        corrected=printed.corrected,
        **guesses,
    )


def agreement(p: float, prior: float) -> float:
    """The probability that the sender wrote what we know, which the reader gives the probability `p`.

    `prior` is how often senders write what we know. Against it stands something else that looks like it.
    """
    known, other = prior * p, (1 - prior) * (1 - p) / _LIKE_IT
    return known / (known + other) if known else 0.0


def _known(reading: FieldReading, subscriber: Subscriber, role: str, prior: float) -> float:
    if "struck_out" in reading.notes:
        return 0.0
    wanted = {_plain(printed_value(subscriber, way), role) for way in (role, *_WAYS.get(role, ()))} - {""}
    return agreement(min(sum(p for text, p in _guesses(reading) if _plain(text, role) in wanted), 1.0), prior)


def _plain(text: str, role: str) -> str:
    letters = "".join(character for character in text.casefold() if character.isalnum())
    # +46 70, 0046 70 and 070 are one number
    return letters[-_NATIONAL_DIGITS:] if role == "phone" and len(letters) > _NATIONAL_DIGITS else letters


def _same(reading: FieldReading, printed: str, same_text: float) -> bool:
    wanted = " ".join(printed.split()).casefold()
    ways = [way for way in (reading.value, *(text for text, _ in reading.alternatives)) if isinstance(way, str)]
    # a long value may have been cut; a digit that was surely read and is another was changed by hand
    if reading.status == "ok" and ways and not _digits(wanted).startswith(_digits(ways[0])):
        return False
    return any(fuzz.ratio(" ".join(way.split()).casefold(), wanted) >= same_text for way in ways)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _guesses(reading: FieldReading) -> tuple[Guess, ...]:
    if not isinstance(reading.value, str) or not reading.value.strip():
        return ()
    rest = [(str(text), float(p)) for text, p in reading.alternatives if text and text != reading.value]
    return ((reading.value, reading.confidence), *rest)


def _parts(role: str, prefill: str, guesses: tuple[Guess, ...]) -> dict[str, tuple[Guess, ...]]:
    if role == "address" or prefill == "address":
        lines = [[line for line in text.splitlines() if line.strip()] for text, _ in guesses[:1]]
        if not lines or len(lines[0]) < 2:
            return {}
        weight = guesses[0][1]
        return {**_street(((lines[0][-2], weight),)), **_city(((lines[0][-1], weight),))}
    if prefill == "street_and_number" or role == "street":
        return _street(guesses)
    if prefill == "postcode_and_city":
        return _city(guesses)
    return {role: guesses} if role in _ASKED else {}


def _street(guesses: tuple[Guess, ...]) -> dict[str, tuple[Guess, ...]]:
    found = [(re.fullmatch(r"\s*(.+?)\s+(\d+\s*[A-Za-z]?)\s*", text), p) for text, p in guesses]
    if not found or found[0][0] is None:
        return {"street": guesses}
    split = [(match, p) for match, p in found if match is not None]
    return {
        "street": tuple((match[1], p) for match, p in split),
        "house_number": tuple((match[2], p) for match, p in split),
    }


def _city(guesses: tuple[Guess, ...]) -> dict[str, tuple[Guess, ...]]:
    found = [(re.fullmatch(r"\s*([A-Z]{0,2}-?\d[\d ]{2,6}\d)\s+(\D.*?)\s*", text), p) for text, p in guesses]
    split = [(match, p) for match, p in found if match is not None]
    if not split:
        return {"city": guesses}
    return {
        "postcode": tuple((match[1], p) for match, p in split),
        "city": tuple((match[2], p) for match, p in split),
    }
