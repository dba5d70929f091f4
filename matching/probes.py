"""The keys to look up for a query: those of its readings, and of what its readings may have been misread from."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from operator import attrgetter

from matching.edits import (
    mended_customer_numbers,
    mended_dates,
    one_digit_lost,
    one_digit_off,
    one_letter_misread,
)
from matching.keys import Parts, hashed, local_part, phone_tail
from matching.lexicon import Lexicon
from matching.nicknames import nicknames
from matching.normalise import written_out
from matching.variants import FoldedQuery
from matching.vocabulary import Near

SWAP_BITS = 5.6
"""log2(1/0.02): two in a hundred write surname and given name into each other's box."""
_NICKNAME_BITS, _HALF_BITS, _MENDED_BITS, _OTHER_DAY_BITS = 4.0, 3.0, 5.0, 7.0
_DEAREST = 14.0
_WORDS, _COMBINED, _SWAPPED = 4, 6, 2
_TAIL, _WHOLE_PHONE = 8, len("+46701740605")
Options = tuple[Near, ...]
_cost, _word = attrgetter("cost"), attrgetter("word")


@dataclass(frozen=True, slots=True)
class Probe:
    """A key to look up, its kind, and how many bits less likely it is than the reading as it stands."""

    key: int
    kind: str
    cost: float


def probes(query: FoldedQuery, lexicon: Lexicon) -> list[Probe]:
    """At most some two hundred keys, each once, at its least cost."""
    found: dict[int, Probe] = {}
    for kind, parts, extra, count in _kinds(query, lexicon):
        for cost, values in _combined(parts, count):
            probe = Probe(hashed((kind, *values)), kind, cost + extra)
            if probe.key not in found or probe.cost < found[probe.key].cost:
                found[probe.key] = probe
    return list(found.values())


def _kinds(query: FoldedQuery, lexicon: Lexicon) -> Iterator[tuple[str, tuple[Options, ...], float, int]]:
    """Each kind of key with the options of its parts, what it costs besides, and how many combinations to try."""
    postcode = _postcodes(query, lexicon)
    place = (*postcode, *_words(query, "city", lexicon))[:_COMBINED]
    home = _streets(query, lexicon), _read(query, "number")
    yield "phone", (_phones(query),), 0.0, _COMBINED
    yield "customer", (_customers(query),), 0.0, _COMBINED
    yield "email", (_emails(query),), 0.0, _COMBINED
    yield "address", (place, *home), 0.0, _COMBINED
    born = _born(query)
    days = max(_COMBINED, len(born))
    yield "place-born", (place, born), 0.0, days
    for first, last, extra, count in _names(query, lexicon):
        yield "names", (first, last), extra, count
        yield "last-place", (last, place), extra, count
        yield "given-place", (first, place), extra, count
        yield "last-home", (last, *home), extra, count
        yield "given-home", (first, *home), extra, count
        yield "given-born", (first, born), extra, max(count, days)
        yield "last-born", (last, born), extra, max(count, days)


def _names(query: FoldedQuery, lexicon: Lexicon) -> Iterator[tuple[Options, Options, float, int]]:
    """First and last names in their places, and in each other's."""
    yield _given(query, "first", lexicon), _surnames(query, "last", lexicon), 0.0, _COMBINED
    if _may_be_swapped(query, lexicon):
        yield _given(query, "last", lexicon), _surnames(query, "first", lexicon), SWAP_BITS, _SWAPPED


def _may_be_swapped(query: FoldedQuery, lexicon: Lexicon) -> bool:
    """No, where both names are names of the base as they stand and one of them is none in the other's place."""
    best, givens, surnames = query.best, lexicon.words["first"], lexicon.words["last"]
    straight, swapped = (
        any(word in givens for word in given.split()) and surname.replace(" ", "") in surnames
        for given, surname in ((best.first, best.last), (best.last, best.first))
    )
    return swapped or not straight


def _combined(parts: tuple[Options, ...], count: int) -> Iterator[tuple[float, Parts]]:
    """The cheapest combinations of the parts' options."""
    if len(parts) == 1:
        yield from ((option.cost, (option.word,)) for option in parts[0])
        return
    ordered = [sorted(part, key=_cost) for part in parts]
    found: list[tuple[float, Parts]] = []
    for places in _promising(tuple(map(len, parts)), count):
        nears = [options[place] for options, place in zip(ordered, places, strict=True)]
        found.append((sum(map(_cost, nears)), tuple(map(_word, nears))))
    yield from (one for one in sorted(found)[:count] if one[0] <= _DEAREST)


