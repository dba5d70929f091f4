"""One folded form for what people and readers write in many ways. Originals are kept beside it, never replaced."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Names, streets and cities repeat: a base of millions has some hundred thousand different ones.
_REMEMBERED = 1 << 17
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "a", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "ı": "i"})
# ae, oe, ue, aa are how umlauts are typed without the key; both spellings must meet, so the pair loses its e or a.
_TRANSLITERATED = re.compile(r"ae|oe|(?<!q)ue|aa")
_STREET_ENDINGS = re.compile(r"(?<=[a-z]{2})(strasse|straat|str|gatan|gata|vagen|vag|weg|allee|allen)\b")
_STREET_WORDS = {
    "g": "gatan", "gata": "gatan", "v": "vagen", "vag": "vagen", "str": "strasse", "st": "strasse", "pl": "platz",
    "platsen": "plats", "al": "allee", "street": "strasse", "sts": "strasse", "av": "ave", "avenu": "ave",
    "blv": "blvd", "boulevard": "blvd", "road": "rd", "drive": "dr", "place": "platz", "lane": "ln", "court": "ct",
    "north": "n", "south": "s", "east": "e", "west": "w", "first": "1st", "second": "2nd", "third": "3rd",
    "fourth": "4th", "fifth": "5th", "sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
}  # fmt: skip
_JOINED = {"str": "strasse", "gata": "gatan", "vag": "vagen", "allen": "allee"}
_CUT_SHORT = (("gat", "gatan"), ("g", "gatan"), ("v", "vagen"))
_APARTMENT = re.compile(r"\b(lgh|lag|apt|wohnung|whg|unit|flat)\b\.?(\s*[\dIlOo]*\d[\dIlOo]*)?", re.IGNORECASE)
_NUMBERED = re.compile(r"^(?P<street>.*?\D)\s*(?P<number>\d{1,5}\s?[A-Za-z]?(?:\s?[-/]\s?\d{1,4}[A-Za-z]?)?)\s*$")
_LOOK_ALIKE_LETTERS = str.maketrans("0158", "oisb")
LOOK_ALIKE_DIGITS = str.maketrans(
    {"O": "0", "o": "0", "Q": "0", "I": "1", "l": "1", "|": "1", "S": "5", "s": "5", "B": "8", "Z": "2", "z": "2"}
)
_LETTER_BEFORE_DIGIT = re.compile(r"(?<![A-Za-z])[OoQIl|SsZz]+(?=\d)")


@lru_cache(_REMEMBERED)
def fold(text: str) -> str:
    """Lower-case ASCII words with one space between; ä, ae, NFD a+¨ and a meet in ``a``, ß in ``ss``. Idempotent."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    letters = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    words = re.sub(r"[^a-z0-9]+", " ", letters).strip()
    while (shorter := _TRANSLITERATED.sub(lambda m: m.group()[0], words)) != words:
        words = shorter
    return words


@lru_cache(_REMEMBERED)
def fold_name(text: str) -> str:
    """`fold`, and digits that stand for letters become letters (``L1ND`` meets ``lind``)."""
    return fold(fold(text).translate(_LOOK_ALIKE_LETTERS))


def split_name(name: str) -> tuple[str, str]:
    """First names and surname of a full name; ``Lind, Eva`` is surname first, a lone word is a surname."""
    if "," in name:
        last, _, first = name.partition(",")
        return first.strip(), last.strip()
    words = name.split()
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in {"von", "van", "af", "de", "der", "zu", "la"}:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])


def split_street(street: str) -> tuple[str, str]:
    """Street and house number of an address line; an apartment (``lgh 1204``) is dropped."""
    line = _APARTMENT.sub(" ", street).strip(" ,")
    found = _NUMBERED.match(line)
    return (found["street"].strip(" ,"), found["number"].strip()) if found else (line, "")


@lru_cache(_REMEMBERED)
def fold_street(street: str) -> str:
    """The folded street with its ending spelled one way: ``Ringstr.``, ``Ring Straße`` meet in ``ringstrasse``."""
    # Only with its full stop is a final g or v an abbreviation (Storg., Kyrkv.); Berg and Borg are words.
    spelled = re.sub(r"(?<=\w\w)g\.(?=\s|$)", "gatan", re.sub(r"(?<=\w\w)v\.(?=\s|$)", "vagen", street.lower()))
    words = [_STREET_WORDS.get(word, word) for word in fold(spelled).split()]
    joined = "".join(words)
    return _STREET_ENDINGS.sub(lambda m: _JOINED.get(m.group(), m.group()), joined)


def written_out(street: str) -> str:
    """What a folded street may stand for whose ending is shortened without a full stop (``storg``, ``tallv``); ``""``
    where nothing is shortened. Berg and Borg are words, so this is a guess and no folding."""
    stem, ending = next(((street[: -len(end)], full) for end, full in _CUT_SHORT if street.endswith(end)), ("", ""))
    return stem + ending if len(stem) >= 2 else ""


@lru_cache(_REMEMBERED)
def fold_number(number: str) -> str:
    """A house number without blanks in lower case, ``I2 B lgh 1204`` -> ``12b``; a range keeps its first number."""
    bare = _LETTER_BEFORE_DIGIT.sub(lambda m: m.group().translate(LOOK_ALIKE_DIGITS), _APARTMENT.sub(" ", number))
    bare = bare.strip(" ,.")
    squeezed = fold(bare).replace(" ", "") if not re.search(r"[-/]", bare) else fold(bare).split(" ")[0]
    return squeezed.lstrip("0")


@lru_cache(_REMEMBERED)
def fold_postcode(postcode: str) -> str:
    """A postcode without blanks and country prefix (``SE-123 45`` -> ``12345``), look-alike letters read as digits."""
    bare = re.sub(r"^\s*[A-Za-z]{1,2}\s*-\s*", "", postcode)
    squeezed = re.sub(r"[^0-9A-Za-z]", "", bare)
    digits = squeezed.translate(LOOK_ALIKE_DIGITS)
    # Codes with real letters (GB, NL) stay as they are.
    return digits if digits.isdigit() else squeezed.casefold()
