"""What a reader makes of handwriting: confused characters, and alternatives with probabilities."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from matching.query import Guess

_LOOK_ALIKES = {
    "0": "O6D", "1": "Il7", "2": "Z7", "3": "8", "4": "9A", "5": "S6", "6": "5b0", "7": "1", "8": "B3", "9": "4g",
    "a": "oue", "b": "h6", "c": "eo", "d": "al", "e": "cao", "f": "t", "g": "q9y", "h": "bn", "i": "jl", "j": "i",
    "k": "h",
    "l": "1It", "m": "nw", "n": "umr", "o": "a0c", "p": "n", "q": "g", "r": "vn", "s": "5", "t": "lf", "u": "vn",
    "v": "ru",
    "w": "vu", "x": "k", "y": "g", "z": "2", "å": "aä", "ä": "aå", "ö": "o", "ü": "u", "ß": "B", "é": "e", "O": "0QD",
    "I": "1l", "S": "5", "B": "8R", "Z": "2", "D": "O0", "Q": "O", "G": "6C", "A": "H", "U": "V", "V": "U", "M": "N",
    "N": "M", "E": "F", "F": "EP", "K": "H", "L": "I", "R": "B", "T": "I", "Å": "AÄ", "Ä": "AÅ", "Ö": "O0", "Ü": "U",
}  # fmt: skip
_DIGITS_ALIKE = {
    "0": "689", "1": "74", "2": "73", "3": "85", "4": "91", "5": "63", "6": "508", "7": "12", "8": "306", "9": "47",
}  # fmt: skip
_PAIRS = {"rn": "m", "cl": "d", "vv": "w"}
_DIGIT_FIELDS = frozenset({"phone", "postcode", "birth_date", "customer_number"})
_SURE = 0.998
_OFFERED = 0.7
_ALTERNATIVES = 4


@dataclass(frozen=True, slots=True)
class Pen:
    """How legible a card is: the share of characters read wrongly (0..1)."""

    wrong: float


def draw_pen(rng: random.Random, noise: float = 1.0) -> Pen:
    """Six cards in ten are written clearly, one in ten hardly legible."""
    return Pen(noise * rng.choices((0.01, 0.04, 0.10), (0.6, 0.3, 0.1))[0])


def read(field: str, text: str, pen: Pen, rng: random.Random) -> tuple[Guess, ...]:
    """The field's best reading and up to three others, each with the probability that the reader gives it."""
    if not text:
        return ()
    # a comb of digits offers digits alone; a free line any character
    digits = field in _DIGIT_FIELDS and rng.random() < 0.8
    slots = [_slot(character, digits, pen, rng) for character in _joined(text, pen, rng)]
    if rng.random() < pen.wrong * 0.2:
        slots.insert(rng.randrange(len(slots) + 1), ((rng.choice("1il.,"), 0.6), ("", 0.35)))
    return _best(slots)


def _joined(text: str, pen: Pen, rng: random.Random) -> list[str]:
    """The characters, a few pairs of them written as one (rn as m)."""
    characters = list(text)
    for i in range(len(text) - 1):
        pair = text[i : i + 2]
        if pair in _PAIRS and rng.random() < pen.wrong and characters[i]:
            characters[i : i + 2] = [_PAIRS[pair], ""]
    return characters


_Slot = tuple[Guess, ...]


def _slot(character: str, digits: bool, pen: Pen, rng: random.Random) -> _Slot:
    if not character or character in " .-/+@":
        return ((character, 1.0),)
    chance = rng.random()
    if chance < pen.wrong:
        top = rng.uniform(0.4, 0.97)
        seen = "" if rng.random() < 0.08 else _mistaken(character, digits, rng)
        other = character if rng.random() < _OFFERED else _mistaken(character, digits, rng)
        return ((seen, top), (other, 0.85 * (1 - top)))
    if chance < pen.wrong * 2.5:
        top = rng.uniform(0.6, 0.97)
        return ((character, top), (_mistaken(character, digits, rng), 0.85 * (1 - top)))
    return ((character, _SURE),)


def _mistaken(character: str, digits: bool, rng: random.Random) -> str:
    if digits and character.isdigit():
        return rng.choice(_DIGITS_ALIKE[character])
    return rng.choice(_LOOK_ALIKES.get(character) or _LOOK_ALIKES.get(character.lower(), "e").upper() or "e")


def _best(slots: list[_Slot]) -> tuple[Guess, ...]:
    """The likeliest strings: the best of every slot, then those with the likeliest one or two slots read otherwise."""
    sure = math.prod(slot[0][1] for slot in slots)
    doubtful = sorted(
        (i for i, slot in enumerate(slots) if len(slot) > 1),
        key=lambda i: slots[i][1][1] / slots[i][0][1],
        reverse=True,
    )[:3]
    ways: dict[str, float] = {}
    for flips in ((), *((i,) for i in doubtful), tuple(doubtful[:2])):
        text = "".join(slot[1 if i in flips else 0][0] for i, slot in enumerate(slots))
        chance = sure * math.prod(slots[i][1][1] / slots[i][0][1] for i in flips)
        ways[text] = max(chance, ways.get(text, 0.0))
    best = "".join(slot[0][0] for slot in slots)
    others = sorted((way for way in ways.items() if way[0] != best and way[0].strip()), key=lambda way: -way[1])
    return tuple((text, round(chance, 4)) for text, chance in ((best, ways[best]), *others[: _ALTERNATIVES - 1]))
