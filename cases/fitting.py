"""Whether an answer can be an answer to its question: the right word, and a value of the field's own kind."""

from __future__ import annotations

from sqlmodel import Session

from cases.models import ExceptionItem, Response
from matching.base import Subscriber
from ocr.template.loading import TemplateSet
from ocr.template.model import ChoiceField, FormField, SignatureField, StampField, TickField

_OF_KIND: dict[str, frozenset[str]] = {
    "field": frozenset({"value", "unreadable", "yes", "no"}),
    "match": frozenset({"subscriber", "nobody"}),
    "page": frozenset({"blank", "foreign", "unreadable"}),
}
_WITH_VALUE = ("value", "subscriber")


def fits(session: Session, templates: TemplateSet, asked: ExceptionItem, word: str, value: object) -> bool:
    """Whether `word` answers a question of this kind, and `value` is what goes with it there."""
    if word not in _OF_KIND[asked.kind] or (word in _WITH_VALUE) != (value is not None):
        return False
    if word == "subscriber":
        return isinstance(value, str) and session.get(Subscriber, value) is not None
    return word != "value" or _is_of(_design(session, templates, asked), value)


def _design(session: Session, templates: TemplateSet, asked: ExceptionItem) -> FormField | None:
    response = session.get(Response, asked.response_id) if asked.response_id else None
    template = templates.by_name.get(response.template) if response else None
    return template.fields.get(asked.field) if template and asked.field else None


def _is_of(design: FormField | None, value: object) -> bool:
    if isinstance(design, ChoiceField):
        few = isinstance(value, list) and (design.multiple or len(value) < 2)
        return few and isinstance(value, list) and len(set(value)) == len(value) and set(value) <= set(design.options)
    if isinstance(design, TickField | SignatureField | StampField):
        return isinstance(value, bool)
    return isinstance(value, str)
