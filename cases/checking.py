"""All questions that the rules raise about one response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cases.models import Campaign, FieldReading
from cases.proposing import proposal_of
from cases.query import Printed
from cases.rules import CHECKS, Context
from ocr.template.model import ChoiceField, SignatureField, Template, TickField

DOUBTFUL = "The machine is not sure of this field; what does it say?"
_NEVER_ASKED = ("comment",)
_UNSURE = frozenset({"doubtful", "required", "signature-required"})


@dataclass(frozen=True, slots=True)
class Question:
    """One broken rule, as a question that a person can answer; `field` is None when it is about the whole form.

    `alike` names the group of questions with the same reading, where that reading is good enough to be confirmed.
    """

    rule: str
    field: str | None
    sentence: str
    alike: str | None = None

    def as_json(self) -> dict[str, str]:
        return {"rule": self.rule, "field": self.field or "", "sentence": self.sentence}


def check_response(
    template: Template,
    readings: Mapping[str, FieldReading],
    printed: Printed,
    campaign: Campaign | None,
    context: Context,
) -> list[Question]:
    """At most one question a field, then those about the form as a whole."""
    questions = [
        _with_group(question, name, template, readings.get(name), context)
        for name in template.fields
        if (question := _field_question(name, template, readings.get(name), printed, context)) is not None
    ]
    asked = {question.field for question in questions}
    whole = (_offer_question(template, readings, asked), _campaign_question(campaign, context))
    return questions + [question for question in whole if question is not None]


def ticked_offers(template: Template, readings: Mapping[str, FieldReading]) -> list[str]:
    """The names of the offers that were ticked."""
    ticked: list[str] = []
    for name, design in template.fields.items():
        reading = readings.get(name)
        if design.role != "offer" or reading is None:
            continue
        if isinstance(reading.value, list):
            ticked += [str(option) for option in reading.value]
        elif reading.value is True:
            ticked.append(name)
    return ticked


def is_filled(template: Template, readings: Mapping[str, FieldReading]) -> bool:
    """Whether the sender left any mark: a tick, a signature, or writing in a field we did not print into."""
    for name, design in template.fields.items():
        reading = readings.get(name)
        if reading is None or reading.kind == "code" or getattr(design, "prefill", None):
            continue
        if reading.status == "doubtful" or reading.value not in (None, False, "", []):
            return True
    return False


def broken_rule(rules: tuple[str, ...], text: str, context: Context) -> tuple[str, str] | None:
    """The first of these rules that `text` breaks, with the sentence that says how; None if it breaks none."""
    said = ((rule, CHECKS[rule](text, context)) for rule in rules)
    return next(((rule, sentence) for rule, sentence in said if sentence is not None), None)


def _field_question(
    name: str, template: Template, reading: FieldReading | None, printed: Printed, context: Context
) -> Question | None:
    design = template.fields[name]
    if design.kind == "code" or name in printed.confirmed:
        return None
    filled = reading is not None and (reading.status == "doubtful" or reading.value not in (None, False, "", []))
    if design.required and not filled:
        if isinstance(design, SignatureField):
            return Question("signature-required", name, "The form must be signed; is there a signature?")
        return Question("required", name, "This field must be filled in; what does it say?")
    if reading is None or (not filled and reading.status != "invalid"):
        return None
    if reading.status in ("doubtful", "invalid"):
        # remarks are for people to read anyway and hold nothing up
        skipped = design.role in _NEVER_ASKED and not design.required
        return None if skipped else Question("doubtful", name, DOUBTFUL)
    return _rule_question(name, design.rules, reading, context)


def _with_group(
    question: Question, name: str, template: Template, reading: FieldReading | None, context: Context
) -> Question:
    """A reading that was merely not sure may be confirmed beside others; one that breaks a rule never."""
    proposal = proposal_of(template, name, reading) if question.rule in _UNSURE else None
    if proposal is None or reading is None or _rule_question(name, template.fields[name].rules, reading, context):
        return question
    return replace(question, alike=proposal.group)


def _rule_question(name: str, rules: tuple[str, ...], reading: FieldReading, context: Context) -> Question | None:
    broken = broken_rule(rules, reading.value, context) if isinstance(reading.value, str) else None
    return Question(broken[0], name, f"{broken[1]} What does the field say?") if broken else None


def _offer_question(
    template: Template, readings: Mapping[str, FieldReading], asked: set[str | None]
) -> Question | None:
    fields = [name for name, design in template.fields.items() if design.role == "offer"]
    designs = [template.fields[name] for name in fields]
    several = any(isinstance(design, ChoiceField) and design.multiple for design in designs)
    if several or asked & set(fields) or not any(isinstance(d, ChoiceField | TickField) for d in designs):
        return None
    count = len(ticked_offers(template, readings))
    if count == 1:
        return None
    said = "No offer is ticked" if count == 0 else f"{count} offers are ticked"
    return Question("exactly-one-offer", fields[0], f"{said}; which one does the sender want?")


def _campaign_question(campaign: Campaign | None, context: Context) -> Question | None:
    if campaign is None:
        return None
    if campaign.closes is not None and context.received > campaign.closes:
        return Question(
            "campaign-open", None, f"The campaign closed on {campaign.closes}; is the answer still accepted?"
        )
    if campaign.opens is not None and context.received < campaign.opens:
        return Question("campaign-open", None, f"The campaign opens only on {campaign.opens}; is the answer accepted?")
    return None
