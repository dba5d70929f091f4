"""The append-only record of what happened: hash chains, one a batch, that commit to every row they prove.

Altering, dropping or reordering an event breaks every hash after it. Values stand in the ledger as salted commitments:
with the salt anybody can test them, and once the salt is erased nobody can, while the chain still verifies.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, text
from sqlmodel import Session, SQLModel, col, or_, select

from cases.clock import now
from cases.links import OLD, BrokenLink, as_stored, body_digest, check_events, commitment, entry_digest, genesis
from cases.models import Chain, Commitment, FieldReading, Keyed, Latest, LedgerEvent, PageRepair, Response
from cases.tracking import PROVEN, has_changes, name_of, response_of, snapshot, take_changes
from cases.version import VERSION

OFFICE = "office"
"""The chain of what belongs to no batch: persons, campaigns, imports, settings."""
ADOPTED = "adopted"
"""The chain that commits to what was there before the ledger committed to rows."""
ERASED = "privacy:commitments:erased"
_RECENT = "ledger chain"
_ADOPTED_AT_ONCE = 500


def machine(part: str) -> str:
    """How the ledger names a part of the program that acted."""
    return f"{part} {VERSION}"


def by_person(login: str) -> str:
    """How the ledger names a person who acted."""
    return f"person:{login}"


def intake_chain(source: str) -> str:
    """The chain of what arrives from one source, before it is in a batch."""
    return f"intake:{source}"[:120]


def lock(session: Session, name: str = OFFICE) -> None:
    """Makes this transaction the only writer of a chain (or of what else `name` says) until it ends.

    On SQLite every writing transaction already is. Who needs several locks takes that of a batch before `OFFICE`.
    """
    if session.get_bind().dialect.name == "postgresql":
        wait = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 727002))")
        session.connection().execute(wait, {"name": name})


def record(
    session: Session,
    tag: str,
    subject: str | int,
    facts: Mapping[str, Any] | None = None,
    *,
    who: str | None = None,
    batch: str | None = None,
    chain: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    response: int | None = None,
    subscriber: str | None = None,
) -> LedgerEvent:
    """Appends an event to the caller's transaction, in the chain of `batch`, else in `chain`, else of the office.

    `tag` is ``room:subject:action``. `facts` stand in clear and hold no personal data. The values of `before` and
    `after` are committed to; so is, by itself, every proven row that the transaction changed since its last event.
    `response` and `subscriber` say whose values they are, so that erasing a person finds them.
    """
    said = _Said(tag, str(subject), facts or {}, who or machine("replyflow"), before or {}, after or {})
    whose = _Whose(response, subscriber)
    return _append(session, batch or chain or OFFICE, said, take_changes(session), whose)


def record_rows(session: Session, tag: str, subject: str, rows: Mapping[str, SQLModel], *, chain: str) -> LedgerEvent:
    """Commits to rows, by name, that came into the database without the session."""
    return _append(session, chain, _Said(tag, subject, {"rows": len(rows)}, machine("replyflow")), rows)


def adopt(session: Session) -> None:
    """Commits, once, to the rows that a database of an earlier version holds, in the caller's transaction."""
    if session.get(Chain, OLD) is None or session.get(Chain, ADOPTED) is not None:
        return
    for table in PROVEN:
        rows = session.exec(select(table).order_by(table.id)).all()  # type: ignore[attr-defined]
        for start in range(0, len(rows), _ADOPTED_AT_ONCE):
            part = {name_of(row): row for row in rows[start : start + _ADOPTED_AT_ONCE]}
            record_rows(session, "house:rows:adopted", str(table.__tablename__), part, chain=ADOPTED)
    if session.get(Chain, ADOPTED) is None:
        record(session, "house:rows:adopted", "", {"rows": 0}, chain=ADOPTED)


def forget(session: Session, responses: Iterable[int], *, who: str | None = None, subscriber: str | None = None) -> int:
    """Deletes the salts and values behind each commitment about these responses; how many. The caller commits.

    The event names the commitments that nobody can test any more. Rows that were emptied first are committed to anew.
    """
    rows = [row for id in responses if (row := session.get(Response, id)) is not None]
    names = {name for row in rows for name in _names_about(session, row)}
    ids = [row.id for row in rows]
    session.flush()
    about = or_(
        col(Commitment.response_id).in_(ids),
        col(Commitment.name).in_(names),
        col(Commitment.subscriber_id) == subscriber if subscriber is not None else False,
    )
    found = session.exec(select(Commitment).where(about)).all()
    for opening in found:
        session.delete(opening)
    record(session, ERASED, len(found), {"erased": sorted(one.digest for one in found)}, who=who)
    return len(found)


def as_dict(event: LedgerEvent) -> dict[str, Any]:
    """An event as it was hashed, with its hash."""
    return event.model_dump()


