"""The whole check of a live database: chains, keys, seals, time-stamps, commitments, and every row that they prove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Boolean, Integer, type_coerce
from sqlmodel import Session, SQLModel, col, select

from cases.ledger import ERASED
from cases.links import ChainCheck, canonical, commitment
from cases.models import Chain, Commitment, Document, Latest, LedgerEvent, Seal, Sealed, SealStamp
from cases.sealing import check_seals
from cases.settings import Settings
from cases.signing import KEYS, keys_in
from cases.stamping import stamp_fault
from cases.tracking import PROVEN, name_of, snapshot, table_name

_BLOCK = 500
_Row = TypeVar("_Row", bound=SQLModel)


@dataclass
class Replayed:
    """What the chains say when followed to their ends; commitments by their digest."""

    check: ChainCheck = field(default_factory=ChainCheck)
    links: dict[tuple[str, int], str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    keys: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, event: Mapping[str, Any]) -> str | None:
        """Follows one more event; the sentence when it does not fit."""
        broken = self.check.add(event)
        if broken is not None:
            return f"Chain {broken.chain}: {broken.sentence}"
        self.links[event["chain"], event["seq"]] = event["hash"]
        self.names |= {digest: name for name, digest in event["after"].items() if digest is not None}
        before = {digest: name for name, digest in event["before"].items() if digest is not None}
        self.names |= {digest: name for digest, name in before.items() if digest not in self.names}
        self.replaced |= before.keys()
        made = {digest for digest, name in before.items() if name.partition(":")[0] not in _TABLES}
        made |= {digest for digest in event["after"].values() if digest is not None}
        self.entries |= dict.fromkeys(made, event["hash"])
        if event["tag"] == ERASED:
            self.erased |= set(event["facts"]["erased"])
        if event["chain"] == KEYS:
            self.keys.append(event)
        return None

    def present(self) -> dict[str, set[str]]:
        """The commitments that no later event replaces, by row."""
        found: dict[str, set[str]] = {}
        for digest, name in self.names.items():
            if digest not in self.replaced and name.partition(":")[0] in _TABLES:
                found.setdefault(name, set()).add(digest)
        return found


_TABLES = {str(table.__tablename__) for table in PROVEN}


def first_fault(session: Session, settings: Settings) -> str | None:
    """The first thing that is wrong with database and store, as a sentence; None when all is as it was recorded."""
    return next(_faults(session, settings), None)


def _faults(session: Session, settings: Settings) -> Iterator[str]:
    replayed = Replayed()
    for event in _streamed(session, LedgerEvent, LedgerEvent.chain, LedgerEvent.seq):
        fault = replayed.add(event.model_dump())
        if fault is not None:
            yield fault
    heads = {chain.name: (chain.seq, chain.hash) for chain in session.exec(select(Chain))}
    for name in sorted(heads.keys() | replayed.check.heads.keys()):
        if heads.get(name) != replayed.check.heads.get(name):
            yield f"Chain {name} does not end where it did: its last events were cut off or added."
    yield from _sealed(session, replayed)
    yield from _openings(session, replayed)
    yield from _rows(session, replayed)
    yield from _originals(session, settings)


def _sealed(session: Session, replayed: Replayed) -> Iterator[str]:
    keys = keys_in(replayed.keys)
    if isinstance(keys, str):
        yield keys
        return
    seals = [seal.model_dump() for seal in session.exec(select(Seal).order_by(col(Seal.number)))]
    fault = check_seals(seals, keys, lambda chain, seq: replayed.links.get((chain, seq)))
    if fault is not None:
        yield fault
    held = {chain: head[0] for seal in seals for chain, head in seal["heads"].items()}
    if held != {one.name: one.seq for one in session.exec(select(Sealed))}:
        yield "The seals do not reach as far as they did: the last ones were cut off or added."
    for stamp in session.exec(select(SealStamp).order_by(col(SealStamp.number))):
        fault = stamp_fault(stamp.token, stamp.root, str(seals[stamp.number - 1]["hash"]))
        if fault is not None:
            yield f"Seal {stamp.number}: {fault}"


def _openings(session: Session, replayed: Replayed) -> Iterator[str]:
    left = replayed.names.keys() - replayed.erased
    for opening in _streamed(session, Commitment, Commitment.digest):
        if opening.digest not in left:
            yield f"A commitment to {opening.name} is in no event of the ledger, or was erased."
        elif commitment(opening.salt, opening.value) != opening.digest:
            yield f"The value or salt kept of {opening.name} is not the one that the ledger commits to."
        elif replayed.names[opening.digest] != opening.name.removeprefix("before ").removeprefix("after "):
            yield f"The commitment to {replayed.names[opening.digest]} is kept as {opening.name}."
        elif opening.entry != replayed.entries.get(opening.digest):
            yield f"The commitment to {opening.name} is kept with another event than the one that made it."
        left.discard(opening.digest)
    if left:
        yield f"The salt of {replayed.names[min(left)]} is gone, and no event says that it was erased."


def _rows(session: Session, replayed: Replayed) -> Iterator[str]:
    present = replayed.present()
    latest = {one.name: {one.digest} for one in session.exec(select(Latest))}
    for name in sorted(present.keys() | latest.keys()):
        if present.get(name) != latest.get(name):
            yield f"Which state of {name} is the present one is not as the ledger has it."
    for table in PROVEN:
        yield from _odd_truths(session, table)
        for row in _streamed(session, table, table.id):  # type: ignore[attr-defined]
            digests = present.pop(name_of(row), None)
            if digests is None:
                yield f"{name_of(row)} is in no event of the ledger."
            elif not digests <= replayed.erased and not _is_as_committed(session, row, digests):
                yield f"{name_of(row)} is not as the ledger has it."
    if present:
        yield f"{min(present)} is gone, and no event says so."


def _odd_truths(session: Session, table: type[SQLModel]) -> Iterator[str]:
    """A 2 in a column of truths reads as true and is found by no query for what is true; only SQLite keeps one."""
    if session.get_bind().dialect.name != "sqlite":
        return
    columns = table.__table__.columns  # type: ignore[attr-defined]
    for column in (one for one in columns if isinstance(one.type, Boolean)):
        odd = select(columns["id"]).where(type_coerce(column, Integer).not_in([0, 1])).limit(1)
        for id in session.exec(odd):
            yield f"{table_name(table)}:{id} is not as the ledger has it: its {column.name} is neither true nor false."


def _is_as_committed(session: Session, row: SQLModel, digests: set[str]) -> bool:
    opening = session.get(Commitment, min(digests))
    return opening is not None and canonical(opening.value) == canonical(snapshot(session, row))


def _originals(session: Session, settings: Settings) -> Iterator[str]:
    for document in _streamed(session, Document, Document.id):
        # that it is gone is itself committed to, and stands with its event
        there = settings.store.holds(document.sha256)
        if document.gone is None and not (there and settings.store.is_intact(document.sha256)):
            yield f"The original of {name_of(document)} is missing or not as it arrived."


def _streamed(session: Session, table: type[_Row], *order: Any) -> Iterator[_Row]:  # noqa: ANN401  # columns
    """The rows in order, in portions, none of them kept."""
    rows = session.exec(select(table).order_by(*order).execution_options(yield_per=_BLOCK))
    for part in rows.partitions():
        yield from part
        for row in part:
            session.expunge(row)
