"""What the tables of a bag say, and whether it holds together: chains, seals, values, cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from cases.audit.deriving import Deriver, Source, is_in_work
from cases.audit.lines import Lines
from cases.audit.settling import settlement_faults
from cases.ledger import ERASED
from cases.links import ChainCheck, commitment, entry_digest
from cases.models import FieldReading
from cases.sealing import check_seals
from cases.signing import KEYS, keys_in
from cases.stamping import stamp_fault
from cases.store import file_hash
from ocr.template.loading import load_template
from ocr.template.model import Template

ROWS = {
    "batches": "batch", "documents": "document", "pages": "page", "decisions": "response", "cases": "case",
    "questions": "exception", "edits": "answer", "keyed": "keyed", "campaigns": "campaign", "consents": "consent",
    "repairs": "page_repair", "terms": "commission_terms", "outcomes": "case_outcome", "statements": "statement",
    "statement_lines": "statement_line", "disputes": "dispute",
}  # fmt: skip
"""The tables whose rows the ledger commits to, with its word for them."""
Row = dict[str, Any]


class Evidence:
    """The tables under `data`. The checks yield sentences; LineError for a line that is not as it was written."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.keys: dict[str, str] = {}
        self.last_seal = 0
        self._links: dict[str, dict[int, str]] = {}
        self._own: set[str] = set()
        self._after: dict[str, str] = {}
        self._before: set[str] = set()
        self._entries: dict[str, str] = {}
        self._erased: set[str] = set()

    def seal(self, number: int) -> Row:
        """A seal of the bag. Raises LookupError."""
        return next(seal for seal in self._table("seals") if seal["number"] == number)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return sum(1 for _ in self._table(table))

    def ledger_faults(self) -> Iterator[str]:
        """Chains, whole and in part."""
        check = ChainCheck()
        events: list[Row] = []
        for event in self._table("ledger"):
            broken = check.add(event)
            if broken is not None:
                yield f"Chain {broken.chain}: {broken.sentence}"
                return
            self._note(event)
            self._own.add(str(event["chain"]))
            if event["chain"] == KEYS:
                events.append(event)
        yield from self._parts()
        keys = keys_in(events)
        if isinstance(keys, str):
            yield keys
        else:
            self.keys = keys

    def seal_faults(self) -> Iterator[str]:
        """Seals, their signatures and time-stamps, and that each chain of the bag ends under one of them."""
        seals = list(self._table("seals"))
        fault = check_seals(seals, self.keys, self._head)
        if fault is not None:
            yield fault
            return
        self.last_seal = len(seals)
        ends = {(chain, int(head[0])) for seal in seals for chain, head in seal["heads"].items()}
        for chain, links in sorted(self._links.items()):
            if (chain, max(links)) not in ends:
                yield f"Chain {chain} does not end where a seal holds it: events were cut off or added."
        for stamp in sorted((self._data / "stamps").glob("*.tsr")):
            number = int(stamp.stem)
            root = stamp.with_name(f"{number}.root.pem").read_text(encoding="ascii")
            fault = stamp_fault(stamp.read_bytes(), root, seals[number - 1]["hash"])
            if fault is not None:
                yield f"Seal {number}: {fault}"

    def value_faults(self) -> Iterator[tuple[str, str]]:
        """Every value against what the ledger commits to: the path of the table, and the sentence."""
        present: dict[str, tuple[str, str]] = {}
        for opening in self._table("openings"):
            digest, name = str(opening["digest"]), str(opening["name"])
            if digest in self._erased or (digest not in self._after and digest not in self._before):
                yield "openings.jsonl", f"The commitment to {name} is in no event of the bag, or was erased."
            elif self._entries.get(digest) != opening["entry"]:
                yield "openings.jsonl", f"The commitment to {name} stands with another event than the one that made it."
            elif "value" not in opening:
                present[name] = digest, str(opening["salt"])
            elif commitment(str(opening["salt"]), opening["value"]) != digest:
                yield "openings.jsonl", f"A value of {name} is not the one that the ledger commits to."
        gone = self._untestable()
        for table, word in ROWS.items():
            for row in self._rows(table):
                name = f"{word}:{row['id']}"
                digest, salt = present.pop(name, ("", ""))
                if not digest and name in gone:
                    continue
                if not digest or commitment(salt, row) != digest or self._after.get(digest) != name:
                    yield f"{table}.jsonl", f"{name} is not as the ledger has it."
                elif digest in self._before:
                    yield f"{table}.jsonl", f"{name} is an earlier state of the row."
        if present:
            yield "openings.jsonl", f"The row {min(present)} is missing."

    def file_faults(self) -> Iterator[tuple[str, str]]:
        """What the tables speak of and the bag does not hold: the path, and the sentence. What was erased says so."""
        for document in self._table("documents"):
            path = f"documents/{document['sha256']}"
            if "gone" not in document and not (self._data / path).is_file():
                yield f"data/{path}", f"What arrived as document {document['id']} is not in the bag."
        for page in self._table("pages"):
            path = f"documents/{page.get('copy_of')}"
            if "copy_of" in page and not (self._data / path).is_file():
                yield f"data/{path}", f"The picture of page {page['id']}, whose original was erased, is not in the bag."
        for reading in self._table("readings"):
            crop = str(reading.get("crop", ""))
            path = f"crops/{crop[:2]}/{crop}.png"
            if crop and not (self._data / path).is_file():
                yield f"data/{path}", f"The picture of reading {reading['id']} is not in the bag."

    def seal_hashes(self) -> set[str]:
        """The hashes of all seals of the bag."""
        return {str(seal["hash"]) for seal in self._table("seals")}

    def case_faults(self) -> Iterator[str]:
        """Every case, drawn again from readings, answers and rules."""
        answers = {int(row["id"]): row for row in self._table("edits")}
        questions = {int(row["id"]): row for row in self._table("questions")}
        deriver = Deriver(self._source, answers, questions)
        forgotten: set[int] = set()
        events = sorted(
            ((event["at"], event["chain"], event["seq"], event) for event in self._decisions()),
            key=lambda one: (one[0], one[1], one[2]),
        )
        for _, _, _, event in events:
            digest = event["after"].get("basis")
            if digest in self._erased:
                forgotten.add(int(event["facts"].get("response", event["subject"])))
            opening = self._bases.first(digest) if digest else None
            deriver.follow(event, opening["value"] if opening else None)
        yield from deriver.faults(forgotten)
        for row in self._table("cases"):
            first = self._responses.first(row["response_id"])
            document = self._documents.first(first["document_id"]) if first else None
            if int(row["response_id"]) in forgotten or (document and is_in_work(document)):
                continue
            yield from deriver.case_faults(row)

    def _untestable(self) -> set[str]:
        """The rows whose present commitment was erased, so that nobody can test them any more."""
        present = {digest: name for digest, name in self._after.items() if digest not in self._before}
        testable = {name for digest, name in present.items() if digest not in self._erased}
        return {name for digest, name in present.items() if digest in self._erased} - testable

    def _parts(self) -> Iterator[str]:
        """The pieces of other chains: each goes on link by link."""
        last: Row | None = None
        for event in self._table("elsewhere"):
            follows = last is not None and last["chain"] == event["chain"]
            if follows and last is not None and (event["seq"], event["previous"]) != (last["seq"] + 1, last["hash"]):
                yield f"Chain {event['chain']}: event {event['seq']} does not follow the event before it."
            if event["chain"] in self._own or (not follows and event["chain"] in self._links):
                yield f"Chain {event['chain']} stands twice in the bag."
            if entry_digest(event) != event["hash"]:
                yield f"Chain {event['chain']}: event {event['seq']} is not as it was written: its hash differs."
            self._note(event)
            last = event

    def _note(self, event: Row) -> None:
        self._links.setdefault(str(event["chain"]), {})[int(event["seq"])] = str(event["hash"])
        self._after |= {digest: name for name, digest in event.get("after", {}).items() if digest is not None}
        before = event.get("before", {})
        made = [*event.get("after", {}).values(), *(before[name] for name in before if ":" not in name)]
        self._entries |= {digest: str(event["hash"]) for digest in made if digest is not None}
        self._before |= {digest for digest in event.get("before", {}).values() if digest is not None}
        if event.get("tag") == ERASED:
            self._erased |= set(event["facts"]["erased"])

    def _head(self, chain: str, seq: int) -> str | None:
        links = self._links.get(chain)
        if links is None or (chain not in self._own and seq not in links):
            raise KeyError(chain)
        return links.get(seq)

    def _rows(self, table: str) -> Iterator[Row]:
        """The rows as they were committed to: a page with its readings."""
        if table != "pages":
            yield from self._table(table)
            return
        for page in self._table("pages"):
            readings = [{k: v for k, v in one.items() if k != "page_id"} for one in self._readings.find(page["id"])]
            yield page | {"readings": sorted(readings, key=lambda one: int(one["id"]))}

    def _decisions(self) -> Iterator[Row]:
        for table in ("ledger", "elsewhere"):
            for event in self._table(table):
                if str(event.get("tag", "")).startswith(("decision:response:", "decision:case:", "desk:exception:")):
                    yield {name: event[name] for name in ("at", "chain", "seq", "tag", "subject", "facts", "after")}

    def _source(self, response_id: int) -> Source | None:
        response = self._responses.first(response_id)
        document = self._documents.first(response["document_id"]) if response else None
        template = self._template(response) if response else None
        if response is None or document is None or template is None:
            return None
        readings = [
            FieldReading.model_validate({"status": "", "reader": "", **row})
            for page in response.get("page_ids", [])
            for row in self._readings.find(page)
        ]
        repairs = [row for page in response.get("page_ids", []) for row in self._repairs.find(page)]
        return Source(response, document, readings, template, repairs)

    def _template(self, response: Mapping[str, Any]) -> Template | None:
        page = self._pages.first(response["first_page_id"])
        folder = self._data / "templates" / str(page["template_hash"] if page else "")
        return self._templates.setdefault(folder.name, load_template(folder)) if folder.is_dir() else None

    def settlement_faults(self) -> Iterator[str]:
        """Every statement, computed again from terms and outcomes."""
        return settlement_faults(self._table)

    def design_faults(self) -> Iterator[str]:
        """Designs against the decisions that name their files."""
        for event in self._table("ledger"):
            for file, sha256 in event["facts"].get("template_files", {}).items():
                path = self._data / "templates" / str(event["facts"]["template_hash"]) / file
                if not path.is_file() or file_hash(path) != sha256:
                    yield f"The design file {file} is not the one that event {event['seq']} was decided with."

    def _table(self, name: str) -> Lines:
        return Lines(self._data / f"{name}.jsonl")

    def _by(self, name: str, key: str) -> Lines:
        table = self._table(name)
        table.index(key)
        return table

    @cached_property
    def _templates(self) -> dict[str, Template]:
        return {}

    @cached_property
    def _responses(self) -> Lines:
        return self._by("decisions", "id")

    @cached_property
    def _documents(self) -> Lines:
        return self._by("documents", "id")

    @cached_property
    def _pages(self) -> Lines:
        return self._by("pages", "id")

    @cached_property
    def _readings(self) -> Lines:
        return self._by("readings", "page_id")

    @cached_property
    def _repairs(self) -> Lines:
        return self._by("repairs", "page_id")

    @cached_property
    def _bases(self) -> Lines:
        return self._by("openings", "digest")
