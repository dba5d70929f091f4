"""What a sender answers: a value for each field of a form, and how it is put there."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ocr.printing import Person
from ocr.template.model import (
    ChoiceField,
    CodeField,
    CombField,
    FormField,
    HandprintField,
    SignatureField,
    Template,
    TextField,
    TickField,
)  # fmt: skip
from samples.people import new_contact
from samples.plans import Sheet

Row = Mapping[str, str]
Writing = Literal["printed", "hand", "typed", "struck", "none"]
_SCRIBBLED = 0.06
_DATES = {"de": "%d.%m.%Y", "sv": "%Y-%m-%d", "en": "%d/%m/%Y"}
_COMMENTS = {
    "de": ("Der Empfang im Keller ist schlecht.", "Bitte rufen Sie mich an.", "Alles gut, danke!"),
    "sv": ("Dålig täckning på landet.", "Ring mig gärna på kvällen.", "Allt bra, tack!"),
    "en": ("The hotline takes too long.", "Please call me after six.", "All fine, thanks!"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` as a perfect reader gives it; `over` are options ticked and then scribbled out."""

    kind: str
    value: str | bool | list[str] | None
    writing: Writing
    over: tuple[str, ...] = ()
    pencil: bool = False

    def as_truth(self) -> dict[str, Any]:
        return {"kind": self.kind, "value": self.value, "writing": self.writing}


Answers = dict[str, Answer]


def answers(template: Template, sheet: Sheet, person: Person, row: Row) -> Answers:
    """The answer to every field, empty ones included; the same for the same sheet."""
    random_ = random.Random(f"{sheet.seed}/answers")
    made = {name: _usual(spec, sheet, person, row, random_) for name, spec in template.fields.items()}
    change = _CHANGES.get(sheet.trouble or "")
    return made | change(template, made, sheet, row) if change else made


def _usual(spec: FormField, sheet: Sheet, person: Person, row: Row, random_: random.Random) -> Answer:
    if isinstance(spec, CodeField):
        return Answer("code", person.reference.text, "printed")
    if isinstance(spec, TextField | CombField) and spec.prefill:
        return Answer(spec.kind, person.values.get(spec.prefill, ""), "printed")
    if isinstance(spec, ChoiceField):
        return _chosen(spec, random_)
    if isinstance(spec, TickField):
        return Answer("tick", random_.random() < 0.5, "hand")
    if isinstance(spec, SignatureField):
        return Answer("signature", True, "hand")
    text = _usual_text(spec, sheet, row, random_)
    return _written(spec, text, sheet) if text else Answer(spec.kind, "", "none")


def _chosen(spec: ChoiceField, random_: random.Random) -> Answer:
    options = list(spec.options)
    chosen = random_.sample(options, random_.randint(1, 2) if spec.multiple else 1)
    rest = [option for option in options if option not in chosen]
    over = (rest[0],) if random_.random() < _SCRIBBLED else ()
    return Answer("choice", [option for option in options if option in chosen], "hand", over)


def _usual_text(spec: FormField, sheet: Sheet, row: Row, random_: random.Random) -> str:
    """What people write unasked: everything on a form without print of ours, now and then a comment, else nothing."""
    commented = random_.random() < 0.5
    if isinstance(spec, TextField):
        return _text_of(spec, sheet, row, random_)
    return random_.choice(_COMMENTS[sheet.language]) if spec.role == "comment" and commented else ""


def _text_of(spec: FormField, sheet: Sheet, row: Row, random_: random.Random) -> str:
    """A value by the meaning of its field; dates lie in the past, and have no separators where cells give them."""
    day = dt.date(2026, 1, 5) + dt.timedelta(days=random_.randrange(290))
    texts = {
        "name": f"{row['first_name']} {row['last_name']}",
        "street": f"{row['street']} {row['house_number']}",
        "address": f"{row['street']} {row['house_number']}\n{row['postcode']} {row['city']}",
        "contract_number": f"Mobil 20 GB, {row['customer_number']}",
        "birth_date": row["birth_date"].replace("-", ""),
        "postcode": row["postcode"], "city": row["city"], "phone": row["phone"], "email": row["email"],
    }  # fmt: skip
    date = "%Y%m%d" if isinstance(spec, CombField) else _DATES[sheet.language]
    return texts.get(spec.role or "", day.strftime(date))


def _written(spec: FormField, text: str, sheet: Sheet) -> Answer:
    return Answer(spec.kind, text, "typed" if sheet.typed else "hand")


def _fill(template: Template, sheet: Sheet, row: Row, roles: tuple[str, ...]) -> Answers:
    """The fields for corrections that have one of the roles, filled in with where the sender is to be found now."""
    random_ = random.Random(f"{sheet.seed}/corrections")
    moved = {**row, **new_contact(row, random_)}
    return {
        name: _written(spec, _text_of(spec, sheet, moved, random_), sheet)
        for name, spec in template.fields.items()
        if spec.role in roles and isinstance(spec, HandprintField | CombField) and not getattr(spec, "prefill", None)
    }


def _filling(*roles: str) -> Callable[[Template, Answers, Sheet, Row], Answers]:
    return lambda template, made, sheet, row: _fill(template, sheet, row, roles)


def _offers(template: Template, made: Answers) -> tuple[str, Answer, list[str]]:
    """The field that asks for the offer, its answer, and the options not chosen."""
    name = next(name for name, spec in template.fields.items() if spec.role == "offer")
    spec, answer = template.fields[name], made[name]
    assert isinstance(spec, ChoiceField) and isinstance(answer.value, list)
    return name, answer, [option for option in spec.options if option not in answer.value]


def _two_offers(template: Template, made: Answers, sheet: Sheet, row: Row) -> Answers:
    name, answer, rest = _offers(template, made)
    spec = template.fields[name]
    assert isinstance(spec, ChoiceField) and isinstance(answer.value, list)
    both = {*answer.value, rest[0]}
    return {name: replace(answer, value=[option for option in spec.options if option in both], over=())}


def _other_offer(template: Template, made: Answers, sheet: Sheet, row: Row) -> Answers:
    name, answer, rest = _offers(template, made)
    return {name: replace(answer, value=[rest[-1]], over=())}


def _scribbled_out(template: Template, made: Answers, sheet: Sheet, row: Row) -> Answers:
    name, answer, rest = _offers(template, made)
    return {name: replace(answer, over=(rest[0],))}


def _unsigned(template: Template, made: Answers, sheet: Sheet, row: Row) -> Answers:
    return {name: Answer("signature", False, "none") for name, one in made.items() if one.kind == "signature"}


def _struck_name(template: Template, made: Answers, sheet: Sheet, row: Row) -> Answers:
    return {name: Answer(spec.kind, None, "struck") for name, spec in template.fields.items() if spec.role == "name"}


def _pencil(template: Template, made: Answers, sheet: Sheet, row: Row) -> Answers:
    return {name: replace(one, pencil=True) for name, one in made.items() if one.kind in ("tick", "choice")}


_CHANGES: dict[str, Callable[[Template, Answers, Sheet, Row], Answers]] = {
    "two-offers": _two_offers,
    "second-other-offer": _other_offer,
    "scribbled-out": _scribbled_out,
    "unsigned": _unsigned,
    "struck-name": _struck_name,
    "pencil": _pencil,
    "new-email": _filling("email"),
    "second-more": _filling("email"),
    "new-phone": _filling("phone"),
    "new-address": _filling("street", "postcode", "city"),
    "filled-pdf": _filling("phone", "email", "street", "postcode", "city", "date"),
}
