"""The desk says the same things in every language."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from desk.words import LANGUAGES, words

WORDS = Path(__file__).parents[2] / "desk" / "words"


def files_of(language: str) -> dict[str, list[str]]:
    return {path.name: list(json.loads(path.read_text("utf-8"))) for path in (WORDS / language).glob("*.json")}


def own_keys(keys: list[str]) -> set[str]:
    """Without the questions, which the rules themselves ask in English."""
    return {key for key in keys if not key.startswith("rule.")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_file_of_words_has_the_same_keys_in_every_language(language: str) -> None:
    assert files_of(language).keys() == files_of("en").keys()
    for name, keys in files_of(language).items():
        assert own_keys(keys) == set(files_of("en")[name]), name


def test_german_and_swedish_translate_the_same_questions() -> None:
    german, swedish = ({key for key in words(one) if key.startswith("rule.")} for one in ("de", "sv"))
    assert german == swedish != set()


def test_no_key_stands_in_two_files() -> None:
    counts = Counter(key for keys in files_of("en").values() for key in keys)
    assert [key for key, times in counts.items() if times > 1] == []
    assert set(words("en")) == set(counts)
