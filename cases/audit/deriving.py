"""Draws every case of a bag again, from its readings, the answers of persons, and the rules alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cases.basis import basis_of
from cases.examining import Findings, conclude
from cases.models import FieldReading
from cases.opening import SECOND, Wish, days_for, wish_of
from cases.purposes import BLIND
from cases.repairs import FOR_EYES
from cases.rules import Context
from cases.said import NOTHING, Said, said_in
from cases.second_keying import keyings_in
from ocr.template.model import Template

Row = Mapping[str, Any]
_STATES = ("open", "waiting", "refused")
_IN_WORK = ("received", "reading", "repaired")


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
    """What a bag says of one response: its row, its document's, its readings page by page, its design, its repairs."""

    response: Row
    document: Row
    readings: list[FieldReading]
    template: Template
    repairs: Sequence[Row] = ()

    @property
    def received(self) -> dt.date:
        """The day on which it came."""
        return dt.datetime.fromisoformat(str(self.document["received_at"])).date()


class Deriver:
    """Follows the decisions and answers in the order of the ledger."""

    def __init__(self, source: Any, answers: Mapping[int, Row], questions: Mapping[int, Row]) -> None:  # noqa: ANN401
        self._source, self._answers, self._questions = source, answers, questions
        self.cases: dict[int, Case] = {}
        self._given: dict[int, list[int]] = {}
        self._own: dict[int, int] = {}
        self._joined: dict[int, int] = {}
        self._rules: dict[int, list[dict[str, str]] | None] = {}
        self._void: set[int] = set()
        self._unsure: set[int] = set()

    def follow(self, event: Row, basis: Row | None) -> None:
        """Takes the next event of the ledger, with its basis where it has one."""
        tag, subject, facts = str(event["tag"]), int(event["subject"]), event["facts"]
        if tag in ("desk:exception:answered", "desk:exception:reopened"):
            self._answer(int(facts["answer"]), stands=tag.endswith("answered"))
        elif tag == "decision:case:opened":
            self._own[int(facts["response"])] = subject
        elif tag == "decision:case:handed-over":
            self._hand_over(subject, int(facts["from"]), int(facts["to"]))
        elif tag == "decision:case:void":
            self._void.add(subject)
        elif tag == "decision:response:void":
            self._unsure |= self._beside(self._own.get(subject), subject)
            self._leave(subject)
            self._rules.pop(subject, None)
        elif tag.startswith("decision:response:") and basis is not None:
            self._decide(subject, event, basis)
        elif tag.startswith("decision:case:") and basis is not None:
            self._reconsider(subject, int(facts["response"]), event, basis)

    def faults(self, forgotten: Container[int]) -> Iterator[str]:
        """The responses that are not decided as follows, as sentences; of those `forgotten` nothing can be said."""
        for response_id, rules in self._rules.items():
            source: Source | None = self._source(response_id)
            if source is None or response_id in forgotten or is_in_work(source.document):
                continue
            told = source.response.get("rules", [])
            verdict = "reject" if rules is None else "review" if told else "auto"
            if source.response.get("verdict") != verdict:
                yield f"The verdict on response {response_id} is not {verdict}, which follows from its readings."
            elif rules is not None and self._sure(response_id, rules) != self._sure(response_id, told):
                yield f"The questions about response {response_id} do not follow from its readings."

    def case_faults(self, row: Row) -> Iterator[str]:
        """What is wrong with a case of the bag once everything was followed, as sentences."""
        case, number = self.cases.get(int(row["id"])), int(row["id"])
        if row.get("state") == "void":
            # what it said went with its response, and that it was so is in the ledger
            if number not in self._void:
                yield f"Case {number} is void, and no event of the bag says so."
        elif case is None:
            yield f"Case {number} does not follow from the bag: no decision opens it."
        else:
            self._ask_as_asked(case)
            wrong = differences(case, row)
            if wrong:
                yield f"Case {number} does not follow from its readings and answers: {', '.join(wrong)}."

    def _beside(self, number: int | None, response_id: int) -> set[int]:
        """The other responses of a case, whose first one is changed.

        What it said when they were compared with it is in the bag no more.
        """
        case = self.cases.get(number) if number is not None else None
        return set(case.asks) - {response_id} if case is not None else set()

    def _sure(self, response_id: int, rules: Sequence[Row]) -> list[Row]:
        return [one for one in rules if response_id not in self._unsure or one != SECOND.as_json()]

    def _ask_as_asked(self, case: Case) -> None:
        for response_id in self._unsure & case.asks.keys():
            seconds = {SECOND.rule} if response_id in self._asked_second else set()
            case.asks[response_id] = case.asks[response_id] - {SECOND.rule} | seconds

    @cached_property
    def _asked_second(self) -> set[int]:
        """The responses of which is still asked whether they replace the first."""
        about = (one for one in self._questions.values() if one.get("rule") == SECOND.rule and "field" not in one)
        return {int(one["response_id"]) for one in about if one.get("state", "open") == "open"}

    def _answer(self, answer_id: int, *, stands: bool) -> None:
        answer = self._answers.get(answer_id)
        if answer is None or "response_id" not in answer:
            return
        given = self._given.setdefault(int(answer["response_id"]), [])
        given.append(answer_id) if stands else given.remove(answer_id)

    def _hand_over(self, case_id: int, former: int, heir: int) -> None:
        """The case goes on as that of `heir`; the one that this had itself falls to the former."""
        spare = self._own.pop(heir, None)
        self._own.pop(former, None)
        self._unsure |= self._beside(case_id, heir)
        self._own[heir] = case_id
        if spare is not None:
            self._own[former] = spare
        for number, response_id in ((case_id, heir), (spare, former)):
            if number is not None and number in self.cases:
                self.cases[number].first = response_id

    def _leave(self, response_id: int, goes_to: int | None = None) -> None:
        """The response asks nothing any more of the case that it was in, if it was another."""
        former = self._joined.pop(response_id, None)
        if former is not None and former != goes_to and former in self.cases:
            self.cases[former].asks.pop(response_id, None)
        if goes_to is not None:
            self._joined[response_id] = goes_to

    def _decide(self, response_id: int, event: Row, basis: Row) -> None:
        source: Source | None = self._source(response_id)
        if source is None:
            return
        number, replayed = event["facts"].get("case"), bool(event["facts"].get("replayed"))
        said = self._said(source, event)
        found = self._found(source, basis, NOTHING if replayed else said)
        self._leave(response_id, number)
        self._unsure.discard(response_id)
        if not found.filled and number is None:
            self._rules[response_id] = None
            return
        if number is not None and number == self._own.get(response_id):
            self._open(number, source, found, int(basis["due_days"]), replayed=replayed)
        case = self.cases.get(number) if number is not None else None
        if case is None:
            return
        case.subscriber = case.subscriber or found.sure
        rules = [question.as_json() for question in found.questions]
        if case.first != response_id and wish_of(source.template, found.readings).offer != case.wish.offer:
            rules.append(SECOND.as_json())
        self._rules[response_id] = rules
        asks = {rule["field"] or rule["rule"] for rule in rules} | self._keyings(source, event)
        case.asks[response_id] = asks - said.settled.keys()

    def _open(self, number: int, source: Source, found: Findings, due_days: int, *, replayed: bool) -> None:
        """The case of its first response; decided again it keeps what others ask, and read again what stood before."""
        known, fresh = self.cases.get(number), _opened(source, found, due_days)
        if known is not None:
            fresh.asks, fresh.refused = known.asks, known.refused
        if known is not None and replayed:
            fresh.due, fresh.partner, fresh.wish = known.due, known.partner, known.wish
            fresh.campaign = fresh.campaign if found.sender.subscriber else known.campaign
            fresh.subscriber = known.subscriber
        self._void.discard(number)
        self._unsure |= self._beside(number, fresh.first)
        self.cases[number] = fresh

    def _reconsider(self, case_id: int, response_id: int, event: Row, basis: Row) -> None:
        source: Source | None = self._source(response_id)
        case = self.cases.get(case_id)
        if source is None or case is None:
            return
        said = self._said(source, event)
        found = self._found(source, basis, said)
        left = {question.field or question.rule for question in found.questions} | self._keyings(source, event)
        is_second = case.first != response_id and SECOND.rule in case.asks.get(response_id, set())
        if is_second and SECOND.rule not in said.settled:
            left.add(SECOND.rule)
        case.asks[response_id] = left
        if case.first != response_id and said.settled.get(SECOND.rule) != "yes":
            case.subscriber = case.subscriber or found.sure
        else:
            case.wish, case.subscriber = wish_of(source.template, found.readings), found.sure
        case.refused = said.settled.get("campaign-open") == "no"

    def _standing(self, source: Source, event: Row) -> Iterator[tuple[Row, Row]]:
        """The answers that held when the event was written, each with its question.

        One that was given when the form was thought to lie elsewhere on its page does not hold.
        """
        at = _moment(event["at"])
        looks = [one for one in source.repairs if one["what"] in FOR_EYES and _moment(one["at"]) <= at]
        for id in sorted(self._given.get(int(source.response["id"]), [])):
            answer = self._answers[id]
            gone = answer.get("undone_at")
            given = _moment(answer["at"])
            if (gone is None or _moment(gone) > at) and all(_stood(one, given) == _stood(one, at) for one in looks):
                yield answer, self._questions[int(answer["exception_id"])]

    def _said(self, source: Source, event: Row) -> Said:
        return said_in(
            (str(one["word"]), one.get("value"), question.get("field"), str(question["rule"]))
            for one, question in self._standing(source, event)
            if question.get("purpose", "ask") not in BLIND
        )

    def _keyings(self, source: Source, event: Row) -> set[str]:
        """The critical fields that somebody else must still key."""
        said: dict[str, dict[str, Any]] = {}
        for one, question in self._standing(source, event):
            if "field" in question:
                value = one.get("value") if one["word"] == "value" else None
                said.setdefault(str(question["field"]), {})[str(question.get("purpose", "ask"))] = value
        context = Context(source.template.country, source.received)
        return {str(one.question.field) for one in keyings_in(source.template, context, said)}

    def _found(self, source: Source, basis: Row, said: Said) -> Findings:
        return conclude(source.template, source.readings, basis_of(basis), source.received, said)


def is_in_work(document: Row) -> bool:
    """Whether the document was being read again when the bag was written, so that its decisions are still to come."""
    return document.get("state", "received") in _IN_WORK


def differences(case: Case, row: Row) -> list[str]:
    """The columns in which a case of the bag is not what follows; later states than ours are not ours to derive."""
    own = case.as_row()
    if row.get("state", "open") not in _STATES:
        own.pop("state")
    defaults = {"state": "open"}
    return [name for name, value in own.items() if row.get(name, defaults.get(name)) != value]


def _moment(text: object) -> dt.datetime:
    return dt.datetime.fromisoformat(str(text))


def _stood(repair: Row, at: dt.datetime) -> bool:
    gone = repair.get("undone_at")
    return _moment(repair["at"]) <= at and (gone is None or at < _moment(gone))


def _opened(source: Source, found: Findings, due_days: int) -> Case:
    campaign = found.sender.campaign
    due = source.received + dt.timedelta(days=days_for(source.template, due_days))
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
