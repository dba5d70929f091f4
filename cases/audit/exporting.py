"""An audit bag of some documents, streamed document by document: whatever their number, the memory is that of a few."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, SQLModel, col, select

from cases import ledger
from cases.audit.bag import SIGNATURE, BagWriter
from cases.audit.papers import Summary, Workbook
from cases.audit.pictures import normalised
from cases.audit.readme import README
from cases.audit.scope import Scope
from cases.audit.statements import papers_of, rows_behind
from cases.audit.tables import TableWriter, descriptor
from cases.database import engine_for, reading_session
from cases.links import as_stored
from cases.models import (
    Answer,
    Batch,
    Campaign,
    Case,
    Commitment,
    Consent,
    Document,
    ExceptionItem,
    FieldReading,
    Keyed,
    Latest,
    LedgerEvent,
    Page,
    PageRepair,
    Response,
    Seal,
    SealStamp,
)
from cases.sealing import is_sealed, seal_all
from cases.settings import Settings
from cases.signing import KEYS, Signer, SigningError, present_signer
from cases.store import GoneError, file_hash
from cases.tracking import name_of, snapshot
from ocr.template.loading import TemplateSet, load_templates

_AT_ONCE = 16
_MOST_TRIES = 50
_EVENTS_AT_ONCE = 500
Told = Callable[[int, int], None]


@dataclass
class _Seen:
    """What the documents led to: their chains, events in other chains, designs and campaigns."""

    chains: set[str] = field(default_factory=lambda: {KEYS})
    elsewhere: dict[str, set[int]] = field(default_factory=dict)
    campaigns: set[int] = field(default_factory=set)


def export_bag(settings: Settings, scope: Scope, out: Path, told: Told = lambda done, of: None) -> int:
    """Seals the ledger and writes the bag of `scope` into the new or empty folder `out`; how many documents it holds.

    Raises UnknownScopeError, SigningError, and FileExistsError when `out` holds something.
    """
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(str(out))
    with reading_session(settings) as session:
        ids = scope.documents(session)
    with _sealed_moment(settings) as (session, signer), tempfile.TemporaryDirectory() as scratch:
        bag = BagWriter(out)
        last = _Export(session, settings, bag, load_templates(settings.templates)).write(
            ids, scope, Path(scratch), told
        )
    digest = bag.close(_info(scope, last))
    signature = {"key": signer.id, "public": signer.public, "seal": last.number, "signature": signer.sign(digest)}
    (out / SIGNATURE).write_text(json.dumps(signature, indent=1) + "\n", encoding="utf-8")
    return len(ids)


@contextmanager
def _sealed_moment(settings: Settings) -> Iterator[tuple[Session, Signer]]:
    """A session that sees a moment at which every chain was sealed to its end, and the key that signs.

    Others go on with their work meanwhile, so what they append between the seal and the moment is sealed again.
    """
    for _ in range(_MOST_TRIES):
        engine = engine_for(settings)
        with Session(engine) as session:
            seal_all(session, settings)
            signer = present_signer(session, settings)
            session.commit()
        engine.dispose()
        with reading_session(settings) as session:
            if is_sealed(session):
                yield session, signer
                return
    raise SigningError("The ledger grows more quickly than it is sealed. Ask for the bag when less is going on.")


def _info(scope: Scope, seal: Seal) -> dict[str, str]:
    return {
        "Bagging-Date": seal.at[:10],
        "External-Description": f"Replyflow audit bag of {scope}",
        "External-Identifier": f"seal {seal.number} {seal.hash}",
        "Bag-Software-Agent": ledger.machine("replyflow"),
    }


@dataclass
class _Export:
    """One export: a session that sees one moment, and where it goes."""

    session: Session
    settings: Settings
    bag: BagWriter
    templates: TemplateSet
    seen: _Seen = field(default_factory=_Seen)

    def write(self, ids: list[int], scope: Scope, scratch: Path, told: Told) -> Seal:
        """Everything but the bag's own frame; the seal that holds it."""
        xlsx, pdf = scratch / "summary.xlsx", scratch / "summary.pdf"
        with ExitStack() as open_files:
            tables = open_files.enter_context(TableWriter(self.bag))
            book = open_files.enter_context(Workbook(xlsx, scratch))
            lines = open_files.enter_context(
                Summary(pdf, [f"Replyflow audit bag of {scope}", f"{len(ids)} documents", ""])
            )
            for start in range(0, len(ids), _AT_ONCE):
                part = ids[start : start + _AT_ONCE]
                self._documents(part, tables, book, lines)
                self.session.expunge_all()
                told(min(start + _AT_ONCE, len(ids)), len(ids))
            self._frame(tables)
            if scope.statement is not None:
                self._settlement(tables, scope.statement)
            last = self._chains(tables)
            lines.line("")
            lines.line(f"Held by seal {last.number} of {last.at}, key {last.key_id}:")
            lines.line(last.hash)
        for path in (xlsx, pdf):
            self.bag.add(path.name, path.read_bytes())
        self.bag.add("datapackage.json", descriptor(f"Replyflow audit bag of {scope}"))
        self.bag.add("README.txt", README.encode())
        return last

    def _documents(self, ids: list[int], tables: TableWriter, book: Workbook, lines: Summary) -> None:
        documents = self._all(Document, col(Document.id).in_(ids))
        self._pictures(documents)
        for document in documents:
            rows = list(self._rows_of(document))
            for table, row in rows:
                content = snapshot(self.session, row)
                for reading in content.pop("readings", ()):
                    tables.add("readings", {"page_id": row.id, **reading})  # type: ignore[attr-defined]
                    self._crop(reading.get("crop"))
                tables.add(table, content)
                book.add(table, content)
                if content.get("copy_of"):
                    # what is left of an original in which somebody was erased
                    self._stored(f"documents/{content['copy_of']}", content["copy_of"])
                if table == "cases":
                    lines.case(content)
            responses = [row.id for _, row in rows if isinstance(row, Response) and row.id is not None]
            self._openings([name_of(row) for _, row in rows], responses, tables)
            self.seen.chains.add(document.batch_id or ledger.OFFICE)
            self._original(document)

    def _rows_of(self, document: Document) -> Iterator[tuple[str, SQLModel]]:
        yield "documents", document
        pages = self._all(Page, Page.document_id == document.id)
        yield from (("pages", page) for page in pages)
        responses = self._all(Response, Response.document_id == document.id)
        yield from (("decisions", response) for response in responses)
        own = [response.id for response in responses]
        cases = self._all(Case, col(Case.response_id).in_(own))
        yield from (("cases", case) for case in cases)
        self.seen.campaigns |= {case.campaign_id for case in cases if case.campaign_id is not None}
        asked = self._all(ExceptionItem, ExceptionItem.document_id == document.id)
        yield from (("questions", one) for one in asked)
        answers = self._all(Answer, col(Answer.exception_id).in_([one.id for one in asked]))
        yield from (("edits", one) for one in answers)
        of_pages = col(PageRepair.page_id).in_([page.id for page in pages])
        yield from (("repairs", one) for one in self._all(PageRepair, of_pages))
        yield from (("consents", one) for one in self._all(Consent, col(Consent.response_id).in_(own)))
        readings = select(FieldReading.id).where(col(FieldReading.page_id).in_([page.id for page in pages]))
        yield from (("keyed", one) for one in self._all(Keyed, col(Keyed.reading_id).in_(readings)))

    def _all(self, table: Any, *where: Any) -> list[Any]:  # noqa: ANN401  # any of our tables
        return list(self.session.exec(select(table).where(*where).order_by(table.id)))

    def _pictures(self, documents: list[Document]) -> None:
        wanted = [(document, self._designs(document)) for document in documents]
        with ThreadPoolExecutor(self.settings.workers) as crowd:
            for done in crowd.map(lambda one: self._drawn(*one), wanted):
                for name, sha256, size in done:
                    self.bag.note(name, sha256, size)

    def _designs(self, document: Document) -> dict[int, str]:
        """The template of each page that was read with a design that is still the same."""
        pages = self._all(Page, Page.document_id == document.id, col(Page.registered).is_(True))
        known = {name: self.templates.hash_of(name) for name in self.templates.by_name}
        return {page.number: page.template for page in pages if known.get(page.template) == page.template_hash}

    def _drawn(self, document: Document, wanted: dict[int, str]) -> list[tuple[str, str, int]]:
        folder, done = f"pages/{document.sha256}", []
        try:
            with self.settings.store.opened(document.sha256) as path:
                for number, jpeg in normalised(path, wanted, self.templates) if wanted else ():
                    target = self.bag.out / "data" / folder / f"{number}.jpg"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(jpeg)
                    done.append((f"{folder}/{number}.jpg", file_hash(target), len(jpeg)))
        except GoneError:
            return []
        return done

    def _original(self, document: Document) -> None:
        self._stored(f"documents/{document.sha256}", document.sha256)

    def _crop(self, sha256: str | None) -> None:
        if sha256 is not None:
            self._stored(f"crops/{sha256[:2]}/{sha256}.png", sha256)

    def _stored(self, name: str, sha256: str) -> None:
        if name in self.bag or not self.settings.store.holds(sha256):
            return
        with self.bag.writing(name) as file:
            for block in self.settings.store.blocks(sha256):
                file.write(block)

    def _frame(self, tables: TableWriter) -> None:
        """The batches and campaigns that the documents led to."""
        batches = self._all(Batch, col(Batch.id).in_(sorted(self.seen.chains)))
        campaigns = self._all(Campaign, col(Campaign.id).in_(sorted(self.seen.campaigns)))
        for table, rows in (("batches", batches), ("campaigns", campaigns)):
            for row in rows:
                tables.add(table, snapshot(self.session, row))
        self._openings([name_of(row) for row in (*batches, *campaigns)], [], tables)

    def _settlement(self, tables: TableWriter, statement_id: int) -> None:
        """The statement on paper, and all rows that it was computed from."""
        for name, content in papers_of(self.session, statement_id):
            self.bag.add(f"settlement/{name}", content)
        for table, rows in rows_behind(self.session, statement_id):
            for row in rows:
                tables.add(table, as_stored(snapshot(self.session, row)))
            for start in range(0, len(rows), _EVENTS_AT_ONCE):
                self._openings([name_of(row) for row in rows[start : start + _EVENTS_AT_ONCE]], [], tables)

    def _openings(self, names: list[str], responses: list[int], tables: TableWriter) -> None:
        """What opens the commitments about these rows; the value only where no table of the bag has it."""
        present = set(self.session.exec(select(Latest.digest).where(col(Latest.name).in_(names))))
        about = or_(col(Commitment.name).in_(names), col(Commitment.response_id).in_(responses))
        query = select(Commitment, LedgerEvent.chain, LedgerEvent.seq).where(about)
        query = query.join(LedgerEvent, col(LedgerEvent.hash) == Commitment.entry).order_by(Commitment.digest)
        for opening, chain, seq in self.session.exec(query):
            row = {name: getattr(opening, name) for name in ("digest", "entry", "name", "salt")}
            tables.add("openings", row if opening.digest in present else row | {"value": opening.value})
            self.seen.elsewhere.setdefault(chain, set()).add(seq)
            self._match(opening, tables)

    def _match(self, opening: Commitment, tables: TableWriter) -> None:
        if opening.name != "after basis" or not isinstance(opening.value, dict):
            return
        match = opening.value["match"]
        base = {"response_id": opening.response_id, "verdict": match["verdict"], "rule": match["rule"]}
        for candidate in match["candidates"] or [{}]:
            tables.add("matches", base | candidate)

    def _chains(self, tables: TableWriter) -> Seal:
        """The ledger: the documents' own chains whole, of others the events that matter up to the seal over them."""
        erased = select(LedgerEvent.chain, LedgerEvent.seq).where(LedgerEvent.tag == ledger.ERASED)
        for chain, seq in self.session.exec(erased):
            self.seen.elsewhere.setdefault(chain, set()).add(seq)
        last = 0
        for chain in sorted(self.seen.chains):
            seal, head = self._seal_over(chain, self._length(chain))
            for event in self._events(chain, 1, head):
                tables.add("ledger", event)
                self._design(event)
            last = max(last, seal)
        for chain in sorted(self.seen.elsewhere.keys() - self.seen.chains):
            wanted = self.seen.elsewhere[chain]
            seal, head = self._seal_over(chain, max(wanted))
            for event in self._events(chain, min(wanted), head):
                tables.add("elsewhere", event if event["seq"] in wanted else ledger.link_of(event))
            last = max(last, seal)
        for made in self.session.exec(select(Seal).where(Seal.number <= last).order_by(col(Seal.number))):
            tables.add("seals", made.model_dump())
        for stamp in self.session.exec(select(SealStamp).where(SealStamp.number <= last)):
            self.bag.add(f"stamps/{stamp.number}.tsr", stamp.token)
            self.bag.add(f"stamps/{stamp.number}.root.pem", stamp.root.encode())
        return self.session.get_one(Seal, last)

    def _seal_over(self, chain: str, seq: int) -> tuple[int, int]:
        """The first seal that holds entry `seq` of a chain, and the entry up to which it holds it."""
        seals = select(Seal.number, Seal.heads).order_by(col(Seal.number)).execution_options(yield_per=1000)
        for number, heads in self.session.exec(seals):
            if chain in heads and int(heads[chain][0]) >= seq:
                return number, int(heads[chain][0])
        raise LookupError(f"{chain} {seq} is not sealed")

    def _length(self, chain: str) -> int:
        query = select(LedgerEvent.seq).where(LedgerEvent.chain == chain).order_by(col(LedgerEvent.seq).desc()).limit(1)
        return self.session.exec(query).one()

    def _events(self, chain: str, first: int, last: int) -> Iterable[Mapping[str, Any]]:
        query = select(LedgerEvent).where(LedgerEvent.chain == chain, LedgerEvent.seq >= first, LedgerEvent.seq <= last)
        for event in self.session.exec(
            query.order_by(col(LedgerEvent.seq)).execution_options(yield_per=_EVENTS_AT_ONCE)
        ):
            yield event.model_dump()

    def _design(self, event: Mapping[str, Any]) -> None:
        for file, sha256 in event["facts"].get("template_files", {}).items():
            self._stored(f"templates/{event['facts']['template_hash']}/{file}", sha256)
