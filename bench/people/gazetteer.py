"""What people are called and where they live, with frequencies: Sweden and Germany, from open lists.

Counts come from the lists that have them (Swedish names, the first German names and given names); the others follow
Zipf's law in a seeded order, with the streets and names first that everybody knows to be common.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GAZETTEERS = Path(__file__).parents[2].parent / "shared/data/gazetteers"
STREETS_A_PLACE = 24
_COMMON_STREETS = 0.3
_SWEDES = 10.3e6  # the list of counted surnames names 5.6 million of them


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SE_STREETS = _words(
    "Storgatan Skolgatan Kyrkogatan Drottninggatan Kungsgatan Järnvägsgatan Nygatan Ringvägen Skogsvägen "
    "Björkvägen Skolvägen Granvägen Tallvägen Parkvägen Strandvägen Kyrkvägen Bergsgatan Villagatan Vasagatan "
    "Trädgårdsgatan Västergatan Östergatan Norrgatan Södergatan Industrigatan Stationsgatan Åsgatan Lindvägen "
    "Rönnvägen Envägen"
)
_SE_STEMS = _words(
    "Björk Gran Tall Lind Rönn Ek Asp Lönn Alm Bok Hassel Sälg Äppel Päron Körsbärs Hallon Lingon Blåbärs Syren "
    "Ros Tulpan Viol Blåklocks Prästkrage Vallmo Ljung Mossa Gräs Klöver Havre Råg Vete Korn Åker Ängs Skogs "
    "Bergs Backs Dal Sjö Strand Hamn Bro Kvarn Smed Skräddar Snickar Murar Målar Bagar Fiskar Jägar Soldat Präst "
    "Klockar Domar Ting Slotts Herrgårds Torp Lador Stall Hag Mal Örn Falk Hök Svan Tran Lärk Trast Svalö Räv "
    "Älg Rådjurs Hare Ekorr Igelkotts Norr Söder Öster Väster Öv Neder Gamla Nya Fabriks Verkstads Gruv Hytt Såg "
    "Mejeri Brunns Käll Sol Mån Stjärn Nord"
)
_SE_ENDS = ("gatan", "vägen", "stigen", "gränd", "backen", "allén")
_DE_STREETS = _words(
    "Hauptstraße Schulstraße Dorfstraße Gartenstraße Bahnhofstraße Bergstraße Birkenweg Lindenstraße Kirchstraße "
    "Waldstraße Ringstraße Schillerstraße Goethestraße Amselweg Wiesenweg Buchenweg Mühlweg Wiesenstraße "
    "Jahnstraße Friedhofstraße Mozartstraße Blumenstraße Rosenstraße Finkenweg Eichenweg Tannenweg Feldstraße "
    "Industriestraße Talstraße Poststraße Mühlenstraße Beethovenstraße Römerstraße Lerchenweg Brunnenstraße "
    "Uhlandstraße Ahornweg"
)
_SE_HALVES = _words(
    "Berg Björk Lind Lund Ek Alm Ask Hag Hed Sjö Ström Sand Sten Strand Sund Söder Norr Väster Öster Ny Dal Gran "
    "Gren Kvarn Löf Rosen Silver Gyllen Ceder Hjort Hög Häll Kron Malm Mår Ring Ros Ry Sol Stål Svan Tall Torn "
    "Vall Wall Åker Ång Öd Öhr Blom Brant Carl Dahl Edl Ehren Fager Falk Fors Fri Frö Gull Hammar Hell Holm Hult "
    "Ing Jern Kall Klint Käll Lager Lilje Löv Mell Mo Mör Nord Näs Od Palm Qvarn Rehn Rud Rå Säll Tran Ull Vik "
    "Wester Vinter Zetter Åhl Ålund"
)
_SE_TAILS = _words(
    "berg ström gren kvist qvist dahl dal lund man blad borg bäck feldt fors gård hagen hammar holm klint lid "
    "ling löf mark mo nell näs quist rot roth sjö sten strand stedt stråle sund tin vall vik wall werth ö öv "
    "skog ek er én ell"
)


@dataclass(frozen=True, slots=True)
class Words:
    """Words to draw by frequency: `words` (objects) and the running sum of their shares, both of one length."""

    words: NDArray[Any]
    running: NDArray[np.float64]

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.int64]:
        """Indexes into `words`."""
        found = np.searchsorted(self.running, rng.random(size), side="right")
        return np.minimum(found, len(self.words) - 1)


@dataclass(frozen=True, slots=True)
class Country:
    """Lists of one country. `streets_at` holds, for each place, indexes into `streets` [places, STREETS_A_PLACE].

    `mobile` are the blocks of ten million numbers each that the operator has, in E.164 form without the last 7 digits.
    """

    code: str
    women: Words
    men: Words
    surnames: Words
    streets: NDArray[Any]
    places: Words
    cities: NDArray[Any]
    streets_at: NDArray[np.int32]
    mobile: tuple[str, ...]
    domains: tuple[str, ...]


def load_gazetteer(folder: Path = GAZETTEERS) -> tuple[Country, Country]:
    """Sweden and Germany. Raises FileNotFoundError where the lists are not beside the checkout."""
    return _sweden(folder), _germany(folder)


def words_of(weights: Mapping[str, float]) -> Words:
    """Words that are drawn as often as their weight says."""
    texts = np.array(list(weights), dtype=object)
    running = np.cumsum(np.fromiter(weights.values(), dtype=np.float64))
    return Words(texts, running / running[-1])


def _sweden(folder: Path) -> Country:
    names = folder / "svensktext/namn"
    surnames = {row["lastname"]: float(row["frequency"]) for row in _rows(names / "efternamn_2018_top999.csv")}
    rest = _SWEDES - sum(surnames.values())
    native = (a + b for a in _SE_HALVES for b in _SE_TAILS)
    surnames = _with_tail(surnames, native, rest * 0.35)
    surnames = _with_tail(surnames, _foreign(folder), rest * 0.65)
    towns = [row["city"].split(",")[0] for row in _rows(folder / "svensktext/platser/ortsnamn.csv")]
    rare = [stem + end for stem in _SE_STEMS for end in _SE_ENDS] + [f"{town}vägen" for town in towns]
    places, cities = _swedish_places(folder)
    streets = np.array([*_SE_STREETS, *dict.fromkeys(rare)], dtype=object)
    return Country(
        "SE",
        words_of(_counted(names / "tilltalsnamn-kvinnor.csv")),
        words_of(_counted(names / "tilltalsnamn-man.csv")),
        words_of(surnames),
        streets,
        places,
        cities,
        _streets_at(len(cities), len(_SE_STREETS), len(streets)),
        ("+4670", "+4672", "+4673", "+4676", "+4679"),
        ("example.se", "post.example.se", "example.com", "mail.example.com"),
    )


def _germany(folder: Path) -> Country:
    lists = folder / "german_lists/gazetteers"
    women, men = _german_given(folder / "firstname_database/firstnames.csv")
    common = [
        r for r in _rows(folder / "popular_names_by_country/common-surnames-by-country.csv") if r["Country"] == "DE"
    ]
    surnames = {row["Localized Name"]: float(row["Percent"]) for row in common}
    older = _lines(folder / "NameDatabases/NamesDatabases/surnames/non-normalized/de.txt")
    surnames = _with_tail(surnames, older, 0.72)
    surnames = _with_tail(surnames, _lines(lists / "personennamen.list"), 0.12)
    surnames = _with_tail(surnames, _foreign(folder), 0.12)
    known = set(_DE_STREETS)
    rare = [street for street in _lines(lists / "strassennamen.list") if street not in known and len(street) > 4]
    places, cities = _german_places(folder)
    streets = np.array([*_DE_STREETS, *rare], dtype=object)
    return Country(
        "DE",
        words_of(women),
        words_of(men),
        words_of(surnames),
        streets,
        places,
        cities,
        _streets_at(len(cities), len(_DE_STREETS), len(streets)),
        ("+49171", "+49175"),
        ("example.de", "post.example.de", "example.com", "mail.example.com"),
    )


def _swedish_places(folder: Path) -> tuple[Words, NDArray[Any]]:
    """Postcodes with streets, weighted by the inhabitants of their municipality."""
    people = {row["code"]: float(row["population"]) for row in _rows(folder / "svensktext/platser/kommuner.csv")}
    # a third digit 0 marks boxes and large receivers
    rows = [r for r in _rows(folder / "swedish_geodata/data/postal_to_municipality.csv") if r["postal_code"][2] != "0"]
    codes: dict[str, int] = {}
    for row in rows:
        codes[row["municipality_code"]] = codes.get(row["municipality_code"], 0) + 1
    weights = {r["postal_code"]: people.get(r["municipality_code"], 1e4) / codes[r["municipality_code"]] for r in rows}
    towns = {row["postal_code"]: row["locality"] for row in rows}
    return words_of(weights), np.array([towns[code] for code in weights], dtype=object)


def _german_places(folder: Path) -> tuple[Words, NDArray[Any]]:
    """Postcodes with an area of their own; large towns have many, so each weighs about the same."""
    areas = {line.split(",")[0] for line in _lines(folder / "plz_geocoord/plz_geocoord.csv")}
    towns: dict[str, str] = {}
    for row in _rows(folder / "postal_codes/data/DE/zipcodes.de.csv"):
        if row["zipcode"] in areas:
            towns.setdefault(row["zipcode"], row["place"])
    order = random.Random("plz")
    return words_of({code: order.lognormvariate(0, 0.6) for code in towns}), np.array(
        list(towns.values()), dtype=object
    )


def _german_given(path: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Women's and men's names; the list gives the binary logarithm of the frequency."""
    found: dict[str, dict[str, float]] = {"F": {}, "M": {}}
    for row in _rows(path, ";"):
        sex = row["gender"].strip("1?")[:1]
        if row["Germany"] and sex in found:
            found[sex][row["name"].replace("+", "-")] = 2.0 ** float(row["Germany"])
    return found["F"], found["M"]


