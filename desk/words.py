"""The desk's words in English, German and Swedish: a folder a language, a file a part of the desk, the same keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de", "sv")


@cache
def words(language: str) -> Mapping[str, str]:
    """Key -> text in `language`; English for a language the desk does not speak."""
    chosen = language if language in LANGUAGES else "en"
    files = sorted((Path(__file__).parent / "words" / chosen).glob("*.json"))
    return {key: text for file in files for key, text in json.loads(file.read_text("utf-8")).items()}


def asked_for(accept_language: str) -> str:
    """The first of our languages that a browser asks for."""
    wanted = (part.split(";")[0].strip()[:2].casefold() for part in accept_language.split(","))
    return next((language for language in wanted if language in LANGUAGES), "en")


def question_in(language: str, rule: str, sentence: str) -> str:
    """The question of a rule in `language`; as it was asked, in English, where it has no translation."""
    return sentence if language == "en" else _translation(language, rule) or sentence


def is_translated(language: str, rule: str) -> bool:
    """Whether the desk can say the sentence of this rule or reason in `language`."""
    return language == "en" or _translation(language, rule) is not None


def _translation(language: str, rule: str) -> str | None:
    # the question about a page that was not read is named after the reason why it was not
    known = words(language)
    return known.get(f"rule.{rule}") or known.get(f"rule.reason.{rule}")
