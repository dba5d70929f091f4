"""A big base for benches, made cheaply: sample forms read once by the real reader, then taken in, stored and decided
thousands of times, each as a file, a subscriber and pictures of its own. Only recognition is not done again.

    python -m bench.copies DATA 10000       # fills the empty folder DATA, prints the batch's id
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from sqlmodel import Session, select

from bench.kill import SAMPLES
from cases.batches import claim_batch, create_batch, finish_batch
from cases.campaigns import import_campaigns
from cases.database import engine_for, upgrade
from cases.intake import Taken, take_in
from cases.models import Campaign
from cases.pipeline import decide_chunk, plan_batch
from cases.settings import Settings
from cases.storing import store_pages
from matching.importing import import_subscribers
from matching.query import Candidate, Match, Query
from ocr.codes.reference import parse_reference, sign
from ocr.pages import open_pages
from ocr.reader import read_pages
from ocr.readings import Gray, PageReading, Reading
from ocr.template.loading import load_templates

CAMPAIGN = "C26A"
_OWNER = "bench"
_STORED_AT_ONCE = 64


def batch_of_copies(data: Path, pages: int) -> str:
    """Fills the empty folder `data` with one decided batch of so many one-page forms; the batch's id."""
    settings = Settings(data=data)
    upgrade(settings)
    engine = engine_for(settings)
    with Session(engine, expire_on_commit=False) as session:
        import_campaigns(session, SAMPLES / "campaigns.yaml")
        sources = list(_sources(settings))
        import_subscribers(session, _people([senders_of(page) for _, page in sources], pages))
        key = session.exec(select(Campaign.signing_key).where(Campaign.code == CAMPAIGN)).one()
        session.commit()
        read = dict(_taken(session, settings, sources, key, pages))
        batch = create_batch(session, "paper")
        assert batch is not None
        claim_batch(session, _OWNER, settings, batch_id=batch.id)
        plan_batch(session, settings, batch.id, lambda path, name: 1, settings.store.path_of)
        for part in _parts(list(read)):
            store_pages(session, settings, batch.id, [_copy(*read[sha256], sha256) for sha256 in part])
        decide_chunk(session, settings, batch.id, load_templates(settings.templates), by_reference)
        finish_batch(session, batch.id)
    engine.dispose()
    return batch.id


def senders_of(page: PageReading) -> str:
    """The id of the subscriber whom the printed code names."""
    text = next(one.value for one in page.fields if one.kind == "code")
    parsed = parse_reference(str(text))
    assert parsed is not None and parsed.subscriber is not None
    return parsed.subscriber


def by_reference(query: Query, mailed: object) -> Match:
    """The matcher's first rule alone: who is named by a verified reference sent the form."""
    if query.reference_subscriber is None:
        return Match(query.id, "none", "no-candidate", (), ("Nobody fits.",))
    best = Candidate(query.reference_subscriber, 0.9999, 20.0, ())
    return Match(query.id, "auto", "reference", (best,), ("The signed reference names the subscriber.",))


def _sources(settings: Settings) -> Iterator[tuple[bytes, PageReading]]:
    """The sample PDFs of one page of the campaign, as bytes and as they read."""
    templates = load_templates(settings.templates)
    for path in sorted((SAMPLES / "scans/paper").glob("*-retention-offer.pdf")):
        opened = list(open_pages(path))
        if len(opened) != 1:
            continue
        (page,) = read_pages(opened, templates)
        code = next((one for one in page.fields if one.kind == "code"), None)
        parsed = parse_reference(str(code.value)) if code and code.status == "ok" else None
        if parsed is not None and parsed.campaign == CAMPAIGN:
            yield path.read_bytes(), page


def _people(senders: list[str], count: int) -> Iterator[dict[str, str]]:
    """A namesake of a sender for each copy, under an id of its own."""
    with (SAMPLES / "subscribers.csv").open(encoding="utf-8", newline="") as file:
        known = {row["id"]: row for row in csv.DictReader(file)}
    for number in range(count):
        yield known[senders[number % len(senders)]] | {"id": _id(number), "customer_number": str(50_000_000 + number)}


def _id(number: int) -> str:
    return f"C{number:06}"


def _taken(
    session: Session, settings: Settings, sources: list[tuple[bytes, PageReading]], key: bytes, count: int
) -> Iterator[tuple[str, tuple[PageReading, bytes, int]]]:
    inbox = settings.inbox / "paper"
    inbox.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        content, page = sources[number % len(sources)]
        path = inbox / f"scan-{number:06}.pdf"
        # readers ignore what follows the end of a PDF
        path.write_bytes(content + f"\n% copy {number}\n".encode())
        done = take_in(session, settings, path, root=settings.inbox, channel="paper")
        assert isinstance(done, Taken)
        yield done.sha256, (page, key, number)


def _copy(page: PageReading, key: bytes, number: int, sha256: str) -> PageReading:
    return replace(page, file=sha256, fields=tuple(_field(one, key, number) for one in page.fields))


def _field(one: Reading, key: bytes, number: int) -> Reading:
    parsed = parse_reference(str(one.value)) if one.kind == "code" else None
    if parsed is not None:
        one = replace(one, value=sign(replace(parsed, subscriber=_id(number)), key).text)
    return one if one.crop is None or one.crop.size < 16 else replace(one, crop=_numbered(one.crop, number))


def _numbered(crop: Gray, number: int) -> Gray:
    """The picture with the number in the lowest bits of its first pixels: another file, the same to the eye."""
    own = crop.copy()
    bits = np.array([number >> place & 1 for place in range(16)], np.uint8)
    flat = own.reshape(-1)
    flat[:16] = flat[:16] & 0xFE | bits
    return own


def _parts(hashes: list[str]) -> Iterator[list[str]]:
    return (hashes[start : start + _STORED_AT_ONCE] for start in range(0, len(hashes), _STORED_AT_ONCE))


if __name__ == "__main__":
    print(batch_of_copies(Path(sys.argv[1]), int(sys.argv[2])))
