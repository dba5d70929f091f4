"""Draws every case of a bag again, from its readings, the answers of persons, and the rules alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cases.basis import basis_of
from cases.examining import Findings, conclude
from cases.models import FieldReading
from cases.opening import SECOND, Wish, days_for, wish_of
from cases.purposes import BLIND
from cases.said import Said, said_in
from ocr.template.model import Template

Row = Mapping[str, Any]
_STATES = ("open", "waiting", "refused")


@dataclass
class Case:
    """A case as it follows from what is in the bag; `asks` are the questions left of each of its responses."""

    first: int
    wish: Wish
    subscriber: str | None
    kind: str
    due: str
    channel: str
    partner: str | None
    campaign: int | None
    refused: bool = False
    asks: dict[int, set[str]] = field(default_factory=dict)

    def as_row(self) -> dict[str, Any]:
        """What a row of the bag says of it; what it leaves out is None."""
        state = "waiting" if any(self.asks.values()) else "refused" if self.refused else "open"
        return {
            "response_id": self.first, "offer": self.wish.offer, "reason": self.wish.reason,
            "consent": self.wish.consent, "subscriber_id": self.subscriber, "kind": self.kind, "due": self.due,
            "channel": self.channel, "partner": self.partner, "campaign_id": self.campaign, "state": state,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """What a bag says of one response: its row, its document's, its readings page by page, and its design."""

    response: Row
    document: Row
    readings: list[FieldReading]
    template: Template


class Deriver:
    """Follows the decisions and answers in the order of the ledger."""

    def __init__(self, source: Any, answers: Mapping[int, Row], questions: Mapping[int, Row]) -> None:  # noqa: ANN401
        self._source, self._answers, self._questions = source, answers, questions
        self.cases: dict[int, Case] = {}
        self._standing: dict[int, list[int]] = {}
        self._opened: dict[int, int] = {}

    def follow(self, event: Row, basis: Row | None) -> Iterator[str]:
        """Takes the next event of the ledger, with its basis where it has one; what does not follow, as sentences."""
        tag, subject, facts = str(event["tag"]), str(event["subject"]), event["facts"]
        if tag in ("desk:exception:answered", "desk:exception:reopened"):
            self._answer(int(facts["answer"]), stands=tag.endswith("answered"))
        elif tag == "decision:case:opened":
            self._opened[int(facts["response"])] = int(subject)
        elif tag.startswith("decision:response:") and basis is not None:
            yield from self._decide(int(subject), facts, basis)
        elif tag.startswith("decision:case:") and basis is not None:
            self._reconsider(int(subject), int(facts["response"]), basis)

    def _answer(self, answer_id: int, *, stands: bool) -> None:
        answer = self._answers.get(answer_id)
        if answer is None or "response_id" not in answer:
            return
        given = self._standing.setdefault(int(answer["response_id"]), [])
        given.append(answer_id) if stands else given.remove(answer_id)

    def _decide(self, response_id: int, facts: Row, basis: Row) -> Iterator[str]:
        source: Source | None = self._source(response_id)
        if source is None:
            return
        found = self._found(source, basis)
        if not found.filled:
            if source.response.get("verdict") != "reject":
                yield f"Response {response_id} is empty and was not rejected."
            return
        case_id = self._opened.get(response_id)
        case = self.cases.get(int(facts["case"])) if facts.get("case") is not None else None
        if case_id is not None:
            case = self.cases[case_id] = _opened(source, found, int(basis["due_days"]))
        rules = [question.as_json() for question in found.questions]
        if case is not None:
            case.subscriber = case.subscriber or found.sure
            if case.first != response_id and wish_of(source.template, found.readings).offer != case.wish.offer:
                rules.append(SECOND.as_json())
            case.asks[response_id] = {rule["field"] or rule["rule"] for rule in rules}
        if rules != source.response.get("rules", []) and case is not None:
            yield f"The questions about response {response_id} do not follow from its readings."

    def _reconsider(self, case_id: int, response_id: int, basis: Row) -> None:
        source: Source | None = self._source(response_id)
        case = self.cases.get(case_id)
        if source is None or case is None:
            return
        said = self._said(response_id)
        found = self._found(source, basis)
        left = {question.field or question.rule for question in found.questions}
        if SECOND.rule in case.asks.get(response_id, set()) and SECOND.rule not in said.settled:
            left.add(SECOND.rule)
        case.asks[response_id] = left
        if case.first != response_id and said.settled.get(SECOND.rule) != "yes":
            case.subscriber = case.subscriber or found.sure
        else:
            case.wish, case.subscriber = wish_of(source.template, found.readings), found.sure
        case.refused = said.settled.get("campaign-open") == "no"

    def _said(self, response_id: int) -> Said:
        given = [self._answers[id] for id in sorted(self._standing.get(response_id, []))]
        asked = [self._questions[int(one["exception_id"])] for one in given]
        return said_in(
            (str(one["word"]), one.get("value"), question.get("field"), str(question["rule"]))
            for one, question in zip(given, asked, strict=True)
            if question.get("purpose", "ask") not in BLIND
        )

    def _found(self, source: Source, basis: Row) -> Findings:
        day = dt.datetime.fromisoformat(str(source.document["received_at"])).date()
        said = self._said(int(source.response["id"]))
        return conclude(source.template, source.readings, basis_of(basis), day, said)


def differences(case: Case, row: Row) -> list[str]:
    """The columns in which a case of the bag is not what follows; later states than ours are not ours to derive."""
    own = case.as_row()
    if row.get("state", "open") not in _STATES:
        own.pop("state")
    defaults = {"state": "open"}
    return [name for name, value in own.items() if row.get(name, defaults.get(name)) != value]


def _opened(source: Source, found: Findings, due_days: int) -> Case:
    campaign = found.sender.campaign
    received = dt.datetime.fromisoformat(str(source.document["received_at"])).date()
    due = received + dt.timedelta(days=days_for(source.template, due_days))
    return Case(
        first=int(source.response["id"]),
        wish=wish_of(source.template, found.readings),
        subscriber=found.sure,
        kind=source.template.answers,
        due=due.isoformat(),
        channel=str(source.document["channel"]),
        partner=source.document.get("partner") or (campaign.partner if campaign else None),
        campaign=campaign.id if campaign else None,
    )
