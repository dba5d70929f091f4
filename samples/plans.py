"""What comes with the post: which forms, whose, what is unusual about each, and how they are scanned."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Expect = Literal["auto", "review", "either"]
Way = Literal["scan", "photo", "email", "pile-tif", "pile-pdf"]

CAMPAIGNS = {"retention-offer": "C26A", "renewal-card": "C26B", "feedback-card": "C26C"}
CLOSED_CAMPAIGN = "C25X"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What its bearer did, and whether a person must look: `either` when that depends on how well a hand is read."""

    does: str
    expect: Expect


TROUBLES: Mapping[str, Trouble] = {
    "two-offers": Trouble("two offers are ticked where one is asked for", "review"),
    "unsigned": Trouble("the signature is missing", "review"),
    "struck-name": Trouble("the printed name is struck out and another written beside it", "review"),
    "forged-reference": Trouble("the printed reference bears a signature that is not ours", "review"),
    "closed-campaign": Trouble("the campaign has closed", "review"),
    "second-scan": Trouble("a sheet that was sent before, scanned again", "auto"),
    "second-more": Trouble("a sheet that was sent before, with a new e-mail address added", "either"),
    "second-other-offer": Trouble("a second sheet of one mailing ticks another offer", "review"),
    "new-email": Trouble("a new e-mail address is written in by hand", "either"),
    "new-phone": Trouble("a new phone number is written in by hand", "either"),
    "new-address": Trouble("a new street, postcode and town are written in by hand", "either"),
    "filled-pdf": Trouble(
        "filled in on a computer, then mailed or printed: new phone, e-mail and address are typed", "either"
    ),
    "pencil": Trouble("ticked with a pencil, grey and thin", "either"),
    "scribbled-out": Trouble("one offer is ticked, then scribbled out, and another ticked", "auto"),
    "withdrawal": Trouble("bears no code, so the sender is known by name and address alone", "either"),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One filled form. `row` is the sender's place in the subscriber file; `seed` fixes answers and strokes."""

    template: str
    row: int
    language: str
    campaign: str | None
    trouble: str | None
    typed: bool
    seed: str


@dataclass(frozen=True, slots=True)
class Scan:
    """How sheets become a file: `degradation` of the pixels (`born-digital` has none), `folder` below the inbox."""

    degradation: str
    dpi: int
    suffix: str
    folder: str


@dataclass(frozen=True, slots=True)
class Document:
    """One file to make; `name` is its path below the scans' folder."""

    name: str
    sheets: tuple[Sheet, ...]
    scan: Scan
    seed: str


@dataclass(frozen=True, slots=True)
class _Turn:
    template: str
    trouble: str | None = None
    way: Way = "scan"
    again: int | None = None
    typed: bool = False


_OFFER, _RENEWAL, _CARD, _WITHDRAWAL = "retention-offer", "renewal-card", "feedback-card", "withdrawal"
_ROUND = (
    _Turn(_OFFER), _Turn(_OFFER), _Turn(_RENEWAL), _Turn(_CARD), _Turn(_OFFER),
    _Turn(_WITHDRAWAL, "withdrawal", typed=True), _Turn(_OFFER, "two-offers"), _Turn(_CARD), _Turn(_OFFER, way="photo"),
    _Turn(_RENEWAL), _Turn(_OFFER, "scribbled-out"), _Turn(_CARD), _Turn(_OFFER), _Turn(_OFFER, "unsigned"),
    _Turn(_RENEWAL), _Turn(_WITHDRAWAL, "withdrawal"), _Turn(_OFFER, "second-scan", again=0),
    _Turn(_OFFER, "filled-pdf", "email", typed=True), _Turn(_RENEWAL), _Turn(_CARD), _Turn(_OFFER, "struck-name"),
    _Turn(_OFFER, way="photo"), _Turn(_RENEWAL), _Turn(_OFFER, way="pile-tif"), _Turn(_OFFER),
    _Turn(_WITHDRAWAL, "withdrawal", "email", typed=True), _Turn(_OFFER, "second-more", again=1), _Turn(_RENEWAL),
    _Turn(_OFFER, "new-email"), _Turn(_CARD), _Turn(_RENEWAL, way="pile-pdf"), _Turn(_OFFER, "forged-reference"),
    _Turn(_OFFER), _Turn(_OFFER, "closed-campaign"), _Turn(_WITHDRAWAL, "withdrawal", typed=True),
    _Turn(_OFFER, "pencil"), _Turn(_OFFER, "second-other-offer", again=4), _Turn(_RENEWAL), _Turn(_CARD), _Turn(_OFFER),
    _Turn(_RENEWAL, "new-phone"), _Turn(_OFFER, "new-address"), _Turn(_WITHDRAWAL, "withdrawal", typed=True),
    _Turn(_CARD, way="photo"), _Turn(_OFFER, "filled-pdf", typed=True),
)  # fmt: skip
_PILES = {"pile-tif": (_OFFER, _CARD, _OFFER, _CARD, _RENEWAL) * 2, "pile-pdf": (_RENEWAL, _CARD) * 7}
_DEGRADATIONS = (
    "clean", "skew", "upside-down", "jpeg", "speckle", "fade", "fold", "one-bit", "clean", "skew", "lying",
)  # fmt: skip
_MILD = ("clean", "skew", "jpeg")
"""What is unusual about a form must survive its scan: a pencil is gone from a 1-bit one."""
_SUFFIXES = (".pdf", ".png", ".pdf", ".webp")


def documents(count: int, seed: int, people: Sequence[Mapping[str, str]]) -> Iterator[Document]:
    """`count` files in a fixed round of kinds; senders, answers and strokes come from `seed`."""
    random_ = random.Random(f"{seed}/senders")
    senders = itertools.cycle(random_.sample(range(len(people)), len(people)))
    first: dict[int, Sheet] = {}
    for index in range(count):
        turn, tour = _ROUND[index % len(_ROUND)], index // len(_ROUND)
        scan = _scan(turn, index)
        templates = _PILES.get(turn.way, (turn.template,))
        if turn.again is not None:
            sheets: tuple[Sheet, ...] = (_again(first[tour * len(_ROUND) + turn.again], turn),)
        else:
            sheets = tuple(
                _sheet(turn, template, next(senders), people, f"{seed}/{index}/{page}")
                for page, template in enumerate(templates)
            )
            first[index] = sheets[0]
        label = "pile" if turn.way in _PILES else turn.template
        yield Document(f"{scan.folder}/{index + 1:04d}-{label}{scan.suffix}", sheets, scan, f"{seed}/{index}")


def _sheet(turn: _Turn, template: str, row: int, people: Sequence[Mapping[str, str]], seed: str) -> Sheet:
    german = people[row]["country"] == "DE"
    # some Swedes are written to in English
    language = "de" if german else ("sv", "sv", "en")[row % 3]
    campaign = CLOSED_CAMPAIGN if turn.trouble == "closed-campaign" else CAMPAIGNS.get(template)
    return Sheet(template, row, language, campaign, turn.trouble, turn.typed, seed)


def _again(sheet: Sheet, turn: _Turn) -> Sheet:
    """The same mailing once more, with the answers and strokes of the first time."""
    return replace(sheet, trouble=turn.trouble)


def _scan(turn: _Turn, index: int) -> Scan:
    folder = "partner/acme" if turn.template == "renewal-card" else "paper"
    if turn.way == "email":
        return Scan("born-digital", 200, ".pdf", "email")
    if turn.way == "photo":
        return Scan("photo", 200, (".jpg", ".heic")[index % 2], "photo")
    if turn.way == "pile-tif":
        return Scan("one-bit", 300, ".tif", "paper")
    if turn.way == "pile-pdf":
        return Scan("feeder", 200, ".pdf", folder)
    cycle = _MILD if turn.trouble else _DEGRADATIONS
    degradation = cycle[index % len(cycle)]
    if degradation == "one-bit":
        return Scan(degradation, 300, ".tif", folder)
    return Scan(degradation, 300 if index % 9 == 4 else 200, _SUFFIXES[index % len(_SUFFIXES)], folder)
