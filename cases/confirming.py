"""Many questions that are alike, answered at once: what the machine proposed holds, but for the odd ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col

from cases import ledger
from cases.alike import proposed_now
from cases.answering import Attention, Office, Reason, chain_of, consider, lock_chains, refusal, write_down
from cases.clock import now
from cases.models import AnswerGroup, ExceptionItem
from cases.waiting import LEASE

Shown = bool | str | list[str]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The ids that were answered, those kept aside as odd, and why others were not taken."""

    done: tuple[int, ...]
    odd: tuple[int, ...]
    refused: Mapping[int, Reason]


def confirm(  # who saw what of which group, and how long it took
    session: Session, office: Office, person: str, group: str, shown: Mapping[int, Shown], odd: Sequence[int],
    took: Attention,
) -> Confirmed:  # fmt: skip
    """Answers each question of `shown` with the value that the person saw, in one transaction; said twice, it counts
    once. The `odd` ones stay theirs, to be answered alone, and are never in a group again."""
    lock_chains(session, [session.get(ExceptionItem, one) for one in (*shown, *odd)])
    asked = {one: session.get(ExceptionItem, one, populate_existing=True) for one in shown}
    refused = {
        one: why for one, value in shown.items() if (why := _refusal(session, office, asked[one], person, group, value))
    }
    agreed = [(asked_one, shown[one]) for one, asked_one in asked.items() if asked_one and one not in (*refused, *odd)]
    aside = _set_aside(session, person, group, odd)
    _write_down(session, person, group, agreed, took)
    consider(session, office, [one for one, _ in agreed])
    session.commit()
    return Confirmed(tuple(one.id or 0 for one, _ in agreed), aside, refused)


def _refusal(  # the question, and who saw what as its answer
    session: Session, office: Office, asked: ExceptionItem | None, person: str, group: str, value: Shown
) -> Reason | None:
    refused = refusal(session, office, asked, person, "value", value)
    if refused is not None or asked is None:
        return refused.reason if refused else "unknown"
    proposal = proposed_now(session, office.templates, asked)
    return None if proposal and (proposal.group, proposal.value) == (group, value) else "changed"


def _write_down(
    session: Session, person: str, group: str, agreed: Sequence[tuple[ExceptionItem, Shown]], took: Attention
) -> None:
    if not agreed:
        return
    count = len(agreed)
    together = AnswerGroup(
        person=person, alike=group, answers=count, at=now(), first_key_s=took.first_key_s, active_s=took.active_s,
        keys=int(took.keys),
    )  # fmt: skip
    session.add(together)
    session.flush()
    share = Attention(took.active_s / count, took.keys / count)
    for asked, value in agreed:
        write_down(session, asked, person, "value", value, share, together.id)


def _set_aside(session: Session, person: str, group: str, odd: Sequence[int]) -> tuple[int, ...]:
    mine = update(ExceptionItem).where(
        col(ExceptionItem.id).in_(odd), col(ExceptionItem.leased_by) == person, col(ExceptionItem.state) == "open",
        col(ExceptionItem.alike) == group, col(ExceptionItem.odd_by).is_(None),
    )  # fmt: skip
    kept = mine.values(odd_by=person, leased_until=now() + LEASE).returning(col(ExceptionItem.id))
    aside = tuple(sorted(session.execute(kept.execution_options(synchronize_session=False)).scalars()))
    for one in aside:
        chain, facts = chain_of(session, session.get_one(ExceptionItem, one)), {"person": person, "group": group}
        ledger.record(session, "desk:exception:odd", one, facts, chain=chain, who=ledger.by_person(person))
    return aside
