"""Whether every text of a design is there in each of its languages."""

from __future__ import annotations

from collections.abc import Iterator

from ocr.template.document import Location
from ocr.template.model import ChoiceField, Localised, PrintedText, Template

_ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so
sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""


def is_language(code: str) -> bool:
    """Whether `code` is one of ISO 639-1."""
    return code in _ISO_639_1.split()


def faulty_languages(template: Template) -> Iterator[tuple[Location, str]]:
    """Languages that do not exist or are named twice."""
    for number, language in enumerate(template.languages):
        if not is_language(language):
            yield ("languages", number), f"{language} is no language code of ISO 639-1"
        if language in template.languages[:number]:
            yield ("languages", number), f"{language} is named twice"


def missing_texts(template: Template) -> Iterator[tuple[Location, str]]:
    """Texts that lack one of the form's languages, or have one that the form is not printed in."""
    for location, text in _texts(template):
        if isinstance(text, str):
            continue
        for language in template.languages:
            if not text.get(language, "").strip():
                yield location, f"there is no text in {language}"
        for language in [other for other in text if other not in template.languages]:
            yield (*location, language), f"the form's languages are {', '.join(template.languages)}, not {language}"


def _texts(template: Template) -> Iterator[tuple[Location, Localised]]:
    yield ("title",), template.title
    for name, offer in template.offers.items():
        yield ("offers", name, "label"), offer.label
    for name, field in template.fields.items():
        yield ("fields", name, "label"), field.label
        if isinstance(field, ChoiceField):
            for option, spec in field.options.items():
                yield ("fields", name, "options", option, "label"), spec.label
    for number, item in enumerate(template.print):
        if isinstance(item, PrintedText):
            yield ("print", number, "text"), item.text