def _counted(path: Path) -> dict[str, float]:
    return {row["name"]: float(row["persons"]) for row in _rows(path) if float(row["persons"]) >= 5}


def _foreign(folder: Path) -> Iterator[str]:
    for which in ("es", "ru", "it", "fr", "cz", "hi", "pt"):
        yield from _lines(folder / f"NameDatabases/NamesDatabases/surnames/{which}.txt")


def _with_tail(weights: Mapping[str, float], words: Iterable[str], total: float) -> dict[str, float]:
    """`weights` and the new words, which share `total` by Zipf's law in a seeded order."""
    fresh = [word for word in dict.fromkeys(words) if word not in weights and 2 < len(word) < 25]
    random.Random("tail").shuffle(fresh)
    shares = 1 / (np.arange(len(fresh)) + 40.0)
    return {**weights, **dict(zip(fresh, (shares * total / shares.sum()).tolist(), strict=True))}


def _streets_at(places: int, common: int, streets: int) -> NDArray[np.int32]:
    rng = np.random.default_rng(7)
    zipf = 1 / (np.arange(common) + 2.0)
    popular = rng.choice(common, size=(places, STREETS_A_PLACE), p=zipf / zipf.sum())
    rare = rng.integers(common, streets, size=(places, STREETS_A_PLACE))
    return np.where(rng.random(popular.shape) < _COMMON_STREETS, popular, rare).astype(np.int32)


def _rows(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def _lines(path: Path) -> Sequence[str]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return [line.strip() for line in text.splitlines() if line.strip()]