def link_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The bare link of an event: its place, its hash, and of what it says only the digest."""
    place = {name: event[name] for name in ("chain", "seq", "previous", "hash")}
    return place | {"body": body_digest(event)}


def verify_chain(session: Session) -> BrokenLink | None:
    """The first broken link of all chains of the database; `cases.auditing` checks everything else too."""
    events = session.exec(select(LedgerEvent).order_by(col(LedgerEvent.chain), col(LedgerEvent.seq)))
    return check_events(as_dict(one) for one in events)


@dataclass(frozen=True, slots=True)
class _Said:
    """What an event says, before it has its place in a chain."""

    tag: str
    subject: str
    facts: Mapping[str, Any]
    who: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whose values an event commits to."""

    response: int | None = None
    subscriber: str | None = None


def _append(
    session: Session, name: str, said: _Said, rows: Mapping[str, SQLModel | None], whose: _Whose = _Whose()
) -> LedgerEvent:
    lock(session, name)
    before = {key: _opening(f"before {key}", value, whose) for key, value in said.before.items()}
    after = {key: _opening(f"after {key}", value, whose) for key, value in said.after.items()}
    states = {
        key: _opening(key, snapshot(session, row), _whose_row(row)) for key, row in rows.items() if row is not None
    }
    openings = [*before.values(), *after.values(), *states.values()]
    head = session.get(Chain, name, populate_existing=True) or Chain(name=name, seq=0, hash=genesis(name))
    content: dict[str, Any] = {
        "chain": name,
        "seq": head.seq + 1,
        "at": now().isoformat(),
        "who": said.who,
        "tag": said.tag,
        "subject": said.subject,
        "facts": as_stored(said.facts),
        "before": _digests(before) | _replace_latest(session, rows, states),
        "after": _digests(after) | dict.fromkeys(rows) | _digests(states),
        "previous": head.hash,
    }
    made = LedgerEvent(**content, hash=entry_digest(content))
    head.seq, head.hash = made.seq, made.hash
    for opening in openings:
        opening.entry = made.hash
    session.add_all([made, head, *openings])
    session.flush()
    session.info[_RECENT] = name
    return made


def _opening(name: str, value: object, whose: _Whose) -> Commitment:
    """A commitment whose entry is not known yet, as the entry's hash covers it."""
    salt, stored = secrets.token_hex(16), as_stored(value)
    return Commitment(
        digest=commitment(salt, stored), entry="", name=name, salt=salt, value=stored, response_id=whose.response,
        subscriber_id=whose.subscriber,
    )  # fmt: skip


def _whose_row(row: SQLModel) -> _Whose:
    return _Whose(response_of(row), getattr(row, "subscriber_id", None))


def _digests(openings: Mapping[str, Commitment]) -> dict[str, str | None]:
    return {name: opening.digest for name, opening in openings.items()}


def _replace_latest(
    session: Session, rows: Mapping[str, SQLModel | None], states: Mapping[str, Commitment]
) -> dict[str, str | None]:
    """Notes the new states as the present ones; the commitments to those that they replace."""
    query = select(Latest).where(col(Latest.name).in_(list(rows)))
    known = {one.name: one for one in session.exec(query)} if rows else {}
    before: dict[str, str | None] = {name: one.digest for name, one in known.items()}
    for name in (rows.keys() - states.keys()) & known.keys():
        session.delete(known[name])
    for name, opening in states.items():
        one = known.get(name) or Latest(name=name, digest="")
        one.digest = opening.digest
        session.add(one)
    return before


def _names_about(session: Session, response: Response) -> Iterable[str]:
    """The rows that tell of a response and do not name it."""
    yield f"document:{response.document_id}"
    yield from (f"page:{id}" for id in response.page_ids)
    of_page, of_former = (
        col(one).in_(response.page_ids) for one in (FieldReading.page_id, FieldReading.former_page_id)
    )
    readings = select(FieldReading.id).where(of_page | of_former)
    repairs = select(PageRepair.id).where(col(PageRepair.page_id).in_(response.page_ids))
    yield from (f"page_repair:{id}" for id in session.exec(repairs))
    yield from (f"keyed:{id}" for id in session.exec(select(Keyed.id).where(col(Keyed.reading_id).in_(readings))))


@event.listens_for(Session, "before_commit")
def _record_the_rest(session: Session) -> None:
    """What was changed after the last event, or by code that recorded none, is in the ledger all the same."""
    recent = session.info.pop(_RECENT, OFFICE)
    if has_changes(session):
        record(session, "house:rows:changed", "", chain=recent)
        session.info.pop(_RECENT, None)


@event.listens_for(Session, "after_soft_rollback")
def _forget_chain(session: Session, _: object) -> None:
    session.info.pop(_RECENT, None)
