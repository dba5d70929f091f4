"""An exception as the review page shows it: the question, the crop, what the machine offers, what may be answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel
from sqlmodel import Session, col, select

from cases.checking import broken_rule
from cases.grouping import merged_readings
from cases.models import Document, ExceptionItem, FieldReading, Page, Response
from cases.proposing import LEAST_SURE, texts_of
from cases.purposes import BLIND
from cases.second_keying import context_of
from cases.second_keying import differing as keyed_differently
from desk.labels import label_of, name_of
from desk.words import question_in, words
from ocr.template.loading import TemplateSet
from ocr.template.model import ChoiceField, FormField, SignatureField, StampField, Template, TickField, localise

_OFFERED = 9
_UNSURE_RULES = frozenset({"doubtful", "required"})
"""Questions whose reading was merely not sure; any other rule says that the value cannot stand."""
_Fault = Callable[[str], object]


class Choice(BaseModel):
    """One answer to pick: its key is its place in the list, from 1."""

    label: str
    word: str
    value: Any = None
    probability: float | None = None


class Item(BaseModel):
    """One question. `outline` is where the field lies on its page, px; `confirm` what Enter takes, if anything may be.

    `takes`: a text may be typed, one choice is picked, or several are and Enter ends; `doubtful` marks the characters
    of the machine's reading on which its own alternatives differ. `group` came back with it when an answer was undone.
    """

    id: int
    kind: Literal["field", "match", "page"]
    label: str
    question: str
    rule: str
    due: dt.date
    channel: str
    template: str
    takes: Literal["text", "one", "several", "sender"]
    charset: str = "text"
    choices: list[Choice]
    picked: list[Any] = []
    confirm: Choice | None = None
    read: str | None = None
    doubtful: list[int] = []
    crop: str | None = None
    page: str | None = None
    outline: tuple[int, int, int, int] | None = None
    response: int | None = None
    draft: Any = None
    group: str | None = None


def item_of(session: Session, templates: TemplateSet, asked: ExceptionItem, language: str) -> Item:
    """The exception as `language` shows it."""
    response = session.get(Response, asked.response_id) if asked.response_id else None
    template = templates.by_name.get(response.template) if response else None
    design = template.fields.get(asked.field) if template and asked.field else None
    reading = merged_readings(session, response.page_ids).get(asked.field or "") if response else None
    blind = asked.purpose in BLIND
    item = Item(
        id=asked.id or 0, kind=asked.kind, rule=asked.rule, due=asked.due, channel=asked.channel,
        label=name_of(template, asked.field or "", language),
        question=question_in(language, asked.rule, asked.question),
        template=localise(template.title, language) if template else "", takes="one", choices=[],
        response=asked.response_id, draft=None if blind else asked.draft, page=_page(session, asked, response, reading),
    )  # fmt: skip
    if reading is not None:
        item.crop = f"/crops/{reading.id}" if reading.crop else None
        item.outline = tuple(reading.box) if len(reading.box) == 4 else None  # type: ignore[assignment]
    # whoever keys blind sees the paper alone, nothing that machine or person made of it
    _offer(
        item, asked, template, design, None if blind else reading, language, _faults(session, asked, template, design)
    )
    if asked.purpose in ("third", "ruling") and design is not None:
        _offer_both(item, design, keyed_differently(session, asked), language)
    return item


def _page(
    session: Session, asked: ExceptionItem, response: Response | None, reading: FieldReading | None
) -> str | None:
    page = reading.page_id if reading else asked.page_id or (response.first_page_id if response else None)
    known = session.exec(select(Page.id).where(col(Page.id) == page)).first()
    return f"/pages/{known}.jpg" if known else None


def _offer(
    item: Item,
    asked: ExceptionItem,
    template: Template | None,
    design: FormField | None,
    reading: FieldReading | None,
    language: str,
    fault: _Fault,
) -> None:
    """What may be answered, by the kind of question; `fault` tells why a text can never stand in the field."""
    w = words(language)
    if design is not None and asked.rule == "doubtful":
        item.question = w.get(f"doubtful_{design.kind}", item.question)
    if asked.kind == "match":
        item.takes = "sender"
    elif asked.kind == "page":
        item.choices = [Choice(label=w[f"page.{word}"], word=word) for word in ("blank", "foreign", "unreadable")]
    elif design is None or asked.field is None:
        item.choices = [Choice(label=w[word], word=word) for word in ("yes", "no")]
    elif isinstance(design, ChoiceField):
        _offer_options(item, design, reading, language)
    elif isinstance(design, TickField):
        item.choices = _yes_no(w["ticked"], w["not_ticked"])
    elif isinstance(design, SignatureField | StampField):
        item.choices = _yes_no(w["signed"], w["not_signed"])
    else:
        item.charset = getattr(design, "charset", "text")
        return _offer_text(item, asked, reading, fault)
    if item.takes == "one" and reading is not None and asked.rule in _UNSURE_RULES:
        item.confirm = _thought(item.choices, reading)


def _thought(choices: list[Choice], reading: FieldReading) -> Choice | None:
    """What the machine would pick itself, if it is merely not sure."""
    if reading.status != "doubtful" or reading.confidence < LEAST_SURE:
        return None
    return next((choice for choice in choices if choice.word == "value" and choice.value == reading.value), None)


def _yes_no(yes: str, no: str) -> list[Choice]:
    return [Choice(label=yes, word="value", value=True), Choice(label=no, word="value", value=False)]


def _offer_options(item: Item, design: ChoiceField, reading: FieldReading | None, language: str) -> None:
    options = [(name, localise(option.label, language) or name) for name, option in design.options.items()]
    item.takes = "several" if design.multiple else "one"
    item.choices = [Choice(label=label, word="value", value=[name]) for name, label in options]
    if not design.multiple:
        item.choices.append(Choice(label=words(language)["none_ticked"], word="value", value=[]))
    item.picked = list(reading.value) if reading and isinstance(reading.value, list) else []
    if not design.multiple and len(item.picked) > 1:
        item.question = words(language)["ticked_several"].format(len(item.picked))


def _offer_text(item: Item, asked: ExceptionItem, reading: FieldReading | None, fault: _Fault) -> None:
    item.takes = "text"
    if reading is None:
        return
    found = texts_of(reading)
    # what breaks a rule is shown and not offered: if the form does say so, a person types it
    item.choices = [
        Choice(label=text, word="value", value=text, probability=chance) for text, chance in found if not fault(text)
    ][:_OFFERED]
    item.read = found[0][0] if found else None
    item.doubtful = differing([text for text, _ in found[:_OFFERED]])
    stands = bool(item.choices) and item.choices[0].value == item.read and reading.status != "invalid"
    if stands and asked.rule in _UNSURE_RULES and found[0][1] >= LEAST_SURE:
        item.confirm = item.choices[0]


def _faults(session: Session, asked: ExceptionItem, template: Template | None, design: FormField | None) -> _Fault:
    """What says of a text why no such value can be right in this field; None of one that may be."""
    if template is None or design is None:
        return lambda _: None
    context = context_of(template, session.get_one(Document, asked.document_id))
    return lambda text: broken_rule(design.rules, text, context)


def _offer_both(item: Item, design: FormField, values: list[Any], language: str) -> None:
    """The two values between which somebody decides; whose is whose is not told."""
    item.confirm, item.read, item.doubtful = None, None, []
    labels = [label_of(design, value, language) for value in values]
    if isinstance(design, ChoiceField) and design.multiple:
        item.question += f" {' / '.join(labels)}"
        item.picked = sorted(set.intersection(*[set(value or []) for value in values])) if values else []
    elif not isinstance(design, TickField | SignatureField | StampField):
        both = [
            Choice(label=label, word="unreadable" if value is None else "value", value=value)
            for label, value in zip(labels, values, strict=True)
        ]
        rest = item.choices if isinstance(design, ChoiceField) else []
        item.choices = both + [choice for choice in rest if choice.value not in values]


def differing(texts: list[str]) -> list[int]:
    """The places of the first text at which another reading of the same length has another character."""
    first, *others = texts or [""]
    alike = [other for other in others if len(other) == len(first)]
    return sorted({at for other in alike for at in range(len(first)) if other[at] != first[at]})