@cache
def _promising(lengths: tuple[int, ...], count: int) -> tuple[tuple[int, ...], ...]:
    """Places in lists of options, cheapest first, whose combination no `count` others are sure to undercut."""
    everywhere = product(*map(range, lengths))
    return tuple(places for places in everywhere if math.prod(place + 1 for place in places) <= count)


def _read(query: FoldedQuery, field: str) -> Options:
    """The readings of a field; the best costs nothing."""
    return tuple(Near(text, _bits(chance)) for text, chance in query.variants.get(field, ()) if text)


def _bits(chance: float) -> float:
    return -math.log2(max(min(chance, 1.0), 1e-6))


def _cheapest(options: Iterable[Near], count: int = _WORDS) -> Options:
    best: dict[str, float] = {}
    for near in options:
        if near.word:
            best[near.word] = min(near.cost, best.get(near.word, math.inf))
    ordered = sorted(best.items(), key=lambda pair: (pair[1], pair[0]))[:count]
    return tuple(Near(word, cost) for word, cost in ordered)


def _words(query: FoldedQuery, field: str, lexicon: Lexicon) -> Options:
    near = lexicon.words[field].near
    return _cheapest(Near(o.word, read.cost + o.cost) for read in _read(query, field) for o in near(read.word))


def _streets(query: FoldedQuery, lexicon: Lexicon) -> Options:
    """Streets of the base, those that are shortened without a full stop among them."""
    found = _words(query, "street", lexicon)
    near, known = lexicon.words["street"].near, {option.word for option in found}
    longer = [(written_out(read.word), read.cost) for read in _read(query, "street") if read.word not in known]
    return _cheapest((*found, *(Near(o.word, cost + o.cost) for full, cost in longer if full for o in near(full))))


def _given(query: FoldedQuery, field: str, lexicon: Lexicon) -> Options:
    found: list[Near] = []
    for read in _read(query, field):
        for place, word in enumerate(word for word in read.word.split() if len(word) > 1):
            cost = read.cost + place
            found.extend(Near(near.word, cost + near.cost) for near in lexicon.words["first"].near(word))
            found.extend(Near(name, cost + _NICKNAME_BITS) for name in nicknames(word))
    return _cheapest(found)


def _surnames(query: FoldedQuery, field: str, lexicon: Lexicon) -> Options:
    found: list[Near] = []
    for read in _read(query, field):
        whole = read.word.replace(" ", "")
        halves = [word for word in read.word.split() if len(word) > 2 and word != whole]
        for word, cost in ((whole, read.cost), *((half, read.cost + _HALF_BITS) for half in halves)):
            found.extend(Near(near.word, cost + near.cost) for near in lexicon.words["last"].near(word))
    return _cheapest(found)


def _postcodes(query: FoldedQuery, lexicon: Lexicon) -> Options:
    """The readings, and the postcodes of the base that are one digit away from the best one."""
    read = _read(query, "postcode")
    known = lexicon.words["postcode"]
    mended = (other for near in read[:1] if near.word.isdigit() for other in one_digit_off(near.word) if other in known)
    return _cheapest((*read, *(Near(other, _MENDED_BITS) for other in mended)), _COMBINED)


def _born(query: FoldedQuery) -> Options:
    read = _read(query, "birth_date")
    swapped = (
        Near(f"{day[:4]}-{day[8:]}-{day[5:7]}", near.cost + _OTHER_DAY_BITS)
        for near in read for day in (near.word,) if "01" <= day[8:] <= "12"
    )  # fmt: skip
    today = dt.datetime.now(tz=dt.UTC).date()
    mended = (Near(other, _MENDED_BITS) for near in read[:1] for other in mended_dates(near.word, today))
    return (*read, *swapped, *mended)


def _emails(query: FoldedQuery) -> Options:
    """Local parts as read, and the best one with a character taken for another."""
    read = [Near(local_part(near.word), near.cost) for near in _read(query, "email")]
    mended = (Near(other, _MENDED_BITS + near.cost) for near in read[:1] for other in one_letter_misread(near.word))
    return (*read, *mended)


def _phones(query: FoldedQuery) -> Options:
    read = _read(query, "phone")
    tails = [Near(phone_tail(near.word), near.cost) for near in read]
    for near in read[:1]:
        tail = phone_tail(near.word)
        tails.extend(Near(other, _MENDED_BITS) for other in one_digit_off(tail))
        if not near.word.startswith("+") or len(near.word) < _WHOLE_PHONE:
            tails.extend(Near(other, _MENDED_BITS) for other in one_digit_lost(tail[-_TAIL + 1 :]))
    return tuple(tails)


def _customers(query: FoldedQuery) -> Options:
    read = _read(query, "customer_number")
    mended = (other for near in read[:1] for other in mended_customer_numbers(near.word))
    return (*read, *(Near(other, _MENDED_BITS) for other in mended))
